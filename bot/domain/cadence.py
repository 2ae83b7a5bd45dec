"""When something recurs: every so often, or by cron in a zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

__all__ = ["Cadence", "floor_time", "next_time", "parse_cadence", "parse_zone"]

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
WEEKDAY_FIELD = re.compile(r"\d")


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


def parse_cadence(every: timedelta | None, cron: str, zone: str) -> Cadence:
    """A cadence, checked.

    Raises:
        ValueError: a bad cron line, a weekday by number (0 or 1 for Monday?), an unknown zone, no length.
    """
    parse_zone(zone)
    if cron:
        fields = cron.split()
        if len(fields) != 5:  # noqa: PLR2004 - cron's five fields
            raise ValueError(f"{cron!r} is no cron line: give minute, hour, day, month and weekday")
        if WEEKDAY_FIELD.search(fields[4]):
            raise ValueError(
                f"{cron!r} names a weekday by number, which programs read in two ways: write mon-fri"
            )
        try:
            CronSim(cron, EPOCH)
        except CronSimError as error:
            raise ValueError(f"{cron!r} is no cron line: {error}") from None
    elif every is None or every <= timedelta(0):
        raise ValueError('say how often: every = "5m", or cron = "*/10 6-22 * * mon-fri"')
    return Cadence(None if cron else every, cron, zone)


def floor_time(cadence: Cadence, now: datetime) -> datetime:
    """The last nominal time at or before `now`."""
    if cadence.every is not None:
        return now - (now - EPOCH) % cadence.every
    # cronsim walks forwards only: look back further and further until it finds one.
    for days in (1, 8, 32, 370):
        last = None
        at = now - timedelta(days=days)
        while (at := next_time(cadence, at)) <= now:
            last = at
        if last is not None:
            return last
    return EPOCH


def next_time(cadence: Cadence, after: datetime) -> datetime:
    """The first nominal time later than `after`."""
    if cadence.every is not None:
        return floor_time(cadence, after) + cadence.every
    local = after.astimezone(parse_zone(cadence.zone))
    at: datetime = next(CronSim(cadence.cron, local))
    return at.astimezone(UTC)
