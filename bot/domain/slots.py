"""The projection: which waiting rows get which of an account's places, computed afresh from scratch."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from heapq import heappop, heappush, merge

from bot.domain.cadence import parse_zone

__all__ = [
    "LATE_GRACE",
    "History",
    "Place",
    "Quiet",
    "Schedule",
    "Waiting",
    "dropped_slots",
    "in_quiet",
    "places_per_day",
    "project",
    "quiet_end",
    "slot_times",
]

LATE_GRACE = timedelta(minutes=5)
"""A slot is not lost because a tick came late by less than this."""
HORIZON = timedelta(days=14)
"""How far ahead places are looked for."""
DAY = timedelta(days=1)


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


def slot_times(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """The schedule's slots in [start, end) as UTC instants, in order, without those in quiet hours.

    A wall time that a spring change leaves out moves to the first instant after the gap; one that an
    autumn change repeats counts once, the first time.
    """
    zone = parse_zone(schedule.zone)
    day = start.astimezone(zone).date() - DAY
    last = end.astimezone(zone).date() + DAY
    seen = None
    while day <= last:
        for wall in schedule.slots[day.weekday()]:
            at = _instant(schedule.zone, day, wall)
            if start <= at < end and at != seen and not in_quiet(schedule, at):
                seen = at
                yield at
        day += DAY


def _instant(zone: str, day: date, wall: time) -> datetime:
    local = datetime.combine(day, wall, parse_zone(zone))
    at = local.astimezone(UTC)
    if at.astimezone(parse_zone(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        # In the gap: the clock jumped over this wall time; the jump itself is the first instant after it.
        before = local.replace(fold=1).utcoffset() or timedelta(0)
        after = local.replace(fold=0).utcoffset() or timedelta(0)
        low, high = at - abs(before - after), at
        offset = low.astimezone(parse_zone(zone)).utcoffset()
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            low, high = (
                (middle, high) if middle.astimezone(parse_zone(zone)).utcoffset() == offset else (low, middle)
            )
        return high.replace(microsecond=0)
    return at


def in_quiet(schedule: Schedule, at: datetime) -> bool:
    """Whether an instant lies in the schedule's quiet hours (the end is no longer quiet)."""
    if not schedule.quiet:
        return False
    wall = at.astimezone(parse_zone(schedule.zone)).time()
    return any(_inside(quiet, wall) for quiet in schedule.quiet)


def _inside(quiet: Quiet, wall: time) -> bool:
    if quiet.start <= quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end


def quiet_end(schedule: Schedule, at: datetime) -> datetime:
    """The first instant at or after `at` that is not quiet; `at` + 8 days if there is none."""
    limit = at + 8 * DAY
    while at < limit and in_quiet(schedule, at):
        local = at.astimezone(parse_zone(schedule.zone))
        ends = [
            _instant(schedule.zone, local.date() + shift, quiet.end)
            for quiet in schedule.quiet
            if _inside(quiet, local.time())
            for shift in (timedelta(0), DAY)
        ]
        at = min((end for end in ends if end > at), default=limit)
    return at


def places_per_day(schedule: Schedule) -> float:
    """The mean number of usable slots a day, over a week."""
    usable = [
        sum(not any(_inside(q, wall) for q in schedule.quiet) for wall in day) for day in schedule.slots
    ]
    cap = schedule.max_per_day or max(usable, default=0)
    return sum(min(count, cap) for count in usable) / 7


def dropped_slots(schedule: Schedule) -> tuple[tuple[int, time], ...]:
    """(weekday, wall time) of the slots that lie inside quiet hours and are never used."""
    return tuple(
        (weekday, wall)
        for weekday, day in enumerate(schedule.slots)
        for wall in day
        if any(_inside(quiet, wall) for quiet in schedule.quiet)
    )


@dataclass(slots=True)
class _Calendar:
    """What the account's time is taken up by already; answers whether one more send fits."""

    sent: list[datetime]
    per_day: Counter[tuple[str, date]] = field(default_factory=Counter)
    zones: tuple[str, ...] = ()

    def take(self, at: datetime) -> None:
        insort(self.sent, at)
        for zone in self.zones:
            self.per_day[zone, at.astimezone(parse_zone(zone)).date()] += 1

    def full(self, schedule: Schedule, at: datetime) -> bool:
        if not schedule.max_per_day:
            return False
        day = at.astimezone(parse_zone(schedule.zone)).date()
        return self.per_day[schedule.zone, day] >= schedule.max_per_day

    def crowded(self, at: datetime, gap: timedelta) -> datetime | None:
        """The end of the gap that `at` falls into, None if it falls into none."""
        if not gap:
            return None
        first = bisect_right(self.sent, at - gap)
        last = bisect_left(self.sent, at + gap)
        return self.sent[last - 1] + gap if first < last else None


def project(
    rows: Sequence[Waiting],
    schedules: Mapping[str, Schedule],
    default: Schedule,
    history: History,
    now: datetime,
    horizon: timedelta = HORIZON,
) -> tuple[Place, ...]:
    """A place for each row, in the rows' order; the same arguments always give the same places.

    Urgent and pinned rows take their times first. Then slots are handed out in the order of time, each to
    the best of the rows that are ready by then; rows of timing "now" go as soon as gap, cap and quiet hours
    allow, between them.
    """
    zones = tuple({schedules.get(row.schedule, default).zone for row in rows} | {default.zone})
    calendar = _Calendar([], zones=zones)
    for at in history.sent_at:
        calendar.take(at)
    places: dict[int, Place] = {}
    rest: list[Waiting] = []
    for row in rows:
        fixed = row.pinned_at or (max(now, row.ready_at) if row.urgent else None)
        if fixed is None:
            rest.append(row)
        else:
            places[row.id] = Place(row.id, fixed)
            calendar.take(fixed)
    ranked = sorted(rest, key=lambda row: _rank(row, schedules.get(row.schedule, default)))
    _hand_out(ranked, schedules, default, history, now, horizon, calendar, places)
    return tuple(places.get(row.id, Place(row.id, None)) for row in rows)


def _rank(row: Waiting, schedule: Schedule) -> tuple[int, float, int]:
    age = row.published_at.timestamp()
    return (-row.priority, age if schedule.pick == "oldest" else -age, row.id)


def _hand_out(
    ranked: list[Waiting],
    schedules: Mapping[str, Schedule],
    default: Schedule,
    history: History,
    now: datetime,
    horizon: timedelta,
    calendar: _Calendar,
    places: dict[int, Place],
) -> None:
    """Walk through time: at each slot, and at each moment a "now" row may go, the best row takes it."""
    end = now + horizon
    names = sorted({row.schedule for row in ranked if row.timing == "slot"})
    streams = [
        ((at, name) for at in slot_times(schedules.get(name, default), now - LATE_GRACE, end))
        for name in names
    ]
    by_schedule = {
        name: [row for row in ranked if row.timing == "slot" and row.schedule == name] for name in names
    }
    at_once = _AtOnce([row for row in ranked if row.timing != "slot"], schedules, default, now)
    for at, name in merge(*streams):
        at_once.place(at, calendar, places)
        schedule, open_rows = schedules.get(name, default), by_schedule[name]
        if not open_rows or at in history.slots:
            continue
        if calendar.full(schedule, at) or calendar.crowded(at, schedule.min_gap):
            continue
        best = next((row for row in open_rows if _may_go(row, at)), None)
        if best is None:
            continue
        open_rows.remove(best)
        due = _jittered(best, schedule, at)
        calendar.take(due)
        places[best.id] = Place(best.id, max(due, now) if at < now else due, at)
    at_once.place(end, calendar, places)


def _may_go(row: Waiting, at: datetime) -> bool:
    return row.ready_at <= at and (row.expires_at is None or at < row.expires_at)


class _AtOnce:
    """The rows of timing "now": of each schedule, those ready compete by rank for the next free instant."""

    def __init__(
        self, ranked: Sequence[Waiting], schedules: Mapping[str, Schedule], default: Schedule, now: datetime
    ) -> None:
        self.now = now
        self.schedules = {row.schedule: schedules.get(row.schedule, default) for row in ranked}
        self.ready: dict[str, list[tuple[int, Waiting]]] = {name: [] for name in self.schedules}
        self.later: dict[str, list[tuple[datetime, int, Waiting]]] = {name: [] for name in self.schedules}
        for rank, row in enumerate(ranked):
            heappush(self.later[row.schedule], (row.ready_at, rank, row))

    def place(self, before: datetime, calendar: _Calendar, places: dict[int, Place]) -> None:
        """Place the rows that may go before an instant; the others stay for the next call."""
        while times := [(at, name) for name in self.schedules if (at := self._next(name, calendar))]:
            at, name = min(times)
            if at >= before:
                return
            while self.later[name] and self.later[name][0][0] <= at:
                _, rank, row = heappop(self.later[name])
                heappush(self.ready[name], (rank, row))
            _, row = heappop(self.ready[name])
            if row.expires_at is None or at < row.expires_at:
                places[row.id] = Place(row.id, at)
                calendar.take(at)

    def _next(self, name: str, calendar: _Calendar) -> datetime | None:
        """The next instant at which a row of this schedule may go; None if none is left."""
        if self.ready[name]:
            start = self.now
        elif self.later[name]:
            start = max(self.now, self.later[name][0][0])
        else:
            return None
        return _earliest(start, self.schedules[name], calendar)


def _earliest(start: datetime, schedule: Schedule, calendar: _Calendar) -> datetime:
    """The first instant from `start` on at which gap, cap and quiet hours let something go."""
    at, limit = start, start + HORIZON
    while at < limit:
        if in_quiet(schedule, at):
            at = quiet_end(schedule, at)
        elif calendar.full(schedule, at):
            local = at.astimezone(parse_zone(schedule.zone))
            at = _instant(schedule.zone, local.date() + DAY, time(0))
        elif free := calendar.crowded(at, schedule.min_gap):
            at = free
        else:
            return at
    return limit


def _jittered(row: Waiting, schedule: Schedule, slot: datetime) -> datetime:
    """The slot plus the row's own offset within the jitter, never past the row's age."""
    if not schedule.jitter:
        return slot
    share = int.from_bytes(sha256(f"{row.id}:{slot.timestamp()}".encode()).digest()[:4]) / 2**32
    at = slot + timedelta(seconds=int(schedule.jitter.total_seconds() * share))
    if in_quiet(schedule, at) or (row.expires_at is not None and at >= row.expires_at):
        return slot
    return at
