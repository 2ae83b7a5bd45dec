"""Reads off a site's front page its CMS, its API and its feeds; and off robots.txt its sitemaps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin
from zoneinfo import available_timezones

from selectolax.lexbor import LexborHTMLParser

from bot.extract.feeds import feeds_of
from bot.extract.text import tidy

__all__ = ["Clues", "read_site", "sitemaps_of", "zone_of"]

API = "https://api.w.org/"
LINK = re.compile(rf'<([^<>]+)>\s*;\s*rel\s*=\s*"?{re.escape(API)}"?', re.IGNORECASE)
SITEMAP = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
MOST_SITEMAPS = 10
FARTHEST = 12
"""Hours from UTC for which there is a zone on either side."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What a front page says. `generator` is the CMS's word ("WordPress 6.8"), `api` WordPress's address."""

    generator: str = ""
    api: str = ""
    feeds: tuple[str, ...] = ()
    wordpress: bool = False


def read_site(html: bytes, url: str, headers: Mapping[str, str]) -> Clues:
    """The clues of a page fetched from `url`; never raises on bad markup."""
    tree = LexborHTMLParser(html.decode("utf-8", "replace"))
    generators = [tidy(node.attributes.get("content") or "") for node in tree.css("meta[name=generator i]")]
    known = ("wordpress", "ghost", "hugo", "jekyll", "pelican", "eleventy")
    generator = next((each for each in generators if each.lower().startswith(known)), "".join(generators[:1]))
    node = tree.css_first(f'link[rel="{API}"]')
    named = LINK.search(headers.get("link", ""))
    api = (node.attributes.get("href") or "") if node is not None else named[1] if named else ""
    return Clues(
        generator=generator[:80],
        api=urljoin(url, api.strip()) if api else "",
        feeds=tuple(feeds_of(html, url)),
        wordpress=bool(api) or generator.lower().startswith("wordpress") or b"/wp-content/" in html,
    )


def sitemaps_of(robots: str, url: str) -> tuple[str, ...]:
    """The sitemaps that a robots.txt names."""
    found = [urljoin(url, each) for each in SITEMAP.findall(robots)]
    return tuple(dict.fromkeys(found))[:MOST_SITEMAPS]


def zone_of(said: Any) -> str:
    """The time zone that WordPress's API says the site is set to; "" where that is none.

    Where only hours from UTC were chosen, the zone of those hours, which knows no summer time.
    """
    if not isinstance(said, Mapping):
        return ""
    name, hours = said.get("timezone_string"), said.get("gmt_offset")
    if isinstance(name, str) and name in available_timezones():
        return name
    try:
        offset = float(hours or 0)
    except (TypeError, ValueError):
        return ""
    if name or not offset.is_integer() or not 0 < abs(offset) <= FARTHEST:
        return ""
    return f"Etc/GMT{-round(offset):+d}"
