"""WordPress, by its REST API (wp/v2)."""

from bot.sources.wordpress.options import WordPressOptions
from bot.sources.wordpress.poll import Connector

__all__ = ["Connector", "WordPressOptions"]
