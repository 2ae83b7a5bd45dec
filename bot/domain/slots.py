"""The projection: which waiting rows get which of an account's places, computed afresh from scratch."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from heapq import heapify, heappop, heappush, merge
from itertools import groupby
from operator import itemgetter

from bot.domain.cadence import local_instant, parse_zone

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
"""A slot is not lost because a tick came late by no more than this."""
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
    last = end.astimezone(zone).date()
    seen = None
    while day <= last:
        for wall in schedule.slots[day.weekday()]:
            at = local_instant(schedule.zone, day, wall)
            if start <= at < end and at != seen and not in_quiet(schedule, at):
                seen = at
                yield at
        day += DAY


def in_quiet(schedule: Schedule, at: datetime) -> bool:
    """Whether an instant lies in the schedule's quiet hours (the end is no longer quiet)."""
    if not schedule.quiet:
        return False
    wall = at.astimezone(parse_zone(schedule.zone)).time()
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
    """The mean number of usable slots a day, over a week."""
    dropped = Counter(weekday for weekday, _ in dropped_slots(schedule))
    usable = [len(day) - dropped[weekday] for weekday, day in enumerate(schedule.slots)]
    return sum(min(count, schedule.max_per_day or count) for count in usable) / 7


def dropped_slots(schedule: Schedule) -> tuple[tuple[int, time], ...]:
    """(weekday, wall time) of the slots that lie inside quiet hours and are never used."""
    return tuple(
        (weekday, wall)
        for weekday, day in enumerate(schedule.slots)
        for wall in day
        if any(_inside(quiet, wall) for quiet in schedule.quiet)
    )


def project(
    rows: Sequence[Waiting],
    schedules: Mapping[str, Schedule],
    default: Schedule,
    history: History,
    now: datetime,
    horizon: timedelta = HORIZON,
) -> tuple[Place, ...]:
    """A place for each row, in the rows' order; the same arguments always give the same places.

    Pinned and urgent rows take their times first. Then time is walked through once: each slot goes to the
    best of the rows that are ready by then; rows of timing "now" go between them, as soon as gap, cap and
    quiet hours allow. What would go out at or after its expiry, or beyond the horizon, gets no place.
    """
    plans = {row.schedule: schedules.get(row.schedule, default) for row in rows}
    calendar = _Calendar({plan.zone for plan in plans.values()}, history.sent_at)
    places: dict[int, Place] = {}
    rest: list[Waiting] = []
    for row in rows:
        at = row.pinned_at or (max(now, row.ready_at) if row.urgent else None)
        if at is None:
            rest.append(row)
        elif row.pinned_at or _lives(row, at):
            calendar.take(at)
            places[row.id] = Place(row.id, at)
    rest.sort(key=lambda row: _rank(row, plans[row.schedule]))
    end = now + horizon
    slotted = _queues(rest, plans, "slot")
    at_once = _AtOnce(_queues(rest, plans, "now"), now, end)
    for slot, names in _slots(slotted, now, end):
        at_once.place(slot, calendar, places)
        if slot not in history.slots:
            _hand_out(slot, [slotted[name] for name in names], now, calendar, places)
        if not any(slotted.values()):
            break
    at_once.place(end, calendar, places)
    return tuple(places.get(row.id, Place(row.id, None)) for row in rows)


def _rank(row: Waiting, schedule: Schedule) -> tuple[int, float, int]:
    age = row.published_at.timestamp()
    return (-row.priority, age if schedule.pick == "oldest" else -age, row.id)


def _lives(row: Waiting, at: datetime) -> bool:
    return row.expires_at is None or at < row.expires_at


class _Calendar:
    """What the account's time is taken up by; answers where one more send fits."""

    def __init__(self, zones: Collection[str], taken: Iterable[datetime]) -> None:
        self._zones = tuple(zones)
        self._taken: list[datetime] = []
        self._per_day: Counter[tuple[str, date]] = Counter()
        for at in taken:
            self.take(at)

    def take(self, at: datetime) -> None:
        insort(self._taken, at)
        self._per_day.update((zone, at.astimezone(parse_zone(zone)).date()) for zone in self._zones)

    def free(self, schedule: Schedule, start: datetime, latest: datetime) -> datetime | None:
        """The first instant from `start` to `latest` at which quiet hours, cap and gap let a send go."""
        at = start
        while at <= latest:
            day = at.astimezone(parse_zone(schedule.zone)).date()
            if in_quiet(schedule, at):
                at = quiet_end(schedule, at)
            elif 0 < schedule.max_per_day <= self._per_day[schedule.zone, day]:
                at = local_instant(schedule.zone, day + DAY, time(0))
            elif (neighbour := self._neighbour(at, schedule.min_gap)) is not None:
                at = neighbour + schedule.min_gap
            else:
                return at
        return None

    def _neighbour(self, at: datetime, gap: timedelta) -> datetime | None:
        """The last send that lies less than the gap before or after an instant."""
        last = bisect_left(self._taken, at + gap)
        return self._taken[last - 1] if bisect_right(self._taken, at - gap) < last else None


class _Queue:
    """The rows of one schedule: those ready by some instant stand in the order of their rank."""

    def __init__(self, schedule: Schedule, ranked: Iterable[tuple[int, Waiting]]) -> None:
        self.schedule = schedule
        self._later = [(row.ready_at, rank, row) for rank, row in ranked]
        self._ready: list[tuple[int, Waiting]] = []
        heapify(self._later)

    def __bool__(self) -> bool:
        return bool(self._ready or self._later)

    def opens_at(self, start: datetime) -> datetime:
        """The first instant from `start` on at which a row is ready; the queue is not empty."""
        return start if self._ready else max(start, self._later[0][0])

    def best(self, ready_by: datetime, at: datetime, least: timedelta) -> tuple[int, Waiting] | None:
        """The best row for an instant, left in its place; what has expired by then is dropped for good.

        `least` is the jitter that a row needs for it: more than none at a slot that has passed.
        """
        while self._later and self._later[0][0] <= ready_by:
            _, rank, row = heappop(self._later)
            heappush(self._ready, (rank, row))
        aside = []
        while self._ready:
            rank, row = self._ready[0]
            alive = _lives(row, at)
            if alive and (least <= timedelta(0) or _jitter(row, self.schedule, ready_by) >= least):
                break
            heappop(self._ready)
            if alive:
                aside.append((rank, row))
        found = self._ready[0] if self._ready else None
        for entry in aside:
            heappush(self._ready, entry)
        return found

    def pop(self) -> None:
        heappop(self._ready)

    def clear(self) -> None:
        self._ready.clear()
        self._later.clear()


def _queues(ranked: Sequence[Waiting], plans: Mapping[str, Schedule], timing: str) -> dict[str, _Queue]:
    mine = [entry for entry in enumerate(ranked) if (entry[1].timing == "slot") == (timing == "slot")]
    names = sorted({row.schedule for _, row in mine})
    return {name: _Queue(plans[name], [e for e in mine if e[1].schedule == name]) for name in names}


def _slots(
    queues: Mapping[str, _Queue], now: datetime, end: datetime
) -> Iterator[tuple[datetime, list[str]]]:
    """Every slot of any of the schedules, in order, with the names of the schedules it belongs to."""

    def of(name: str) -> Iterator[tuple[datetime, str]]:
        schedule = queues[name].schedule
        start = now - LATE_GRACE - schedule.jitter
        return ((slot, name) for slot in slot_times(schedule, start, end))

    for slot, group in groupby(merge(*map(of, queues)), key=itemgetter(0)):
        yield slot, [name for _, name in group]


def _hand_out(
    slot: datetime, queues: Sequence[_Queue], now: datetime, calendar: _Calendar, places: dict[int, Place]
) -> None:
    """Give a slot to the best row that may have it, if there is one."""
    bids = []
    for queue in queues:
        schedule = queue.schedule
        first = calendar.free(schedule, max(slot, now), max(slot + schedule.jitter, now))
        if first is None:
            continue
        if (best := queue.best(slot, first, now - LATE_GRACE - slot)) is not None:
            bids.append((*best, first, queue))
    if not bids:
        return
    _, row, first, queue = min(bids, key=itemgetter(0))
    queue.pop()
    due = slot + _jitter(row, queue.schedule, slot)
    if due < first or not _lives(row, due) or calendar.free(queue.schedule, due, due) is None:
        due = first
    calendar.take(due)
    places[row.id] = Place(row.id, due, slot)


def _jitter(row: Waiting, schedule: Schedule, slot: datetime) -> timedelta:
    """The row's own offset from a slot, in whole seconds: the same each time it is asked for."""
    seconds = int(schedule.jitter.total_seconds())
    if not seconds:
        return timedelta(0)
    digest = sha256(f"{row.id}:{slot.timestamp():.0f}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8]) % (seconds + 1))


class _AtOnce:
    """The rows of timing "now": of each schedule, those ready compete by rank for the next free instant."""

    def __init__(self, queues: Mapping[str, _Queue], now: datetime, end: datetime) -> None:
        self._queues = queues
        self._end = end
        # The calendar only fills up, so that nothing becomes free again before these.
        self._cursors = dict.fromkeys(queues, now)

    def place(self, before: datetime, calendar: _Calendar, places: dict[int, Place]) -> None:
        """Place the rows that may go before an instant; the others stay for the next call."""
        while times := [(at, name) for name in self._queues if (at := self._next(name, calendar))]:
            at, name = min(times)
            if at >= before:
                return
            if (best := self._queues[name].best(at, at, timedelta(0))) is not None:
                self._queues[name].pop()
                calendar.take(at)
                places[best[1].id] = Place(best[1].id, at)

    def _next(self, name: str, calendar: _Calendar) -> datetime | None:
        """The next instant at which a row of this schedule may go; None if none is left."""
        queue = self._queues[name]
        if not queue:
            return None
        at = calendar.free(queue.schedule, queue.opens_at(self._cursors[name]), self._end)
        if at is None:
            queue.clear()
        else:
            self._cursors[name] = at
        return at
