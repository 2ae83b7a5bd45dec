"""Makes an entry of a Markdown file; says why where it is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from bot.domain.article import Entry
from bot.extract.address import absolute
from bot.extract.entry import entry_of
from bot.extract.item import Channel, Item, Picture
from bot.extract.orders import moment, read_orders
from bot.sources.directory.front import fields, first, flag, parted, words
from bot.sources.directory.options import DirectoryOptions
from bot.sources.directory.permalink import PATTERNS, Place, address, dated_name

__all__ = ["NotPublic", "entry_of_file"]

SHORTCODE = re.compile(r"\{\{[<%]?.*?[>%]?\}\}|\{%.*?%\}|\{:.*?\}", re.DOTALL)
MORE = re.compile(r"<!--\s*(?:more|excerpt|PELICAN_END_SUMMARY)\s*-->", re.IGNORECASE)
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2})?", re.IGNORECASE)
HIDDEN = frozenset({"draft", "hidden", "skip", "private", "unpublished"})
IMAGES = (
    "image",
    "cover",
    "featured_image",
    "featuredimage",
    "images",
    "thumbnail",
    "hero",
    "teaser",
    "banner",
)
MAX_TEXT = 200_000


class NotPublic(Exception):
    """A file that is no published article; its text says why, "" where that goes without saying."""


def entry_of_file(name: str, text: str, options: DirectoryOptions) -> Entry:
    """The entry of a file.

    Args:
        name: its path below the folder.
        text: what stands in it.
        options: where the site is, and how it names its pages.

    Raises:
        NotPublic: a draft, a list, a file without front matter, one whose address cannot be told.
        ValueError: front matter that cannot be read.
    """
    meta, body = parted(text[:MAX_TEXT])
    file = PurePosixPath(name)
    _check_public(file, meta)
    file, lang = _language(file, first(meta, "lang", "language", "locale"))
    dated, _ = dated_name(file.parent.name if file.stem == "index" else file.stem)
    published, told = _date(meta, options, "publishdate", "date", "pubdate", "created")
    if published is None and dated:
        published, told = _moment(dated, options)
    updated, _ = _date(meta, options, "lastmod", "modified", "last_modified_at", "updated", "updated_date")
    categories = words(meta.get("categories"), meta.get("category"))
    taxonomies = fields(meta.get("taxonomies"))
    categories = categories or words(taxonomies.get("categories")) or _folder(file, options)
    authors = words(meta.get("authors"), meta.get("author"))
    title = first(meta, "title")
    author = next(iter(authors), "")
    by_file = options.style == "jekyll"
    place = Place(file, title, first(meta, "slug"), told, categories, lang, author, by_file)
    url = _address(options, meta, place)
    teaser = MORE.split(body, maxsplit=1)
    item = Item(
        id=name,
        link=url,
        title=title,
        description=first(meta, "description", "summary", "excerpt", "subtitle")
        or (_html(teaser[0]) if len(teaser) > 1 else ""),
        content=_html(body),
        authors=authors,
        terms=categories,
        tags=words(meta.get("tags"), meta.get("keywords"), taxonomies.get("tags")),
        apart=True,
        pictures=tuple(_pictures(meta)),
        lang=lang,
        base=url,
        published=published.isoformat() if published else "",
        updated=updated.isoformat() if updated else "",
        permalink=False,
    )
    entry = entry_of(item, Channel(), url)
    if entry is None:
        raise NotPublic("has no address")
    orders = read_orders(meta, options.overrides, _offset(options, published))
    entry = orders.onto(entry)
    waits = [each for each in (entry.not_before, published) if each]
    return replace(
        entry,
        not_before=max(waits) if waits else None,
        canonical_url=_canonical(meta, url),
        was=_before(meta, options, url),
    )


def _check_public(file: PurePosixPath, meta: Mapping[str, Any]) -> None:
    if not meta:
        raise NotPublic("has no front matter")
    if file.name.startswith("_") or "_drafts" in file.parts:
        raise NotPublic
    if (
        flag(meta.get("draft"))
        or flag(meta.get("headless"))
        or flag(meta.get("eleventyexcludefromcollections"))
    ):
        raise NotPublic
    if "published" in meta and str(meta["published"]).strip().lower() in {"false", "no", "0"}:
        raise NotPublic
    if first(meta, "status").lower() in HIDDEN:
        raise NotPublic
    if not first(meta, "title"):
        raise NotPublic("has no title")


def _language(file: PurePosixPath, said: str) -> tuple[PurePosixPath, str]:
    """Hugo's translations: road.fr.md is road.md in French."""
    stem, dot, lang = file.stem.rpartition(".")
    if dot and LANGUAGE.fullmatch(lang) and stem:
        return file.with_name(f"{stem}{file.suffix}"), said or lang
    return file, said


def _folder(file: PurePosixPath, options: DirectoryOptions) -> tuple[str, ...]:
    """Pelican takes the folder for the category."""
    return (file.parent.name,) if options.style == "pelican" and file.parent.name else ()


def _address(options: DirectoryOptions, meta: Mapping[str, Any], place: Place) -> str:
    """The address that the file gives itself, else by the site's pattern."""
    own = first(meta, "url", "permalink")
    if "{{" in own or "{%" in own:
        raise NotPublic("computes its own address, which cannot be told from outside")
    site = f"{options.url.rstrip('/')}/"
    own = own or first(meta, "save_as").removesuffix("index.html")
    try:
        if own and (":" in own or "{" in own) and not own.startswith(("http://", "https://")):
            return address(site, own, place)
        if own:
            return urljoin(site, own.removeprefix("/").removesuffix("index.html"))
        return address(site, options.permalink or PATTERNS[options.style], place)
    except ValueError as error:
        raise NotPublic(str(error)) from None


def _date(
    meta: Mapping[str, Any], options: DirectoryOptions, *names: str
) -> tuple[datetime | None, datetime | None]:
    """The first date among these fields: in UTC, and as its own clock tells it."""
    for name in names:
        found = _moment(meta.get(name), options)
        if found[0] is not None:
            return found
    return None, None


def _moment(value: Any, options: DirectoryOptions) -> tuple[datetime | None, datetime | None]:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str | datetime):
        return None, None
    text = value.isoformat() if isinstance(value, datetime) else value.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):  # a day, and any hour of it
        found = moment(text)
        return found, found
    # Jekyll and Pelican write "2026-11-24 08:00:00 +0200".
    text = re.sub(r"^(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) ([+-]\d\d:?\d\d|Z)$", r"\1\2", text)
    naive = moment(text)
    if naive is None:
        return None, None
    zone = ZoneInfo(options.timezone)
    found = moment(text, naive.replace(tzinfo=zone).utcoffset() or timedelta(0))
    return found, found.astimezone(zone) if found else None


def _offset(options: DirectoryOptions, at: datetime | None) -> timedelta:
    return (at or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(
        ZoneInfo(options.timezone)
    ).utcoffset() or timedelta(0)


def _canonical(meta: Mapping[str, Any], url: str) -> str:
    said = first(meta, "canonical_url", "canonicalurl", "canonical")
    return urljoin(url, said) if said else ""


def _before(meta: Mapping[str, Any], options: DirectoryOptions, url: str) -> tuple[str, ...]:
    """Addresses that the page had before: Hugo's `aliases`, Jekyll's `redirect_from`."""
    said = words(meta.get("aliases"), meta.get("redirect_from"))
    site, here = f"{options.url.rstrip('/')}/", url.rstrip("/")
    found = (absolute(each.removeprefix("/"), site if each.startswith("/") else here) for each in said)
    return tuple(filter(None, found))


def _pictures(meta: Mapping[str, Any]) -> Iterator[Picture]:
    alt = first(meta, "image_alt", "featured_image_alt", "cover_alt", "alt", "image_description")
    tables = [meta, fields(meta.get("header"))]
    for table in tables:
        for name in IMAGES:
            value = table.get(name)
            value = value[0] if isinstance(value, list) and value else value
            if isinstance(value, Mapping):
                inner = fields(value)
                url = first(inner, "url", "src", "path", "image", "feature", "relative_image")
                yield Picture(url, first(inner, "alt", "caption") or alt)
            elif isinstance(value, str):
                yield Picture(value, alt)


def _html(markdown: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark").enable("table").render(SHORTCODE.sub("", markdown)))
