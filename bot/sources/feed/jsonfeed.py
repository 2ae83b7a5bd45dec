"""Parses JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/, read 2026-11-24)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bot.extract.item import Channel, Item, Picture

__all__ = ["parse_json"]


def parse_json(body: bytes, cap: int) -> Channel:
    """The feed's first `cap` items.

    Raises:
        ValueError: it is no JSON, or JSON but no JSON Feed.
    """
    try:
        feed = json.loads(body.lstrip(b"\xef\xbb\xbf\x00 \t\r\n"), strict=False)
    except (ValueError, RecursionError):
        raise ValueError("JSON that cannot be read") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed" not in _text(feed.get("version")):
        raise ValueError("JSON, but no JSON Feed")
    return Channel(
        tuple(_item(item, feed) for item in items[:cap] if isinstance(item, dict)),
        title=_text(feed.get("title")),
        lang=_text(feed.get("language")),
    )


def _item(item: dict[str, Any], feed: dict[str, Any]) -> Item:
    html, text = _text(item.get("content_html")), _text(item.get("content_text"))
    authors = item.get("authors") or [item.get("author")]
    if not any(authors):
        authors = feed.get("authors") or [feed.get("author")]
    tags = tuple(_text(tag) for tag in item.get("tags") or () if tag)
    return Item(
        id=_text(item.get("id")),
        link=_text(item.get("url") or item.get("external_url")),
        title=_text(item.get("title")),
        description=_text(item.get("summary")),
        content=html or text,
        content_is_text=not html,
        authors=tuple(_text(author.get("name")) for author in authors if isinstance(author, dict)),
        terms=tags,
        pictures=tuple(_pictures(item)),
        lang=_text(item.get("language")),
        published=_date(item.get("date_published")),
        updated=_date(item.get("date_modified")),
    )


def _pictures(item: dict[str, Any]) -> list[Picture]:
    found = [Picture(_text(item[key])) for key in ("image", "banner_image") if item.get(key)]
    files = [each for each in item.get("attachments") or () if isinstance(each, dict)]
    return found + [
        Picture(_text(each.get("url")), _text(each.get("title")))
        for each in files
        if _text(each.get("mime_type")).startswith("image/")
    ]


def _date(value: Any) -> str:
    """RFC 3339 as it should be; "" for anything else."""
    try:
        found = datetime.fromisoformat(_text(value).strip())
    except ValueError:
        return ""
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()


def _text(value: Any) -> str:
    """Ids and tags may be numbers in real feeds."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
