"""Finds the feed behind an address that a newcomer gives: the feed itself, or a site that names one."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from bot.domain.errors import SourceError
from bot.extract.feeds import feeds_of
from bot.ports.source import Harvest, Request, Response, Steps

__all__ = ["Discovered", "discover"]

USUAL = ("feed/", "rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json")
"""Where sites without a <link rel="alternate"> tend to keep their feed."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """A feed that answers, and what it lists now."""

    url: str
    harvest: Harvest


def discover(address: str, poll: Callable[[str], Steps]) -> Generator[Any, Any, Discovered]:
    """Try the address as a feed, then the feeds its page names, then the usual places.

    Args:
        address: a feed or a page of the site; https:// is added where no scheme is given.
        poll: makes the steps that read a URL as a feed.

    Raises:
        SourceError: none of them is a feed; the text says what was tried.
    """
    start = address if "://" in address else f"https://{address}"
    tried: list[str] = []
    candidates = [start]
    named = False
    while candidates:
        url = candidates.pop(0)
        tried.append(url)
        try:
            harvest = yield from poll(url)
        except SourceError as error:
            first = error
        else:
            return Discovered(str(harvest.cursor.get("url") or url), harvest)
        if not named:
            named = True
            candidates = [c for c in (yield from _named(start)) if c not in tried]
            if not candidates and len(tried) == 1 and first.status is None:
                raise first  # not reached at all: guessing on would only repeat it
    raise SourceError(f"no feed found at {address}: tried {', '.join(tried)}")


def _named(start: str) -> Generator[Request, Response, list[str]]:
    """The feeds that a page names, then the usual places."""
    try:
        page = yield Request(start, max_bytes=512_000, truncate=True)
    except SourceError:
        return []
    usual = [urljoin(page.url if page.url.endswith("/") else f"{page.url}/", each) for each in USUAL]
    return [*feeds_of(page.body, page.url), *usual]
