"""Parsing with sanitising, beside feedparser."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import feedparser

from bot.ports.source import Response
from bot.sources.feed.poll import Connector, FeedOptions
from tests.benchmarks.measure import Figure, turns

__all__ = ["figures"]

URL = "https://news.example/feed/"


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


def entries_of(feed: bytes) -> int:
    """The whole way from an answer to entries, as a poll goes it."""
    steps = Connector(FeedOptions(kind="feed", url=URL)).poll({})
    next(steps)
    try:
        steps.send(Response(URL, 200, {"content-type": "application/rss+xml"}, feed))
    except StopIteration as end:
        return len(end.value.entries)
    raise AssertionError("the feed asked for more than one answer")


def figures() -> list[Figure]:
    feed = sample()
    assert entries_of(feed) == len(feedparser.parse(feed).entries)
    ours, theirs = turns((lambda: entries_of(feed), 10), (lambda: feedparser.parse(feed), 3))
    ratio = theirs / ours
    return [
        Figure(
            f"a feed of {len(feed) // 1024} KiB to clean entries",
            f"{ours * 1e3:.2f} ms",
            f"feedparser {theirs * 1e3:.1f} ms",
            f"{ratio:.1f} × faster",
            "≥ 15 ×",
            ratio >= 15,
        )
    ]
