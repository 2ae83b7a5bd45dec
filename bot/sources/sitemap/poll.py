"""Polls a sitemap: the file itself, or the most promising of those that an index names."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urljoin

import regex
from pydantic import AfterValidator, Field

from bot.domain.article import Entry
from bot.domain.errors import SourceError
from bot.extract.entry import entry_of
from bot.extract.item import Channel
from bot.http.answer import (
    GZIP,
    NOT_MODIFIED,
    check_status,
    conditions,
    fresh_for,
    inflate,
    is_page,
    made_for,
    validators,
)
from bot.http.guard import shown
from bot.ports.source import Cursor, Harvest, Offload, Request, Response, SourceOptions, Steps
from bot.sources.sitemap.memory import ROOT, all_left, listed_before, newest
from bot.sources.sitemap.xml import Sitemap, parse_sitemap

__all__ = ["Connector", "SitemapOptions"]

MAX_BYTES = 20_000_000
MAX_ENTRIES = 1_000
MAX_CHILDREN = 5
LARGE = 1_000_000
"""A body from which on parsing it would hold up the other sources: then it runs in another process."""
OTHERS = re.compile(
    r"categor|taxonom|[-_/]tags?[-_.\d]|post_tag|author|users?[-_.\d]|pages?-sitemap|sitemap-pages|posts-page"
    r"|product|video|image|attachment",
    re.IGNORECASE,
)
"""Names of sitemaps that list no articles (WordPress, Yoast, Ghost)."""
NEWS = re.compile(r"news", re.IGNORECASE)


def _pattern(text: str) -> str:
    try:
        regex.compile(text)
    except regex.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return text


class SitemapOptions(SourceOptions):
    """A `[sources.<id>]` table of `kind = "sitemap"`."""

    kind: Literal["sitemap"]
    url: Annotated[str, Field(pattern=r"^https?://\S+$", examples=["https://example.org/sitemap.xml"])]
    only: Annotated[str, AfterValidator(_pattern)] = ""


@dataclass(slots=True)
class Part:
    """One file as read: None where it had not changed. `kept` goes into the cursor."""

    sitemap: Sitemap | None
    kept: Mapping[str, Any]
    answer: Response


class Connector:
    """A sitemap as a source."""

    Options: ClassVar[type[SourceOptions]] = SitemapOptions

    def __init__(self, options: SitemapOptions) -> None:
        self._url = options.url
        self._only = regex.compile(options.only) if options.only else None

    def poll(self, cursor: Cursor) -> Steps:
        """Ask for the sitemap and, of an index, for its parts, conditionally; see Source.

        Raises:
            SourceError: no answer, an error status, or what is no sitemap; of an index, if none of its parts
                can be read.
        """
        known: Mapping[str, Any] = cursor if cursor.get("for") == made_for(self._url) else {}
        before = listed_before(known)
        root = yield from _part(self._url, known.get("root", {}))
        children: Sequence[str] = known.get("children", ())
        beside: Collection[str] = before.keys()
        if root.sitemap is not None:
            beside = {urljoin(root.answer.url, url) for url, _ in root.sitemap.children}
            children = [urljoin(root.answer.url, each) for each in _promising(root.sitemap.children)]
        parts, notes = yield from self._parts(children, known.get("parts", {}))
        files = {ROOT: root, **parts}
        read = {url: self._entries(part.sitemap) for url, part in files.items() if part.sitemap is not None}
        unread = {*files, *beside} - read.keys()
        kept = {url: dict(part.kept) for url, part in files.items()}
        kept |= {url: {} for url in children if url not in files}  # asked for as if for the first time
        for url, file in kept.items():
            file["listed"] = newest(read[url]) if url in read else list(before.get(url, ()))
        cut = sum(
            part.sitemap.count - len(part.sitemap.items) - len(part.sitemap.children)
            for part in files.values()
            if part.sitemap is not None
        )
        if cut:
            notes.append(f"{cut} addresses beyond the newest {MAX_ENTRIES:,} of a file left out")
        entries = [entry for each in read.values() for entry in each]
        listed = {url: [entry.guid for entry in each] for url, each in read.items()}
        return Harvest(
            tuple(list({entry.guid: entry for entry in entries}.values())[:MAX_ENTRIES]),
            {
                "for": made_for(self._url),
                "root": kept.pop(ROOT),
                "children": list(children),
                "parts": kept,
            },
            unchanged=not read,
            status=root.answer.status,
            wait=fresh_for(root.answer.headers),
            notes=tuple(notes),
            left=all_left(before, listed, unread) if read else (),
        )

    def _parts(
        self, children: Sequence[str], known: Mapping[str, Any]
    ) -> Generator[Any, Any, tuple[dict[str, Part], list[str]]]:
        parts: dict[str, Part] = {}
        troubles: list[SourceError] = []
        for url in children:
            try:
                parts[url] = yield from _part(url, known.get(url, {}))
            except SourceError as error:
                troubles.append(error)
        if troubles and not parts:
            raise troubles[0]
        return parts, [str(error) for error in troubles]

    def _entries(self, sitemap: Sitemap) -> list[Entry]:
        return [entry for item in sitemap.items if (entry := self._entry(item))]

    def _entry(self, item: Any) -> Entry | None:
        entry = entry_of(item, Channel(), self._url)
        if entry is None or (self._only and not self._only.search(entry.url, timeout=1)):
            return None
        # Without a title it is an address like any other: only its page can say that it is an article.
        return replace(entry, bare=not entry.title)


def _part(url: str, known: Mapping[str, Any]) -> Generator[Any, Any, Part]:
    """One file of a sitemap."""
    answer: Response = yield Request(url, headers=conditions(known), max_bytes=MAX_BYTES)
    if answer.status == NOT_MODIFIED:
        return Part(None, known, answer)
    name = shown(url)
    check_status(answer, name)
    digest = sha256(answer.body).hexdigest()
    kept = validators(answer) | {"sha256": digest}
    if digest == known.get("sha256"):
        return Part(None, kept, answer)
    if is_page(answer.body):
        raise SourceError(f"{name} answers a web page, not a sitemap", status=answer.status)
    try:
        large = len(answer.body) > LARGE or answer.body.startswith(GZIP)
        found: Sitemap = (
            (yield Offload(read, (answer.body, MAX_ENTRIES))) if large else read(answer.body, MAX_ENTRIES)
        )
    except ValueError as error:
        raise SourceError(f"{name} answers {error}", status=answer.status) from None
    return Part(found, kept, answer)


def read(body: bytes, cap: int) -> Sitemap:
    """Inflate and parse; runs elsewhere where that takes long.

    Raises:
        ValueError: it is no sitemap.
    """
    return parse_sitemap(inflate(body, MAX_BYTES), cap)


def _promising(children: Sequence[tuple[str, str]]) -> list[str]:
    """The parts that list the newest articles: news first, then by `lastmod`, then the last of a row."""
    fit = [each for each in children if not OTHERS.search(each[0].rpartition("/")[2])] or list(children)
    order = sorted(
        enumerate(fit),
        key=lambda each: (bool(NEWS.search(each[1][0])), each[1][1], _number(each[1][0]), -each[0]),
        reverse=True,
    )
    return [url for _, (url, _) in order[:MAX_CHILDREN]]


def _number(url: str) -> int:
    """The number in a part's name: of sitemap.xml, sitemap2.xml, sitemap3.xml the last is the newest."""
    found = re.findall(r"\d{1,9}", url.rpartition("/")[2])
    return int(found[-1]) if found else 1
