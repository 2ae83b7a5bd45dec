"""Parses by feedparser what fastfeedparser cannot read; runs in a process of its own."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from bot.extract.item import Channel, Item, Picture
from bot.sources.feed.dates import written

__all__ = ["parse_slow"]


def parse_slow(body: bytes, url: str, cap: int) -> Channel | None:
    """The feed's first `cap` items, or None if feedparser does not know it for a feed either."""
    import feedparser  # heavy, and never wanted in the parent process

    parsed = feedparser.parse(
        BytesIO(body),
        response_headers={"content-location": url},
        sanitize_html=False,
        resolve_relative_uris=True,
    )
    if not parsed.get("version") and not parsed.entries:
        return None
    return Channel(
        tuple(_item(entry) for entry in parsed.entries[:cap]),
        title=parsed.feed.get("title", ""),
        lang=parsed.feed.get("language", ""),
        base=parsed.feed.get("link", ""),
    )


def _item(entry: Any) -> Item:
    contents = entry.get("content") or [{}]
    names = [author.get("name", "") for author in entry.get("authors", [])] or [entry.get("author", "")]
    return Item(
        id=entry.get("id", ""),
        link=entry.get("link", ""),
        title=entry.get("title", ""),
        description=entry.get("summary", ""),
        content=contents[0].get("value", ""),
        content_is_text=contents[0].get("type") == "text/plain",
        authors=tuple(name for name in names if name),
        terms=tuple(tag.get("label") or tag.get("term") or "" for tag in entry.get("tags", [])),
        pictures=tuple(_pictures(entry)),
        published=_iso(dict.get(entry, "published_parsed"))
        or written(dict.get(entry, "published") or "", day_first=True),
        updated=_iso(dict.get(entry, "updated_parsed")),
        permalink=bool(entry.get("guidislink", True)),
    )


def _pictures(entry: Any) -> list[Picture]:
    media = [
        each
        for each in entry.get("media_content", [])
        if "image" in (each.get("medium", ""), each.get("type", "")[:5])
    ]
    files = [
        {"url": each.get("href", "")}
        for each in entry.get("enclosures", [])
        if each.get("type", "")[:5] == "image"
    ]
    return [
        Picture(each["url"], "", _number(each.get("width")), _number(each.get("height")))
        for each in [*media, *entry.get("media_thumbnail", []), *files]
        if each.get("url")
    ]


def _number(value: Any) -> int | None:
    return int(value) if str(value).isascii() and str(value).isdigit() else None


def _iso(parsed: Any) -> str:
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat() if parsed else ""
    except (ValueError, OverflowError, OSError):
        return ""
