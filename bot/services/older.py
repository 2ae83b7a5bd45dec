"""Believes a source that goes on showing an older edition than the one it showed before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from bot.domain.article import Article, Entry
from bot.ports.records import SourceRow
from bot.ports.source import Cursor, Harvest

__all__ = ["Seen", "after_poll", "is_stale", "read_anew"]

KEY = "older"
"""In what is kept of a source's health: by article what it shows of it, since when, when it is read anew."""
FIRST = timedelta(hours=1)
SURE = timedelta(hours=12)
"""Longer than a cache keeps what it does not say it keeps."""
UNCHANGED = frozenset({"etag", "last_modified", "sha256", "items"})


@dataclass(frozen=True, slots=True)
class Seen:
    """How old an answer is: the newest date in it, when it says it was made, how long it may be kept."""

    newest: datetime | None = None
    made_at: datetime | None = None
    kept: timedelta = timedelta(0)

    @classmethod
    def of(cls, harvest: Harvest, now: datetime) -> Seen:
        entries = harvest.entries
        dates = (date for entry in entries for date in (entry.published_at, entry.updated_at) if date)
        newest = max((date for date in dates if date <= now), default=None)
        return cls(newest, _date(harvest.cursor.get("last_modified")), harvest.wait or timedelta(0))


def is_stale(
    row: SourceRow, old: Article, entry: Entry, edition: str, seen: Seen | None, now: datetime
) -> bool:
    """Whether an entry is but an older edition than the one known, as a cache goes on to show.

    A known date that lies ahead proves nothing: it would stand against all that comes until then. `edition`
    is the entry's hash; without `seen` nothing is a cache.
    """
    if seen is None or old.updated_at is None or entry.updated_at is None:
        return False
    if not entry.updated_at < old.updated_at <= now:
        return False
    return not _is_believed(row, old.id, edition, old.updated_at, seen, now)


def _is_believed(
    row: SourceRow, article: int, edition: str, edited_at: datetime, seen: Seen, now: datetime
) -> bool:
    """Whether an older edition is the newsroom's word, and no cache's.

    It has been shown, and nothing else, for an hour or more, and the answer tells of something later than the
    edit that it lacks; or for longer than any cache keeps it, and it does not say that it is older itself.
    """
    known, since, _ = row.health.get(KEY, {}).get(str(article), ("", "", ""))
    if known != edition:
        return False
    shown = now - datetime.fromisoformat(since)
    if shown >= FIRST and seen.newest is not None and seen.newest > edited_at:
        return True
    if seen.made_at is not None and seen.made_at < edited_at:
        return False
    return shown >= max(SURE, 2 * seen.kept)


def after_poll(
    row: SourceRow, harvest: Harvest, shown: Mapping[int, str], now: datetime, *, anew: bool
) -> SourceRow:
    """The row with what its source shows in older editions.

    Args:
        row: as the poll left it.
        harvest: what the poll brought; where that is later, the next reads all.
        shown: by article the older edition that this poll brought, "" where it brought what is known.
        now: when.
        anew: all of the source was read: what it did not show in an older edition is settled.
    """
    before: Mapping[str, Any] = row.health.get(KEY, {})
    if not before and not any(shown.values()):
        return row
    after = {} if anew else {id_: each for id_, each in before.items() if shown.get(int(id_)) != ""}
    newest = Seen.of(harvest, now).newest
    for id_, (edition, since, again) in after.items():
        start = datetime.fromisoformat(since)
        if newest is not None and newest > start:
            after[id_] = [edition, since, min(again, max(start + FIRST, now).isoformat())]
    for article, edition in shown.items():
        known, since, _ = before.get(str(article), ("", "", ""))
        if edition:
            start = datetime.fromisoformat(since) if known == edition else now
            wait = max(FIRST, min(now - start, SURE - (now - start)))
            after[str(article)] = [edition, start.isoformat(), (now + wait).isoformat()]
    return replace(row, health={**row.health, KEY: after})


def read_anew(row: SourceRow, now: datetime) -> SourceRow:
    """The row without what tells its source that nothing is new, where it is time to read all of it."""
    waits = row.health.get(KEY)
    if not waits or all(datetime.fromisoformat(again) > now for *_, again in waits.values()):
        return row
    return replace(row, cursor=_without(row.cursor))


def _without(cursor: Cursor) -> dict[str, Any]:
    return {
        name: _without(value) if isinstance(value, Mapping) else value
        for name, value in cursor.items()
        if name not in UNCHANGED
    }


def _date(said: object) -> datetime | None:
    try:
        return parsedate_to_datetime(str(said)).astimezone(UTC) if said else None
    except (ValueError, OverflowError):
        return None
