"""A page that lists articles, for sites that have no feed."""

from bot.sources.page.poll import Connector, PageOptions

__all__ = ["Connector", "PageOptions"]
