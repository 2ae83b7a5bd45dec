"""Parsing with sanitising, beside feedparser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import cycle

import feedparser

from bot.ports.source import Offload, Response
from bot.sources.feed.poll import Connector, FeedOptions
from tests.benchmarks.measure import Figure, turns

__all__ = ["figures"]

URL = "https://news.example/feed/"
SITES = 60
ROUNDS = 5


def sample(items: int = 10, paragraphs: int = 24, site: int = 1) -> bytes:
    """A WordPress-like feed: full HTML in content:encoded, about 8 kB an item; no two sites say the same."""
    text = (
        "<p>The first forty will run on the <a href='/line'>line</a> before the end of <em>March</em>. " * 3
        + "</p>"
    )
    body = "".join(
        f"<item><title>Article {n} &#8211; a title</title><link>https://news.example/{n}/</link>"
        f"<guid isPermaLink='false'>https://news.example/?p={n}</guid>"
        f"<category><![CDATA[Transport]]></category>"
        f"<pubDate>{format_datetime(datetime(2026, 11, 24, tzinfo=UTC))}</pubDate>"
        f"<dc:creator>Aline</dc:creator>"
        f"<description><![CDATA[<p>What happened in case {n} of {site}.</p>]]></description>"
        f"<content:encoded><![CDATA[<p>Case {n} of {site}.</p>{text * paragraphs}]]></content:encoded></item>"
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
    answer: object = Response(URL, 200, {"content-type": "application/rss+xml"}, feed)
    try:
        while True:
            heavy = steps.send(answer)
            assert isinstance(heavy, Offload)
            answer = heavy.fn(*heavy.args)
    except StopIteration as end:
        return len(end.value.entries)


def figures() -> list[Figure]:
    # Each feed once: what has been read before is not read again.
    sites = [sample(site=site) for site in range(SITES)]
    return [compared(sites, 10, 3), compared([sample(500, 27)], 1, 1)]


def compared(feeds: Sequence[bytes], our_calls: int, their_calls: int) -> Figure:
    found = entries_of(feeds[-1])
    assert found == len(feedparser.parse(feeds[-1]).entries)
    mine, other = cycle(feeds), cycle(feeds)
    ours, theirs = turns(
        (lambda: entries_of(next(mine)), our_calls),
        (lambda: feedparser.parse(next(other)), their_calls),
        rounds=ROUNDS,
    )
    ratio = theirs / ours
    return Figure(
        f"{found} items, {len(feeds[0]) // 1024:,} KiB, to clean entries",
        f"{ours * 1e3:.2f} ms",
        f"feedparser {theirs * 1e3:.1f} ms",
        f"{ratio:.1f} × faster",
        "≥ 15 ×",
        ratio >= 15,
    )
