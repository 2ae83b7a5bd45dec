"""Takes from before a summary's first word what a theme writes there: author, date, reading time."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.extract.text import BYLINE, DAYS, MINUTES, MONTHS

__all__ = ["without_byline"]

BETWEEN = r"(?:\s*[|·•–—,:-]\s*|\s+)"
BEHIND = r"[\s|·•–—,.:-]*"
STARTS = r"(?=[^\W_a-zß-ÿ]|\W|$)"
"""No small letter comes behind: "2 min read" may begin a sentence that goes on."""
TIME = (
    r"(?:\W{0,3}\d+\s*(?i:min(?:ute)?s?\.?\s+(?:read|de lecture))\b"
    rf"|(?i:temps de lecture|reading time)\W*\d+\s*(?i:{MINUTES})\b\.?)"
)
DATE = (
    rf"(?:(?i:kuwa|ku wa|on|le|publié le|posted on|published on)\s+)?(?:(?i:{DAYS})\W+)?"
    rf"(?:\d{{1,2}}\s+(?i:{MONTHS})\.?|(?i:{MONTHS})\.?\s+\d{{1,2}},?)\s+\d{{4}}"
    r"(?:\W{1,3}\d{1,2}[:h]\d{2}(?:\s*[ap]m)?)?"
)
NAMES = rf"(?!(?i:{DAYS}|{MONTHS})\b)(?:(?:[A-ZÀ-Þ][\w'’.-]*|and|et|na|de|&)[\s,|·•]+){{1,12}}?"
SIGNED = re.compile(rf"(?i:{BYLINE})\s*:?\s+{NAMES}(?={TIME}{BEHIND}{STARTS}|{DATE}{BETWEEN}{STARTS})")
"""A name that a reading time or a date follows."""
TIMED = re.compile(rf"{TIME}{BEHIND}{STARTS}")
DATED = re.compile(rf"{DATE}{BEHIND}{STARTS}")
MOST = 8


def without_byline(summary: str, authors: Iterable[str] = ()) -> str:
    """The summary without its authors' names, the date behind them and the reading time."""
    names = "|".join(re.escape(name) for name in authors if name)
    by = rf"(?i:{BYLINE})\s*:?\s+(?i:{names}){BETWEEN}(?=[^\W_a-zß-ÿ]|$)"
    alone = rf"(?:(?i:{names}){BETWEEN})+(?={TIME}{BEHIND}{STARTS})"
    known = re.compile(f"{by}|{alone}") if names else None
    text = summary
    for turn in range(MOST):
        found = (known and known.match(text)) or SIGNED.match(text) or TIMED.match(text)
        found = found or (DATED.match(text) if turn else None)
        if not found or not found.end():
            break
        text = text[found.end() :]
    return text if text.strip("… ") else ""
