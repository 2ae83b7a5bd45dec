"""Makes an entry of a post as Ghost's Content API gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.article import Entry
from bot.extract.entry import cms_id_of, entry_of
from bot.extract.item import Channel, Item, Picture
from bot.extract.recent import Listed

__all__ = ["before", "entry_of_post", "in_utc", "listed", "stored"]

OVERLAP = timedelta(minutes=5)
"""How late a change may be shown, behind others that were made after it."""


def listed(post: Mapping[str, Any]) -> Listed:
    """What is remembered of a post."""
    id_ = _text(post.get("id"))
    return Listed(id_, _text(post.get("published_at")), in_utc(_text(post.get("updated_at"))), id_)


def in_utc(at: str) -> str:
    """A time, which Ghost tells by the site's clock, so that two of them compare; "" for none."""
    try:
        return datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        return ""


def before(changed: str) -> str:
    """A little before a time of a change; "" for none."""
    at = datetime.fromisoformat(changed) if changed else None
    return (at - OVERLAP).isoformat(timespec="milliseconds") if at else ""


def stored(at: str) -> str:
    """A time as Ghost's database holds it, with which a filter is compared as it stands."""
    return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def entry_of_post(post: Mapping[str, Any], site: str, skip_tag: str) -> Entry | None:
    """The entry; None where it has no address to share. Internal tags (#…) are no tags of its readers'."""
    tags = list(_names(post, "tags"))
    shown = tuple(name for name in tags if not name.startswith("#"))
    primary = post.get("primary_tag")
    first = _text(primary.get("name")) if isinstance(primary, dict) else ""
    item = Item(
        id=_text(post.get("id")),
        link=_text(post.get("url")),
        title=_text(post.get("title")),
        description=_text(post.get("custom_excerpt")) or _text(post.get("excerpt")),
        content=_text(post.get("html")),
        authors=tuple(_names(post, "authors")),
        terms=(first,) if first and first in shown else shown[:1],
        tags=shown,
        apart=True,
        pictures=tuple(_pictures(post)),
        lang=_text(post.get("locale")),
        published=_text(post.get("published_at")),
        updated=_text(post.get("updated_at")),
    )
    entry = entry_of(item, Channel(base=f"{site}/"), f"{site}/")
    if entry is None:
        return None
    asked = skip_tag.casefold() in {name.casefold() for name in tags}
    return replace(
        entry,
        cms_id=cms_id_of(item.id),
        canonical_url=_text(post.get("canonical_url")),
        skip=f"its tag {skip_tag} says not to share it" if asked else "",
    )


def _pictures(post: Mapping[str, Any]) -> Iterator[Picture]:
    yield Picture(_text(post.get("feature_image")), _text(post.get("feature_image_alt")))
    yield Picture(_text(post.get("og_image")))
    yield Picture(_text(post.get("twitter_image")))


def _names(post: Mapping[str, Any], key: str) -> Iterator[str]:
    found = post.get(key)
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict) and _text(each.get("name")):
            yield _text(each.get("name"))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
