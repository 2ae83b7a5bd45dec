"""The projection: which waiting rows get which of an account's places, computed afresh from scratch."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from heapq import heapify, heappop, heappush, merge
from itertools import groupby
from operator import attrgetter, itemgetter

from bot.domain.blackout import Span, opens
from bot.domain.cadence import local_instant, parse_zone
from bot.domain.schedule import Schedule, in_quiet, quiet_end, slot_times

__all__ = ["HORIZON", "LATE_GRACE", "History", "Place", "Waiting", "project"]

LATE_GRACE = timedelta(minutes=15)
"""A slot is not lost because a tick came late by no more than this, through a deploy or between passes."""
HORIZON = timedelta(days=14)
"""How far ahead places are looked for."""
DAY = timedelta(days=1)
BREATHER = timedelta(minutes=15)
"""The least gap between shares that a blackout held up: the morning after is no flood."""
HELD_UP_FOR = timedelta(hours=12)
"""How long after a blackout's end what it held up goes by that gap."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that wants a place. `published_at` ranks it; not before `ready_at`, not after `expires_at`.

    `pinned_at` is a time a person chose, kept as it is. `urgent` goes at once, past quiet, gap and cap.
    `closed` are the blackouts that stand against it, in order and apart; nothing goes out inside one.
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
    source: str = ""
    closed: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What the account already did or is doing: times of its sends, and slots already used.

    `served` is when each source last had a place, for those that had one lately.
    """

    sent_at: tuple[datetime, ...] = ()
    slots: frozenset[datetime] = frozenset()
    served: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """The answer for one row: `due_at` None means no room before it expires (or ever)."""

    id: int
    due_at: datetime | None
    slot: datetime | None = None


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
    quiet hours allow. The best has the highest priority; among equals the sources take turns, and each
    gives its newest (or oldest). Nothing gets a place inside a blackout that stands against it. What would
    go out at or after its expiry, or beyond the horizon, gets no place.
    """
    plans = {row.schedule: schedules.get(row.schedule, default) for row in rows}
    calendar = _Calendar({plan.zone for plan in plans.values()}, history)
    places: dict[int, Place] = {}
    rest: list[Waiting] = []
    for row in sorted(rows, key=attrgetter("id")):  # of two moved to one slot, the elder has it
        wanted = row.pinned_at or (max(now, row.ready_at) if row.urgent else None)
        if wanted is None:
            rest.append(row)
            continue
        at = opens(row.closed, wanted)
        if row.pinned_at or _lives(row, at):
            slot = calendar.slot_at(plans[row.schedule], at) if row.pinned_at else None
            calendar.take(row, at, slot)
            places[row.id] = Place(row.id, at, slot)
    ranked = sorted(rest, key=lambda row: _rank(row, plans[row.schedule]))
    end = now + horizon
    slotted = _queues(ranked, plans, now, slots=True)
    at_once = _AtOnce(_queues(ranked, plans, now, slots=False), now, end)
    for slot, queues in _slots(slotted, now, end):
        at_once.place(slot, calendar, places)
        if slot not in calendar.slots:
            _hand_out(slot, queues, now, calendar, places)
        if not any(slotted):
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

    def __init__(self, zones: Collection[str], history: History) -> None:
        self._zones = tuple(zones)
        self._taken: list[datetime] = []
        self._per_day: Counter[tuple[str, date]] = Counter()
        self.slots = set(history.slots)
        self.served = dict(history.served)
        for at in history.sent_at:
            self._note(at)

    def take(self, row: Waiting, at: datetime, slot: datetime | None = None) -> None:
        """Give an instant to a row, and the slot that it stands for."""
        self._note(at)
        self.served[row.source] = max(at, self.served.get(row.source, at))
        if slot is not None:
            self.slots.add(slot)

    def _note(self, at: datetime) -> None:
        insort(self._taken, at)
        self._per_day.update((zone, at.astimezone(parse_zone(zone)).date()) for zone in self._zones)

    def slot_at(self, schedule: Schedule, at: datetime) -> datetime | None:
        """The instant itself, if it is one of the schedule's slots and free."""
        found = next(slot_times(schedule, at, at + timedelta(microseconds=1)), None)
        return None if found in self.slots else found

    def free(
        self, schedule: Schedule, closed: tuple[Span, ...], start: datetime, latest: datetime
    ) -> datetime | None:
        """The first instant from `start` to `latest` at which blackouts, quiet, cap and gap let a send go."""
        at = start
        while at <= latest:
            day = at.astimezone(parse_zone(schedule.zone)).date()
            if (opening := opens(closed, at)) != at:
                at = opening
            elif in_quiet(schedule, at):
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


Bid = tuple[int, datetime, int]
"""What rows compete by, the least first: priority, how long ago their source had a place, their rank."""


class _Queue:
    """Rows of one schedule and the same blackouts: those ready by some instant stand by source and rank."""

    def __init__(
        self, schedule: Schedule, closed: tuple[Span, ...], ranked: Iterable[tuple[int, Waiting]]
    ) -> None:
        self.schedule = schedule
        self.closed = closed
        self._later = [(row.ready_at, rank, row) for rank, row in ranked]
        self._ready: dict[str, list[tuple[int, Waiting]]] = {}
        # None is worse than what its source offers now: while rows wait, offers only get worse.
        self._bids: dict[str, Bid] = {}
        heapify(self._later)

    def __bool__(self) -> bool:
        return bool(self._later or self._ready)

    def opens_at(self, start: datetime) -> datetime:
        """The first instant from `start` on at which a row is ready; the queue is not empty."""
        return start if self._ready else max(start, self._later[0][0])

    def best(
        self, ready_by: datetime, at: datetime, least: timedelta, served: Mapping[str, datetime]
    ) -> tuple[Bid, Waiting] | None:
        """The best row for an instant, left in its place; what has expired by then is dropped for good.

        `least` is the jitter that a row needs for it: more than none at a slot that has passed.
        """
        while self._later and self._later[0][0] <= ready_by:
            _, rank, row = heappop(self._later)
            heappush(self._ready.setdefault(row.source, []), (rank, row))
            bid = _bid(rank, row, served)
            self._bids[row.source] = min(bid, self._bids.get(row.source, bid))
        if least > timedelta(0):
            offers = (self._offer(source, ready_by, at, least, served) for source in tuple(self._ready))
            return min(filter(None, offers), default=None, key=itemgetter(0))
        while self._bids:
            source = min(self._bids, key=self._bids.__getitem__)
            offer = self._offer(source, ready_by, at, least, served)
            if offer is None:
                del self._bids[source]
            elif offer[0] == self._bids[source]:
                return offer
            else:
                self._bids[source] = offer[0]
        return None

    def _offer(
        self, source: str, slot: datetime, at: datetime, least: timedelta, served: Mapping[str, datetime]
    ) -> tuple[Bid, Waiting] | None:
        """The best row of one source."""
        ready = self._ready.get(source, [])
        aside = []
        found = None
        while ready:
            rank, row = ready[0]
            alive = _lives(row, at)
            if alive and (least <= timedelta(0) or _jitter(row, self.schedule, slot) >= least):
                found = _bid(rank, row, served), row
                break
            heappop(ready)
            if alive:
                aside.append((rank, row))
        for entry in aside:
            heappush(ready, entry)
        if not ready:
            self._ready.pop(source, None)
        return found

    def remove(self, row: Waiting) -> None:
        """Take out a row that `best` gave."""
        ready = self._ready[row.source]
        if ready[0][1] is row:
            heappop(ready)
        else:
            ready[:] = [entry for entry in ready if entry[1] is not row]
            heapify(ready)
        if not ready:
            del self._ready[row.source]

    def clear(self) -> None:
        self._ready.clear()
        self._bids.clear()
        self._later.clear()


def _bid(rank: int, row: Waiting, served: Mapping[str, datetime]) -> Bid:
    return -row.priority, served.get(row.source, LONG_AGO), rank


def _queues(
    ranked: Sequence[Waiting], plans: Mapping[str, Schedule], now: datetime, *, slots: bool
) -> list[_Queue]:
    mine: dict[tuple[str, tuple[Span, ...], bool], list[tuple[int, Waiting]]] = {}
    for rank, row in enumerate(ranked):
        if (row.timing == "slot") == slots:
            key = (row.schedule, row.closed, not slots and _held_up(row, now))
            mine.setdefault(key, []).append((rank, row))
    out = []
    for (name, closed, held_up), entries in sorted(mine.items(), key=itemgetter(0)):
        schedule = plans[name]
        if held_up:
            schedule = replace(schedule, min_gap=max(schedule.min_gap, BREATHER))
        out.append(_Queue(schedule, closed, entries))
    return out


def _held_up(row: Waiting, now: datetime) -> bool:
    """Whether a blackout keeps it from going, or kept it until a while ago."""
    wanted = max(now, row.ready_at)
    return any(row.ready_at < end and start <= wanted < end + HELD_UP_FOR for start, end in row.closed)


def _slots(queues: Sequence[_Queue], now: datetime, end: datetime) -> Iterator[tuple[datetime, list[_Queue]]]:
    """Every slot of any of the schedules, in order, with the queues that it belongs to."""

    def of(index: int) -> Iterator[tuple[datetime, int]]:
        schedule = queues[index].schedule
        start = now - LATE_GRACE - schedule.jitter
        return ((slot, index) for slot in slot_times(schedule, start, end))

    for slot, group in groupby(merge(*map(of, range(len(queues)))), key=itemgetter(0)):
        yield slot, [queues[index] for _, index in group]


def _hand_out(
    slot: datetime, queues: Sequence[_Queue], now: datetime, calendar: _Calendar, places: dict[int, Place]
) -> None:
    """Give a slot to the best row that may have it, if there is one."""
    bids = []
    for queue in queues:
        schedule = queue.schedule
        first = calendar.free(schedule, queue.closed, max(slot, now), max(slot + schedule.jitter, now))
        if first is None:
            continue
        if (best := queue.best(slot, first, now - LATE_GRACE - slot, calendar.served)) is not None:
            bids.append((*best, first, queue))
    if not bids:
        return
    _, row, first, queue = min(bids, key=itemgetter(0))
    queue.remove(row)
    due = slot + _jitter(row, queue.schedule, slot)
    if due < first or not _lives(row, due) or calendar.free(queue.schedule, queue.closed, due, due) is None:
        due = first
    calendar.take(row, due, slot)
    places[row.id] = Place(row.id, due, slot)


def _jitter(row: Waiting, schedule: Schedule, slot: datetime) -> timedelta:
    """The row's own offset from a slot, in whole seconds: the same each time it is asked for."""
    seconds = int(schedule.jitter.total_seconds())
    if not seconds:
        return timedelta(0)
    digest = sha256(f"{row.id}:{slot.timestamp():.0f}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8]) % (seconds + 1))


class _AtOnce:
    """The rows of timing "now": of each queue, those ready compete for the next free instant."""

    def __init__(self, queues: Sequence[_Queue], now: datetime, end: datetime) -> None:
        self._queues = queues
        self._end = end
        # The calendar only fills up, so that nothing becomes free again before these.
        self._cursors = [now] * len(queues)

    def place(self, before: datetime, calendar: _Calendar, places: dict[int, Place]) -> None:
        """Place the rows that may go before an instant; the others stay for the next call."""
        indexes = range(len(self._queues))
        while times := [(at, index) for index in indexes if (at := self._next(index, calendar))]:
            at, index = min(times)
            if at >= before:
                return
            queue = self._queues[index]
            if (best := queue.best(at, at, timedelta(0), calendar.served)) is not None:
                row = best[1]
                queue.remove(row)
                calendar.take(row, at)
                places[row.id] = Place(row.id, at)

    def _next(self, index: int, calendar: _Calendar) -> datetime | None:
        """The next instant at which a row of this queue may go; None if none is left."""
        queue = self._queues[index]
        if not queue:
            return None
        start = queue.opens_at(self._cursors[index])
        at = calendar.free(queue.schedule, queue.closed, start, self._end)
        if at is None:
            queue.clear()
        else:
            self._cursors[index] = at
        return at
