"""Parsing with sanitising, beside feedparser."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import feedparser

from bot.sources.feed.poll import read
from tests.benchmarks.measure import Figure, turns

__all__ = ["figures"]


def sample(items: int = 10, paragraphs: int = 24) -> bytes:
    """A WordPress-like feed: full HTML in content:encoded, about 8 kB an item."""
    text = (
        "<p>The first forty will run on the <a href='/line'>line</a> before the end of <em>March</em>. " * 3
        + "</p>"
    )
    body = "".join(
        f"<item><title>Article {n} &#8211; a title</title><link>https://news.example/{n}/</link>"
        f"<guid isPermaLink='false'>https://news.example/?p={n}</guid><category><![CDATA[Transport]]></category>"
        f"<pubDate>{format_datetime(datetime(2026, 11, 24, tzinfo=UTC))}</pubDate><dc:creator>Aline</dc:creator>"
        f"<description><![CDATA[<p>What happened in case {n}.</p>]]></description>"
        f"<content:encoded><![CDATA[{text * paragraphs}]]></content:encoded></item>"
        for n in range(items)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>Site</title><link>https://news.example/</link>{body}</channel></rss>"
    ).encode()


def figures() -> list[Figure]:
    feed = sample()
    ours, theirs = turns((lambda: read(feed, "application/rss+xml"), 20), (lambda: feedparser.parse(feed), 3))
    ratio = theirs / ours
    return [
        Figure(
            f"parse and sanitise a feed of {len(feed) // 1024} KiB",
            f"{ours * 1e3:.2f} ms",
            f"feedparser {theirs * 1e3:.1f} ms",
            f"{ratio:.1f} × faster",
            "≥ 15 ×",
            ratio >= 15,
        )
    ]
