"""Reads an answer to a poll: is it a feed at all, and how long does the server ask to be left alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import urljoin

from bot.domain.errors import SourceError
from bot.ports.source import Response
from bot.sources.feed.head import LONGEST

__all__ = ["check_feed", "check_status", "fresh_for", "is_json"]

OK = 200
GONE = 410
FEED_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF|channel)[\s>]", re.IGNORECASE)
OTHER_ROOTS = (
    (re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]", re.IGNORECASE), "a sitemap"),
    (re.compile(rb"<opml[\s>]", re.IGNORECASE), "an OPML list"),
)
HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
LINK = re.compile(rb"<link\b[^>]*>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")
HEAD = 4096


def check_status(answer: Response, url: str) -> None:
    """Raise SourceError unless the answer is a 200; `url` is the address as it may be shown."""
    if answer.status == OK:
        return
    if answer.status == GONE:
        raise SourceError(f"{url} is gone for good (410)", status=GONE, gone=True)
    wait = _retry_after(answer.headers)
    asks = f"; asks to wait {round(wait.total_seconds())} s" if wait else ""
    raise SourceError(f"{url} answered {answer.status}{asks}", status=answer.status, wait=wait)


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
    if HTML.search(head):
        found = _alternate(body, answer.url)
        cure = f"; it names one: {found}" if found else ""
        raise SourceError(f"{url} answers a web page, not a feed{cure}", status=answer.status)


def is_json(body: bytes) -> bool:
    return body[:64].lstrip(b"\xef\xbb\xbf\x00 \t\r\n")[:1] in {b"{", b"["}


def fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    """What is left of Cache-Control's max-age, a day at most; None where nothing is."""
    control = headers.get("cache-control", "").lower()
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", control)
    if not found or "no-cache" in control or "no-store" in control:
        return None
    age = headers.get("age", "").strip()
    left = int(found.group(1)) - (int(age[:9]) if age.isascii() and age.isdigit() else 0)
    return min(timedelta(seconds=left), LONGEST) if left > 0 else None


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3), the date by the server's own clock; a day at most."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST)
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        wait = until.astimezone(UTC) - now.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(wait, LONGEST) if wait > timedelta(0) else None


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
