"""Tells whether an answer to a poll is a feed at all, and where it is none, what it is."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

from bot.domain.errors import SourceError
from bot.http.answer import is_page
from bot.ports.source import Response

__all__ = ["check_feed", "is_json"]

FEED_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF|channel)[\s>]", re.IGNORECASE)
OTHER_ROOTS = (
    (re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]", re.IGNORECASE), "a sitemap"),
    (re.compile(rb"<opml[\s>]", re.IGNORECASE), "an OPML list"),
)
LINK = re.compile(rb"<link\b[^>]*>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")
HEAD = 4096


def check_feed(answer: Response, url: str) -> None:
    """Raise SourceError for what is plainly no feed, naming what it is and the feed found in it."""
    body = answer.body
    head = body[:HEAD].replace(b"\x00", b"")
    if not head.strip():
        raise SourceError(f"{url} answers with nothing (an empty body)", status=answer.status)
    if is_json(body) or FEED_ROOT.search(head):
        return
    for pattern, name in OTHER_ROOTS:
        if pattern.search(head):
            raise SourceError(f"{url} answers {name}, not a feed", status=answer.status)
    if is_page(body):
        found = _alternate(body, answer.url)
        cure = f"; it names one: {found}" if found else ""
        raise SourceError(f"{url} answers a web page, not a feed{cure}", status=answer.status, page=True)


def is_json(body: bytes) -> bool:
    return body[:64].lstrip(b"\xef\xbb\xbf\x00 \t\r\n")[:1] in {b"{", b"["}


def _alternate(body: bytes, url: str) -> str:
    for tag in LINK.findall(body[:131072]):
        found = {
            name.lower(): unescape(a or b or c)
            for name, a, b, c in ATTRIBUTE.findall(tag.decode("utf-8", "replace"))
        }
        kind, href = found.get("type", "").lower(), found.get("href", "")
        if (
            "alternate" in found.get("rel", "").lower()
            and kind in FEED_TYPES
            and href
            and "oembed" not in href
        ):
            return urljoin(url, href)[:300]
    return ""
