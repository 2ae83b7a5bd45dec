"""When nothing goes out by order: days, spans and holidays, as spans of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from bot.domain.cadence import local_instant

__all__ = ["Blackout", "Span", "Window", "ahead", "dropped_by", "opens", "spans_of", "windows"]

Span = tuple[datetime, datetime]
"""From an instant to another, which is no longer in it."""
DAY = timedelta(days=1)


def no_days(year: int) -> Collection[date]:
    del year
    return ()


@dataclass(frozen=True, slots=True)
class Blackout:
    """A time in which nothing is published but what `except_routes` names.

    `days` gives the whole local days of a year, `spans` are instants. `then` says what becomes of shares
    that are ready while it lasts: "skip" drops them, "wait" keeps them until it is over.
    """

    name: str
    zone: str
    days: Callable[[int], Collection[date]] = no_days
    spans: tuple[Span, ...] = ()
    then: str = "wait"
    except_routes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Window:
    """One time that a blackout is in force."""

    name: str
    start: datetime
    end: datetime
    then: str = "wait"
    except_routes: frozenset[str] = frozenset()

    def stands_against(self, route: str) -> bool:
        return route not in self.except_routes


def windows(blackout: Blackout, start: datetime, end: datetime) -> tuple[Span, ...]:
    """The times in which it is in force that touch [start, end), in order; days in a row are one."""
    # The years around are asked for, too: a window over New Year is told whole.
    found = _of_years(blackout, start.year - 1, end.year + 1)
    return tuple(span for span in found if span[0] < end and span[1] > start)


@lru_cache(maxsize=256)
def _of_years(blackout: Blackout, first: int, last: int) -> tuple[Span, ...]:
    days = {day for year in range(first, last + 1) for day in blackout.days(year)}
    found = [
        (local_instant(blackout.zone, day, time(0)), local_instant(blackout.zone, day + DAY, time(0)))
        for day in days
    ]
    return tuple(_joined([*found, *blackout.spans]))


def _joined(spans: Iterable[Span]) -> list[Span]:
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def ahead(blackouts: Iterable[Blackout], start: datetime, end: datetime) -> tuple[Window, ...]:
    """Every time in which any of them is in force."""
    return tuple(
        Window(each.name, *span, each.then, each.except_routes)
        for each in blackouts
        for span in windows(each, start, end)
    )


def spans_of(found: Iterable[Window]) -> tuple[Span, ...]:
    """Their times, in order and apart."""
    return tuple(_joined((each.start, each.end) for each in found))


def dropped_by(found: Iterable[Window], ready_at: datetime) -> Window | None:
    """The first that drops what is ready by then and has not gone out when it begins."""
    drops = (each for each in found if each.then == "skip" and each.end > ready_at)
    return min(drops, default=None, key=lambda each: each.start)


def opens(closed: Sequence[Span], at: datetime) -> datetime:
    """`at` itself, or the end of the span it lies in; the spans stand in order and apart."""
    place = bisect_right(closed, at, key=lambda span: span[0])
    return max(at, closed[place - 1][1]) if place else at
