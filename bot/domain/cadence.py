"""When something recurs: every so often, or by cron in a zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

__all__ = [
    "EPOCH",
    "Cadence",
    "due_run",
    "floor_time",
    "local_instant",
    "next_time",
    "parse_cadence",
    "parse_zone",
    "times",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIGIT = re.compile(r"(?<!#)\d")
"""A weekday's number; "mon#1", the month's first Monday, has none."""
LOOK_BACK = (
    timedelta(days=1),
    timedelta(days=8),
    timedelta(days=32),
    timedelta(days=366),
    timedelta(days=3000),
)


@dataclass(frozen=True, slots=True)
class Cadence:
    """`every` counts from a fixed epoch, so that a restart keeps the rhythm; `cron` runs by `zone`."""

    every: timedelta | None
    cron: str
    zone: str


@lru_cache(maxsize=256)
def parse_zone(name: str) -> ZoneInfo:
    """The IANA zone.

    Raises:
        ValueError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"there is no time zone {name!r}: write an IANA name such as Africa/Kigali"
        ) from None


@lru_cache(maxsize=16384)
def local_instant(zone: str, day: date, wall: time, fold: int = 0) -> datetime:
    """The UTC instant of a wall time, which `fold` tells apart where an autumn change repeats it.

    A wall time that a spring change leaves out is the first instant after the gap.
    """
    tz = parse_zone(zone)
    local = datetime.combine(day, wall, tz)
    at = local.replace(fold=fold).astimezone(UTC)
    if at.astimezone(tz).replace(tzinfo=None) == local.replace(tzinfo=None):
        return at
    # Read by the offset of the other side, a time inside the gap falls before it (fold 1) or after it.
    before, after = local.replace(fold=1).astimezone(UTC), local.replace(fold=0).astimezone(UTC)
    offset = before.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(tz).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def parse_cadence(every: timedelta | None, cron: str, zone: str) -> Cadence:
    """A cadence, checked; `cron` wins where both are given.

    Raises:
        ValueError: a bad cron line, a weekday by number (is 0 Monday?), an unknown zone, no length.
    """
    parse_zone(zone)
    if not cron:
        if every is None or every <= timedelta(0):
            raise ValueError('say how often: every = "5m", or cron = "*/10 6-22 * * mon-fri"')
        return Cadence(every, "", zone)
    fields = cron.split()
    if len(fields) != 5:  # noqa: PLR2004 - cron's five fields
        raise ValueError(f"{cron!r} is no cron line: give minute, hour, day, month and weekday")
    if DIGIT.search(fields[4]):
        raise ValueError(
            f"{cron!r} names a weekday by number, which programs read in two ways: write mon-fri"
        )
    cadence = Cadence(None, cron, zone)
    try:
        next_time(cadence, EPOCH)
    except CronSimError as error:
        raise ValueError(f"{cron!r} is no cron line: {str(error).lower()}") from None
    except StopIteration:
        raise ValueError(f"{cron!r} names a day that never comes") from None
    return cadence


def floor_time(cadence: Cadence, now: datetime) -> datetime:
    """The last nominal time at or before `now`; the epoch if cron had none for years."""
    if cadence.every is not None:
        return now - (now - EPOCH) % cadence.every
    # cronsim's own way back treats clock changes otherwise than its way forward: look forward from behind.
    for days in LOOK_BACK:
        last = None
        for at in _cron_times(cadence, now - days):
            if at > now:
                break
            last = at
        if last is not None:
            return last
    return EPOCH


def next_time(cadence: Cadence, after: datetime) -> datetime:
    """The first nominal time later than `after`, in UTC."""
    if cadence.every is not None:
        return floor_time(cadence, after) + cadence.every
    return next(at for at in _cron_times(cadence, after) if at > after)


def times(cadence: Cadence, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every nominal time in [start, end), in UTC and in order."""
    if cadence.every is None:
        for at in _cron_times(cadence, start - timedelta(seconds=1)):
            if at >= end:
                return
            if at >= start:
                yield at
        return
    at = next_time(cadence, start - timedelta(microseconds=1))
    while at < end:
        yield at
        at += cadence.every


def due_run(cadence: Cadence, last_run: datetime, now: datetime) -> datetime | None:
    """The nominal time that a job, last run for `last_run`, is to be run for now; None if it is not due.

    However many times have passed meanwhile, only the latest is made up for.
    """
    at = floor_time(cadence, now)
    return at if at > last_run else None


def _cron_times(cadence: Cadence, start: datetime) -> Iterator[datetime]:
    """Nominal times from about `start` on: in a repeated hour cronsim may begin with one before it."""
    *most, weekday = cadence.cron.lower().split()
    # cronsim's week begins on Sunday, ours ends with it.
    line = " ".join([*most, weekday.replace("-sun", "-7")])
    for at in CronSim(line, start.astimezone(parse_zone(cadence.zone))):
        yield at.astimezone(UTC)
