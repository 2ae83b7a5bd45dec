"""Ghost, by its Content API."""

from bot.sources.ghost.poll import Connector, GhostOptions

__all__ = ["Connector", "GhostOptions"]
