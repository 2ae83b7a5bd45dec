"""Parses a feed by fastfeedparser, and reads beside it what that parser leaves out."""

from __future__ import annotations

import re
from typing import Any

import fastfeedparser

from bot.extract.item import Channel, Item, Picture
from bot.sources.feed.dates import is_slashed, reads_day_first, written
from bot.sources.feed.head import read_channel
from bot.sources.feed.more import More, read_more
from bot.sources.feed.outline import outline

__all__ = ["parse_fast"]

WRAPPER = re.compile(r"^\s*<(?:\w+:)?content\b[^>]*>(.*)</(?:\w+:)?content>\s*$", re.DOTALL)
ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
DATE_LIKE = re.compile(r"[\d\s:/.\-]+")
DATES = (b"pubDate>", b"date>", b"published>", b"updated>", b"issued>", b"modified>", b"lastBuildDate>")
IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")


def parse_fast(body: bytes, cap: int) -> Channel:
    """The feed's first `cap` items, in its own order.

    Raises:
        ValueError: it is no feed, or too broken for this parser.
    """
    try:
        parsed = fastfeedparser.parse(body)
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it stumbles over, the next parser is asked
        raise ValueError(type(error).__name__) from None
    found = parsed["entries"]
    entries = found[:cap]
    first = ITEM.search(body)
    channel = read_channel(body[: first.start()] if first else body[:65536])
    own = outline(body)
    more = read_more(body, len(found)) if _wants_more(own, found) else ()
    beside = (*more[:cap], *[None] * (len(entries) - len(more)))
    guids = any(DATE_LIKE.fullmatch(entry.get("id") or "") for entry in entries)
    dated = not guids or sum(own.count(name) for name in DATES) >= 2 * len(found)
    info = parsed.get("feed", {})
    lang = channel.lang or info.get("language") or ""
    day_first = reads_day_first([each.dated for each in more], lang)
    return Channel(
        tuple(
            _item(entry, extra, dated=dated, day_first=day_first)
            for entry, extra in zip(entries, beside, strict=True)
        ),
        title=info.get("title") or channel.title,
        lang=lang,
        base=channel.base or info.get("link") or "",
        wait=channel.wait,
        skips=channel.skips,
        cut_short=not _all_found(own.lower(), len(found)),
    )


def _all_found(lower: bytes, found: int) -> bool:
    """Whether no more items begin in the feed: a broken one may hide those behind it from this parser."""
    if found >= lower.count(b"<item") + lower.count(b"<entry"):
        return True
    exact = sum(lower.count(start) for start in (b"<item>", b"<item ", b"<entry>", b"<entry "))
    return found >= exact


def _wants_more(body: bytes, entries: list[dict[str, Any]]) -> bool:
    """Whether something stands in the feed's own markup that fastfeedparser does not tell."""
    count = len(entries)
    if not count:
        return False
    return (
        _is_oddly_dated(body, entries)
        or b":keywords" in body
        or (b"xhtml" in body and (b'type="xhtml"' in body or b"type='xhtml'" in body))
        or (b"xml:" in body and (b"xml:base" in body or body.count(b"xml:lang") > 1))
        or b"dc:language" in body
        or body.count(b"</dc:creator>") > count
        or body.count(b"</author>") > count
        or any("@" in entry.get("author", "") or not entry.get("link") for entry in entries)
        or (any(entry.get("link") == entry.get("id") for entry in entries) and b"isPermaLink" in body)
    )


def _is_oddly_dated(body: bytes, entries: list[dict[str, Any]]) -> bool:
    """Whether its items' dates are not all read, or are of the kind that is read either way round."""
    at = body.find(b"pubDate>")
    slashed = at >= 0 and b"/" in body[at + 8 : at + 18].partition(b"<")[0]
    return slashed or (
        any(not entry.get("published") for entry in entries) and any(name in body for name in DATES[:2])
    )


def _published(entry: dict[str, Any], more: More | None, *, day_first: bool) -> str:
    read = entry.get("published") or ""
    if more is None or not more.dated or (read and not is_slashed(more.dated)):
        return read
    return written(more.dated, day_first=day_first)


def _item(entry: dict[str, Any], more: More | None, *, dated: bool, day_first: bool) -> Item:
    contents = entry.get("content") or [{}]
    content = str(contents[0].get("value") or "")
    wrapped = WRAPPER.match(content) if "xhtml" in str(contents[0].get("type")) else None
    author = entry.get("author", "")
    permalink = more is None or more.permalink
    id_ = entry.get("id") or ""
    published = _published(entry, more, day_first=day_first)
    if not dated and DATE_LIKE.fullmatch(id_) and "T00:00:00" in published:
        published = ""  # read out of a guid such as "20260101", and no date at all
    return Item(
        id=id_,
        link=_link(entry) if permalink else "",
        title=more.title if more and more.title else entry.get("title") or "",
        description=more.summary if more and more.summary else entry.get("description") or "",
        content=wrapped.group(1) if wrapped else content,
        content_is_text=contents[0].get("type") in {"text", "text/plain"},
        authors=more.authors if more and more.authors else (author,) if author else (),
        terms=tuple(str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags") or ()),
        tags=more.keywords if more else (),
        pictures=tuple(_pictures(entry)),
        lang=more.lang if more else "",
        base=more.base if more else "",
        published=published,
        updated=entry.get("updated") or "",
        permalink=permalink,
    )


def _link(entry: dict[str, Any]) -> str:
    """The page's address: an alternate one, HTML first; never the feed's own or a file's."""
    links = [link for link in entry.get("links") or () if link.get("href")]
    alternates = [link for link in links if link.get("rel") in {None, "", "alternate"}]
    html = [link for link in alternates if "html" in (link.get("type") or "html")]
    others = {link["href"] for link in links if link not in alternates}
    link = entry.get("link") or ""
    if html and (not link or link in others or link not in {each["href"] for each in html}):
        return str(html[0]["href"])
    return "" if link in others else str(link)


def _pictures(entry: dict[str, Any]) -> list[Picture]:
    found: list[Picture] = []
    for media in entry.get("media_content") or ():
        url = media.get("url") or ""
        if url and _is_image(url, media.get("type") or "", media.get("medium") or ""):
            alt = media.get("description") or media.get("text") or ""
            found.append(Picture(url, alt, media.get("width"), media.get("height")))
        elif media.get("thumbnail_url"):
            found.append(Picture(media["thumbnail_url"], media.get("description") or ""))
    found += [
        Picture(enclosure["url"])
        for enclosure in entry.get("enclosures") or ()
        if _is_image(enclosure["url"], enclosure.get("type") or "", "")
    ]
    found += [
        Picture(link["href"])
        for link in entry.get("links") or ()
        if link.get("rel") == "enclosure" and _is_image(link.get("href") or "", link.get("type") or "", "")
    ]
    return sorted(found, key=lambda picture: -(picture.width or 0))


def _is_image(url: str, kind: str, medium: str) -> bool:
    if medium or kind:
        return medium == "image" or kind.startswith("image/")
    return url.partition("?")[0].lower().endswith(IMAGES)
