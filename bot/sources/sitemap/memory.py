"""What a sitemap's files listed at the last poll, by file: which addresses are in none of them any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.article import Entry
from bot.extract.left import KEPT, kept, left

__all__ = ["ROOT", "Listing", "all_left", "listed_before", "newest"]

ROOT = ""
"""The name of the sitemap itself beside the files that it names."""
Listing = Mapping[str, Sequence[str]]


def listed_before(cursor: Mapping[str, Any]) -> Listing:
    """By file what it listed."""
    files = {ROOT: cursor.get("root", {}), **cursor.get("parts", {})}
    return {url: file["listed"] for url, file in files.items() if file.get("listed")}


def newest(entries: Sequence[Entry]) -> list[str]:
    """What is kept of a file: its newest; without dates its first and its last, where new ones stand."""
    if all(_date(entry) for entry in entries):
        return kept(entry.guid for entry in sorted(entries, key=lambda each: _date(each) or 0, reverse=True))
    guids = list(dict.fromkeys(entry.guid for entry in entries))
    return guids if len(guids) <= KEPT else guids[: KEPT // 2] + guids[-KEPT // 2 :]


def all_left(before: Listing, read: Listing, unread: Collection[str]) -> tuple[str, ...]:
    """What the files listed before and none lists now.

    Args:
        before: by file what was remembered of it.
        read: what those files list that were read now; a file that is in neither is not there any more.
        unread: files that had not changed, could not be read, or were not among the most promising.
    """
    now = {guid for guids in read.values() for guid in guids}
    now |= {guid for url in unread for guid in before.get(url, ())}
    files = (guids for url, guids in before.items() if url not in unread)
    return tuple(dict.fromkeys(guid for guids in files for guid in left(guids, now)))


def _date(entry: Entry) -> float | None:
    at: datetime | None = entry.published_at or entry.updated_at
    return at.timestamp() if at else None
