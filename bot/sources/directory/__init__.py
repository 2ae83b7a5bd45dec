"""A folder of Markdown with front matter: Hugo, Jekyll, Pelican, Eleventy."""

from bot.sources.directory.options import DirectoryOptions
from bot.sources.directory.poll import Connector

__all__ = ["Connector", "DirectoryOptions"]
