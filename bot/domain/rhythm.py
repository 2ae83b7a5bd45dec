"""When a rule of its own acts: at the slots of its week, or by cron."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.domain import cadence
from bot.domain.cadence import EPOCH, Cadence
from bot.domain.schedule import Schedule, slot_times

__all__ = ["When", "last_time", "next_time", "times"]

When = Schedule | Cadence
"""A schedule's slots, or a cadence; both by their own zone."""

WEEK = timedelta(days=8)
MONTHS = timedelta(days=70)
"""A day named once a month ("last-sat") comes within it."""
INSTANT = timedelta(microseconds=1)


def times(when: When, start: datetime, end: datetime) -> Iterator[datetime]:
    """Its nominal times in [start, end), in order."""
    if isinstance(when, Schedule):
        yield from slot_times(when, start, end)
    else:
        yield from cadence.times(when, start, end)


def last_time(when: When, now: datetime) -> datetime | None:
    """The last nominal time at or before `now`, None if there was none for long."""
    if isinstance(when, Cadence):
        found = cadence.floor_time(when, now)
        return None if found == EPOCH else found
    for back in (WEEK, MONTHS):
        last = None
        for last in slot_times(when, now - back, now + INSTANT):  # noqa: B007 - the last is wanted
            pass
        if last is not None:
            return last
    return None


def next_time(when: When, after: datetime) -> datetime | None:
    """The first nominal time later than `after`, None if none comes for long."""
    if isinstance(when, Cadence):
        return cadence.next_time(when, after)
    return next(slot_times(when, after + INSTANT, after + MONTHS), None)
