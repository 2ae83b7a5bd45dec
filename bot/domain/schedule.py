"""When an account may publish: its slots, its quiet hours, and what they come to in UTC."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge

from bot.domain.cadence import Cadence, local_instant, parse_zone, times

__all__ = [
    "DAYS",
    "LAST",
    "Ordinal",
    "Quiet",
    "Schedule",
    "dropped_slots",
    "has_slots",
    "in_quiet",
    "places_per_day",
    "quiet_end",
    "slot_times",
]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAST = -1
"""The `nth` of the last such weekday of a month."""
DAY = timedelta(days=1)
SAMPLE = datetime(2024, 1, 1, tzinfo=UTC)
"""A Monday, from which places are counted."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A daily span of local wall time in which nothing goes out; may cross midnight (start > end)."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Ordinal:
    """The times of a month's `nth` such weekday (1 to 5, or LAST); they replace the weekday's own."""

    nth: int
    weekday: int
    times: tuple[time, ...]

    def falls_on(self, day: date) -> bool:
        """Whether a day is the one that is meant."""
        if day.weekday() != self.weekday:
            return False
        if self.nth == LAST:
            return day.day + 7 > monthrange(day.year, day.month)[1]
        return (day.day - 1) // 7 + 1 == self.nth

    @property
    def label(self) -> str:
        nth = "last" if self.nth == LAST else ("first", "second", "third", "fourth", "fifth")[self.nth - 1]
        return f"{nth}-{DAYS[self.weekday]}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an account may publish. `slots[weekday]` (Monday 0) are local wall times, sorted, distinct.

    `cron` adds its times to them. `max_per_day` counts local days, 0 means no cap. `pick` is "newest" or
    "oldest".
    """

    name: str
    zone: str = "UTC"
    slots: tuple[tuple[time, ...], ...] = ((),) * 7
    ordinals: tuple[Ordinal, ...] = ()
    cron: Cadence | None = None
    quiet: tuple[Quiet, ...] = ()
    pick: str = "newest"
    min_gap: timedelta = timedelta(0)
    max_per_day: int = 0
    jitter: timedelta = timedelta(0)


def has_slots(schedule: Schedule) -> bool:
    """Whether it names any slot, in quiet hours or not."""
    return bool(any(schedule.slots) or any(each.times for each in schedule.ordinals) or schedule.cron)


def slot_times(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """The schedule's slots in [start, end) as UTC instants, in order, without those in quiet hours.

    A wall time that a spring change leaves out moves to the first instant after the gap; one that an
    autumn change repeats counts once, the first time.
    """
    by_cron = times(schedule.cron, start, end) if schedule.cron else ()
    seen = None
    for at in merge(_by_day(schedule, start, end), by_cron):
        if at != seen and not in_quiet(schedule, at):
            seen = at
            yield at


def _by_day(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    zone = parse_zone(schedule.zone)
    day = start.astimezone(zone).date() - DAY
    last = end.astimezone(zone).date()
    while day <= last:
        for wall in _walls(schedule, day):
            at = local_instant(schedule.zone, day, wall)
            if start <= at < end:
                yield at
        day += DAY


def _walls(schedule: Schedule, day: date) -> tuple[time, ...]:
    """A local day's slots: those of its place in the month, where any are named, else its weekday's."""
    named = [each.times for each in schedule.ordinals if each.falls_on(day)]
    if not named:
        return schedule.slots[day.weekday()]
    return tuple(sorted({wall for walls in named for wall in walls}))


def in_quiet(schedule: Schedule, at: datetime) -> bool:
    """Whether an instant lies in the schedule's quiet hours (the end is no longer quiet)."""
    if not schedule.quiet:
        return False
    return _is_quiet(schedule, at.astimezone(parse_zone(schedule.zone)).time())


def _is_quiet(schedule: Schedule, wall: time) -> bool:
    return any(_inside(quiet, wall) for quiet in schedule.quiet)


def _inside(quiet: Quiet, wall: time) -> bool:
    if quiet.start < quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end


def quiet_end(schedule: Schedule, at: datetime) -> datetime:
    """`at` itself, or the end of the quiet hours it lies in; a week later where every hour is quiet."""
    limit = at + 7 * DAY
    while at < limit and in_quiet(schedule, at):
        local = at.astimezone(parse_zone(schedule.zone))
        ends = [
            local_instant(schedule.zone, local.date() + shift, quiet.end, fold)
            for quiet in schedule.quiet
            if _inside(quiet, local.time())
            for shift in (timedelta(0), DAY)
            for fold in (0, 1)
        ]
        at = min(end for end in ends if end > at)
    return at


def places_per_day(schedule: Schedule) -> float:
    """The mean number of usable slots a day, over a year; where cron names some, over four weeks."""
    days = 28 if schedule.cron else 364
    counts: Counter[date] = Counter()
    if schedule.cron:
        zone = parse_zone(schedule.zone)
        for at in slot_times(schedule, SAMPLE, SAMPLE + days * DAY):
            counts[at.astimezone(zone).date()] += 1
    else:
        first = SAMPLE.date()
        for day in (first + n * DAY for n in range(days)):
            counts[day] = sum(not _is_quiet(schedule, wall) for wall in _walls(schedule, day))
    return sum(min(count, schedule.max_per_day or count) for count in counts.values()) / days


def dropped_slots(schedule: Schedule) -> tuple[tuple[str, time], ...]:
    """(day, wall time) of the slots that lie inside quiet hours and are never used; cron's day is "cron"."""
    named = [(DAYS[weekday], walls) for weekday, walls in enumerate(schedule.slots)]
    named += [(each.label, each.times) for each in schedule.ordinals]
    if schedule.cron and schedule.quiet:
        zone = parse_zone(schedule.zone)
        month = times(schedule.cron, SAMPLE, SAMPLE + 28 * DAY)
        named.append(("cron", tuple(sorted({at.astimezone(zone).time() for at in month}))))
    return tuple((day, wall) for day, walls in named for wall in walls if _is_quiet(schedule, wall))
