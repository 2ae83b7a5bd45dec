"""Makes an entry of a post as the REST API gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from bot.domain.article import Entry
from bot.domain.post import Image
from bot.extract.entry import cms_id_of, entry_of
from bot.extract.item import Channel, Item, Picture
from bot.extract.language import bcp47
from bot.extract.orders import OverrideKeys, read_orders
from bot.extract.recent import Listed
from bot.extract.text import tidy

__all__ = [
    "FIELDS",
    "Site",
    "before",
    "entry_of_post",
    "is_public",
    "listed",
    "modified",
    "number_of",
    "picture_of",
    "takes_orders",
]

OVERLAP = timedelta(minutes=5)
"""How late a change may be shown, behind others that were made after it."""
FIELDS = (
    "id,date,date_gmt,modified,modified_gmt,guid,status,link,title,excerpt,content,meta,acf,lang,"
    "yoast_head_json,jetpack_featured_media_url,_links,_embedded"
)
"""What is asked for: a post has more, and none of it is read."""


@dataclass(frozen=True, slots=True)
class Site:
    """What holds for all of a site's posts. `home` is its address."""

    home: str
    name: str = ""
    keys: OverrideKeys = OverrideKeys()


def number_of(post: Any) -> int:
    """The post's number; 0 for what is no post."""
    number = post.get("id") if isinstance(post, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else 0


def is_public(post: Mapping[str, Any]) -> bool:
    """Whether anybody may read it now: published, and not behind a password."""
    return post.get("status", "publish") == "publish" and not _table(post.get("content")).get("protected")


def modified(post: Mapping[str, Any]) -> str:
    """When it was last changed, in UTC, as WordPress writes it; "" where it does not say."""
    return _text(post.get("modified_gmt"))


def before(changed: str) -> str:
    """A little before a time of a change; "" for none."""
    at = _naive(changed)
    return (at - OVERLAP).isoformat() if at else ""


def listed(post: Mapping[str, Any]) -> Listed:
    """What is remembered of a post."""
    guid = unescape(_rendered(post, "guid"))
    return Listed(str(number_of(post)), _text(post.get("date_gmt")), modified(post), guid)


def entry_of_post(post: Mapping[str, Any], site: Site) -> tuple[Entry, int] | None:
    """The entry, and the number of a picture that the desk ordered and that must be looked up (0: none).

    None where it has no address to share.
    """
    embedded = _table(post.get("_embedded"))
    terms = list(_embedded(embedded, "wp:term"))
    yoast = _table(post.get("yoast_head_json"))
    item = Item(
        id=unescape(_rendered(post, "guid")),
        link=_text(post.get("link")),
        title=_rendered(post, "title"),
        description=_rendered(post, "excerpt"),
        content=_rendered(post, "content"),
        authors=tuple(_authors(embedded, terms)),
        terms=tuple(_names(terms, "category")),
        tags=tuple(_names(terms, "post_tag")),
        apart=True,
        pictures=tuple(_pictures(post, embedded, yoast)),
        lang=bcp47(_text(post.get("lang"))) or bcp47(_text(yoast.get("og_locale"))),
        published=_utc(post, "date"),
        updated=_utc(post, "modified"),
    )
    entry = entry_of(item, Channel(title=site.name, base=f"{site.home}/"), f"{site.home}/")
    if entry is None:
        return None
    orders = read_orders(_fields(post), site.keys, _offset(post))
    number = number_of(post)
    entry = replace(
        orders.onto(entry),
        cms_id=cms_id_of(f"{site.home}/?p={number}") if number else "",
        canonical_url=_text(yoast.get("canonical")),
    )
    return entry, orders.media


def takes_orders(post: Mapping[str, Any], keys: OverrideKeys) -> bool:
    """Whether the site has a field in which the desk may order not to share a post, or not yet."""
    return not {keys.skip, keys.embargo}.isdisjoint(_fields(post))


def picture_of(media: Any) -> Image | None:
    """A picture of the media library; None for what is none, or may not be seen."""
    url = _text(_table(media).get("source_url"))
    if not url.startswith(("https://", "http://")) or media.get("media_type", "image") != "image":
        return None
    details = _table(media.get("media_details"))
    return Image(
        url, tidy(unescape(_text(media.get("alt_text")))), _size(details, "width"), _size(details, "height")
    )


def _authors(embedded: Mapping[str, Any], terms: list[Any]) -> list[str]:
    """The names of guest authors where a plugin keeps them as terms, else the account's."""
    guests = list(_names(terms, "author"))
    return guests or [_text(each.get("name")) for each in _embedded(embedded, "author")]


def _pictures(
    post: Mapping[str, Any], embedded: Mapping[str, Any], yoast: Mapping[str, Any]
) -> Iterator[Picture]:
    for media in _embedded(embedded, "wp:featuredmedia"):
        if found := picture_of(media):
            yield Picture(found.url, found.alt, found.width, found.height)
    yield Picture(_text(post.get("jetpack_featured_media_url")))
    images = yoast.get("og_image")
    for image in images if isinstance(images, list) else ():
        if isinstance(image, dict):
            yield Picture(_text(image.get("url")), "", _size(image, "width"), _size(image, "height"))


def _embedded(embedded: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """The objects embedded under a name, also in lists of lists, without refusals (objects with a code)."""
    found = embedded.get(name)
    for each in found if isinstance(found, list) else ():
        for one in each if isinstance(each, list) else [each]:
            if isinstance(one, dict) and "code" not in one:
                yield one


def _names(terms: list[Any], taxonomy: str) -> Iterator[str]:
    return (_text(term.get("name")) for term in terms if term.get("taxonomy") == taxonomy)


def _fields(post: Mapping[str, Any]) -> dict[str, Any]:
    """Custom fields: registered post meta, and Advanced Custom Fields; an empty one is a list in PHP."""
    return {**_table(post.get("acf")), **_table(post.get("meta"))}


def _rendered(post: Mapping[str, Any], name: str) -> str:
    value = post.get(name)
    return _text(value.get("rendered")) if isinstance(value, dict) else _text(value)


def _utc(post: Mapping[str, Any], name: str) -> str:
    """`date_gmt` as ISO 8601 in UTC; "" where WordPress has none yet (null, or year 0)."""
    found = _naive(post.get(f"{name}_gmt"))
    return found.replace(tzinfo=UTC).isoformat() if found else ""


def _offset(post: Mapping[str, Any]) -> timedelta:
    """How far the site's clock is from UTC: both are in each post."""
    local, utc = _naive(post.get("date")), _naive(post.get("date_gmt"))
    apart = local - utc if local and utc else timedelta(0)
    return apart if abs(apart) < timedelta(hours=24) else timedelta(0)


def _naive(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(_text(value)).replace(tzinfo=None)
    except ValueError:
        return None


def _size(table: Mapping[str, Any], name: str) -> int | None:
    value = str(table.get(name))
    return int(value) if value.isascii() and value.isdigit() else None


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
