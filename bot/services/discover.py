"""Finds what can be read of a site that a newcomer names: its CMS's API, its feeds, its sitemaps."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from bot.domain.errors import SourceError
from bot.extract.site import Clues, read_site, sitemaps_of, zone_of
from bot.ports.source import Harvest, Request, Response, Steps

__all__ = ["Discovered", "Found", "discover"]

USUAL = ("feed/", "rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json")
"""Where sites without a <link rel="alternate"> tend to keep their feed."""
SITEMAPS = ("/sitemap_index.xml", "/sitemap.xml")
OK = 200
MAX_BYTES = 5_000_000
"""WordPress describes every route of its plugins beside its name."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something to read a site's articles from: a source kind, its address, and how it was found."""

    kind: str
    url: str
    how: str


@dataclass(frozen=True, slots=True)
class Discovered:
    """What answers, and what it lists now; `others` were found beside it, and not asked.

    `timezone` is what a WordPress is set to, "" where that is not known.
    """

    kind: str
    url: str
    harvest: Harvest
    generator: str = ""
    others: tuple[Found, ...] = ()
    timezone: str = ""


def discover(address: str, poll: Callable[[str, str], Steps]) -> Generator[Any, Any, Discovered]:
    """Try the address as a feed, then what its page names: WordPress's API, feeds; then the usual places.

    Args:
        address: a feed or a page of the site; https:// is added where no scheme is given.
        poll: makes the steps that read a URL as a source of a kind.

    Raises:
        SourceError: none of them can be read; the text says what was tried.
    """
    start = address if "://" in address else f"https://{address}"
    try:
        harvest = yield from poll("feed", start)
    except SourceError as error:
        first = error
    else:
        return Discovered("feed", _moved(harvest, start), harvest)
    clues, page = yield from _front(start)
    named = _named(clues, page or start)
    if page is None and first.status is None:
        raise first  # not reached at all: guessing on would only repeat it
    usual = [Found("feed", urljoin(_folder(page or start), each), "a usual place") for each in USUAL]
    sitemaps = yield from _sitemaps(page or start)
    zone = (yield from _zone(clues, page or start)) if clues.wordpress else ""
    tried, empty = [start], None
    for each in dict.fromkeys((*named, *usual, *sitemaps)):
        if each.url in tried and each.kind == "feed":
            continue
        tried.append(each.url)
        try:
            harvest = yield from poll(each.kind, each.url)
        except SourceError:
            continue
        others = tuple(other for other in (*named, *sitemaps) if other.how and other.url != each.url)
        found = Discovered(each.kind, _moved(harvest, each.url), harvest, clues.generator, others, zone)
        if harvest.entries:
            return found
        empty = empty or found
    if empty:
        return empty
    raise SourceError(f"no feed found at {address}: tried {', '.join(dict.fromkeys(tried))}")


def _moved(harvest: Harvest, url: str) -> str:
    return str(harvest.cursor.get("url") or url)


def _named(clues: Clues, page: str) -> list[Found]:
    """What the front page names, the richest first."""
    found = []
    if clues.wordpress:
        site = clues.api.partition("/wp-json")[0] if clues.api else _folder(page)
        site = site if "?" in site else f"{site.rstrip('/')}/"
        found.append(Found("wordpress", site, "WordPress's REST API"))
    return found + [Found("feed", feed, "a feed that its page names") for feed in clues.feeds]


def _front(start: str) -> Generator[Request, Response, tuple[Clues, str | None]]:
    """The clues of the page at the address, and where it is; None where it does not answer."""
    try:
        page = yield Request(start, max_bytes=512_000, truncate=True)
    except SourceError:
        return Clues(), None
    return read_site(page.body, page.url, page.headers), page.url


def _zone(clues: Clues, page: str) -> Generator[Request, Response, str]:
    """The time zone that WordPress's API names; it may be closed."""
    try:
        answer = yield Request(clues.api or urljoin(_folder(page), "wp-json/"), max_bytes=MAX_BYTES)
        return zone_of(json.loads(answer.body))
    except (SourceError, ValueError, RecursionError):
        return ""


def _sitemaps(page: str) -> Generator[Request, Response, list[Found]]:
    """The sitemaps that robots.txt names, then the usual ones."""
    robots = urljoin(page, "/robots.txt")
    said: tuple[str, ...] = ()
    try:
        answer = yield Request(robots, max_bytes=512_000, truncate=True)
    except SourceError:
        pass
    else:
        said = sitemaps_of(answer.body.decode("utf-8", "replace"), robots) if answer.status == OK else ()
    usual = [Found("sitemap", urljoin(page, each), "") for each in SITEMAPS]
    return [Found("sitemap", each, "a sitemap that robots.txt names") for each in said] + usual


def _folder(page: str) -> str:
    """The address that places below the site are relative to."""
    path = urlsplit(page).path
    return page if path.endswith("/") else f"{page.partition('?')[0]}/"
