"""Reads a schedule: days ("mon-fri"), slots ("07:00-19:00/2h") and quiet hours ("22:00-06:30")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time

from bot.domain.schedule import DAYS, LAST, Ordinal, Quiet
from bot.ports.durations import parse_duration

__all__ = [
    "ordinals_of",
    "parse_days",
    "parse_ordinal",
    "parse_quiet",
    "parse_slots",
    "parse_time",
    "week_of",
]

NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": LAST}
NTH |= {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5}
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
HOUR = 60
DAY = 24 * HOUR


def parse_days(text: str) -> tuple[int, ...]:
    """Weekdays from Monday 0; "sat-mon" goes over the week's end.

    Raises:
        ValueError: it is no day and no range of days.
    """
    first, dash, last = text.strip().lower().partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(
            f'"{text}" is no day: write mon, tue, wed, thu, fri, sat, sun, a range as "mon-fri", or '
            'one of the month as "last-sat" or "first-mon"'
        )
    start = DAYS.index(first)
    count = (DAYS.index(last) - start) % 7 + 1 if dash else 1
    return tuple((start + step) % 7 for step in range(count))


def parse_ordinal(text: str) -> tuple[int, int] | None:
    """A month's such weekday ("last-sat", "first-mon", "2nd-tue") as (nth, weekday); None if it is none."""
    nth, _, day = text.strip().lower().partition("-")
    return (NTH[nth], DAYS.index(day)) if nth in NTH and day in DAYS else None


def parse_time(text: str) -> time:
    """A local wall time.

    Raises:
        ValueError: it is none.
    """
    found = CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is no time of day: write it as "08:00", hours 00 to 23')
    return time(int(found[1]), int(found[2]))


def parse_slots(text: str) -> tuple[time, ...]:
    """One time ("08:00"), or a span and a step, both ends included ("07:00-19:00/2h").

    Raises:
        ValueError: it is neither.
    """
    span, slash, step = text.partition("/")
    first, dash, last = span.partition("-")
    if not dash and not slash:
        return (parse_time(text),)
    if not (dash and slash):
        raise ValueError(
            f'"{text}" is no slot: write a time ("08:00") or a span with a step ("07:00-19:00/2h")'
        )
    start, end = _minutes(parse_time(first)), _minutes(parse_time(last))
    every = parse_duration(step).total_seconds() / 60
    if every < 1 or every != int(every):
        raise ValueError(f'"{text}": the step is a whole number of minutes')
    if end < start:
        raise ValueError(f'"{text}" ends before it begins: write two spans to go past midnight')
    return tuple(time(*divmod(minute, HOUR)) for minute in range(start, end + 1, int(every)))


def parse_quiet(text: str) -> Quiet:
    """A daily span ("22:00-06:30"); its end may be "24:00".

    Raises:
        ValueError: it is none, or has no length.
    """
    first, dash, last = text.partition("-")
    if not dash:
        raise ValueError(f'"{text}" is no span: write quiet hours as "22:00-06:30"')
    quiet = Quiet(parse_time(first), time(0, 0) if last.strip() == "24:00" else parse_time(last))
    if quiet.start == quiet.end:
        raise ValueError(
            f'"{text}" is no span: begin and end differ (`sharewire pause` silences a whole day)'
        )
    return quiet


def week_of(slots: Mapping[str, tuple[str, ...]]) -> tuple[tuple[time, ...], ...]:
    """Sorted, distinct times by weekday; a single day replaces what a range says of it.

    Raises:
        ValueError: a day, a time, or two ranges (or two single keys) that name the same day.
    """
    by_range: dict[int, str] = {}
    by_day: dict[int, str] = {}
    for key in slots:
        if parse_ordinal(key):
            continue
        days = parse_days(key)
        taken = by_day if len(days) == 1 else by_range
        for day in days:
            if day in taken:
                raise ValueError(f'"{taken[day]}" and "{key}" both name {DAYS[day]}: keep one of them')
            taken[day] = key
    keys = by_range | by_day
    return tuple(_times(slots[keys[day]]) if day in keys else () for day in range(7))


def ordinals_of(slots: Mapping[str, tuple[str, ...]]) -> tuple[Ordinal, ...]:
    """The days of a month that have slots of their own.

    Raises:
        ValueError: a time, or two keys that name the same day.
    """
    keys: dict[tuple[int, int], str] = {}
    for key in slots:
        if (found := parse_ordinal(key)) is None:
            continue
        if found in keys:
            raise ValueError(f'"{keys[found]}" and "{key}" name the same day: keep one of them')
        keys[found] = key
    return tuple(Ordinal(*found, _times(slots[key])) for found, key in keys.items())


def _times(texts: tuple[str, ...]) -> tuple[time, ...]:
    return tuple(sorted({at for text in texts for at in parse_slots(text)}))


def _minutes(at: time) -> int:
    return at.hour * HOUR + at.minute
