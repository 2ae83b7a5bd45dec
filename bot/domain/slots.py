"""The projection: which waiting rows get which of an account's places, computed afresh from scratch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

__all__ = ["History", "Place", "Quiet", "Schedule", "Waiting"]


@dataclass(frozen=True, slots=True)
class Quiet:
    """A daily span of local wall time in which nothing goes out; may cross midnight (start > end)."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an account may publish. `slots[weekday]` (Monday 0) are local wall times, sorted, distinct.

    `max_per_day` counts local days, 0 means no cap. `pick` is "newest" or "oldest".
    """

    name: str
    zone: str = "UTC"
    slots: tuple[tuple[time, ...], ...] = ((),) * 7
    quiet: tuple[Quiet, ...] = ()
    pick: str = "newest"
    min_gap: timedelta = timedelta(0)
    max_per_day: int = 0
    jitter: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that wants a place. `published_at` ranks it; not before `ready_at`, not after `expires_at`.

    `pinned_at` is a time a person chose, kept as it is. `urgent` goes at once, past quiet, gap and cap.
    """

    id: int
    published_at: datetime
    ready_at: datetime
    expires_at: datetime | None
    schedule: str = ""
    timing: str = "now"
    urgent: bool = False
    priority: int = 0
    pinned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What the account already did or is doing: times of its sends, and slots already used."""

    sent_at: tuple[datetime, ...] = ()
    slots: frozenset[datetime] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """The answer for one row: `due_at` None means no room before it expires (or ever)."""

    id: int
    due_at: datetime | None
    slot: datetime | None = None
