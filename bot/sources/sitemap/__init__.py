"""Sitemaps: news sitemaps, plain ones with `lastmod`, and indexes of them, gzipped or not."""

from bot.sources.sitemap.poll import Connector, SitemapOptions

__all__ = ["Connector", "SitemapOptions"]
