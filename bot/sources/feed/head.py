"""Reads what stands above a feed's first item: its language, its base address, how often it may be asked."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

from bot.extract.item import Channel
from bot.http.answer import LONGEST
from bot.ports.source import Skips

__all__ = ["read_channel"]

PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}
DAYS = {day: number for number, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def read_channel(head: bytes) -> Channel:
    """A Channel without items, out of the bytes before the first one."""
    text = head.decode("utf-8", "replace")
    lang = _element(text, "language") or _element(text, "dc:language") or _attribute(text, "xml:lang")
    return Channel(
        title=_element(text, "title"),
        lang=lang if LANGUAGE.fullmatch(lang) else "",
        base=_attribute(text, "xml:base"),
        wait=_wait(text),
        skips=_skips(text),
    )


def _wait(text: str) -> timedelta | None:
    """<ttl>, minutes, or sy:updatePeriod over sy:updateFrequency; a day at most.

    RSS 2.0: https://www.rssboard.org/rss-specification#ltttlgtSubelementOfLtchannelgt, syndication module:
    https://web.resource.org/rss/1.0/modules/syndication/ (both read 2026-11-24). "hourly" is what WordPress
    writes into every feed, whatever its newsroom does: it asks for nothing.
    """
    waits: list[timedelta] = []
    ttl = _element(text, "ttl")
    if ttl.isascii() and ttl.isdigit():
        waits.append(timedelta(minutes=min(int(ttl[:9]), 1440)))
    hours = PERIODS.get(_element(text, "sy:updatePeriod").lower(), 0)
    often = _element(text, "sy:updateFrequency")
    times = int(often[:6]) if often.isascii() and often.isdigit() else 1
    if hours > 1 and times > 0:
        waits.append(timedelta(hours=hours) / times)
    longest = max(waits, default=timedelta(0))
    return min(longest, LONGEST) or None


def _skips(text: str) -> Skips | None:
    """<skipHours> and <skipDays>, UTC: https://www.rssboard.org/rss-specification (read 2026-11-25).

    A feed that would be skipped at all times asks for nothing.
    """
    hours = {int(hour) % 24 for hour in _listed(text, "skipHours", r"<hour>\s*(\d{1,2})\s*</hour>")}
    days = {
        DAYS[day[:3].lower()]
        for day in _listed(text, "skipDays", r"<day>\s*([A-Za-z]+)\s*</day>")
        if day[:3].lower() in DAYS
    }
    if not (hours or days) or len(hours) == len(range(24)) or len(days) == len(DAYS):
        return None
    return Skips(frozenset(hours), frozenset(days))


def _listed(text: str, name: str, item: str) -> list[str]:
    found = re.search(rf"<{name}\s*>(.*?)</{name}\s*>", text, re.DOTALL)
    return re.findall(item, found.group(1)) if found else []


def _element(text: str, name: str) -> str:
    found = re.search(rf"<{name}(?:\s[^>]*)?>\s*(?:<!\[CDATA\[)?\s*([^<\]]*)", text)
    return unescape(found.group(1)).strip() if found else ""


def _attribute(text: str, name: str) -> str:
    found = re.search(rf"\s{name}\s*=\s*[\"']([^\"']*)[\"']", text)
    return unescape(found.group(1)).strip() if found else ""
