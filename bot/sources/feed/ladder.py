"""The parse ladder: the fast parser, then feedparser in a process of its own."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from bot.domain.errors import SourceError
from bot.extract.item import Channel
from bot.ports.source import Offload, Response
from bot.sources.feed.answer import is_json
from bot.sources.feed.fast import parse_fast
from bot.sources.feed.jsonfeed import parse_json
from bot.sources.feed.mend import mend
from bot.sources.feed.slow import parse_slow

__all__ = ["ACCEPT", "MAX_BYTES", "channel_of", "read"]

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
MAX_BYTES = 5_000_000
MAX_ENTRIES = 1_000
LARGE = 1_000_000
"""A body from which on even the fast parse would hold up the other sources: then it too runs elsewhere."""


def read(body: bytes, content_type: str) -> Channel:
    """Mend and parse a body by the parsers that are fast.

    Raises:
        ValueError: neither JSON Feed nor anything fastfeedparser reads.
    """
    return (
        parse_json(body, MAX_ENTRIES) if is_json(body) else parse_fast(mend(body, content_type), MAX_ENTRIES)
    )


def channel_of(answer: Response, name: str) -> Generator[Offload, Any, Channel]:
    """The parse ladder: the fast parser, then feedparser in a process of its own."""
    body, kind = answer.body, answer.headers.get("content-type", "")
    try:
        large = len(body) > LARGE
        channel: Channel = (yield Offload(read, (body, kind))) if large else read(body, kind)
    except ValueError as error:
        if is_json(body):
            raise SourceError(f"{name} answers {error}", status=answer.status) from None
        channel = Channel()
        failed = True
    except SourceError:
        channel, failed = Channel(), True
    else:
        failed = False
    if not failed and not channel.cut_short:
        return channel
    second: Channel | None = yield Offload(parse_slow, (mend(body, kind), answer.url, MAX_ENTRIES))
    if second is None and failed:
        raise SourceError(f"{name} answers nothing that can be read as a feed", status=answer.status)
    return second if second and len(second.items) > len(channel.items) else channel
