"""X, through its API v2."""

from bot.platforms.x.connector import Connector, XOptions

__all__ = ["Connector", "XOptions"]
