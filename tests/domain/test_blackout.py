from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.blackout import Blackout, Window, ahead, dropped_by, opens, spans_of, windows

APRIL = datetime(2026, 4, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def yearly(*days: tuple[int, int]) -> Callable[[int], Collection[date]]:
    return lambda year: [date(year, *day) for day in days]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_day_is_the_whole_local_day() -> None:
    kwibuka = Blackout("Kwibuka", "Africa/Kigali", yearly((4, 7)))
    assert windows(kwibuka, APRIL, APRIL + 30 * DAY) == ((utc("2026-04-06T22:00"), utc("2026-04-07T22:00")),)


def test_days_in_a_row_are_one_time_whole_even_over_new_year() -> None:
    holidays = Blackout("year's end", "UTC", yearly((12, 31), (1, 1), (1, 2)))
    new_year = utc("2027-01-01T12:00")
    assert windows(holidays, new_year, new_year + HOUR) == ((utc("2026-12-31"), utc("2027-01-03")),)


def test_a_day_on_which_the_clock_changes_has_its_own_length() -> None:
    ((start, end),) = windows(Blackout("spring", "Europe/Paris", yearly((3, 29))), APRIL - 10 * DAY, APRIL)
    assert end - start == 23 * HOUR


def test_spans_stand_beside_days() -> None:
    evening = (utc("2026-04-06T18:00"), utc("2026-04-07T00:00"))
    both = Blackout("Kwibuka", "UTC", yearly((4, 7)), (evening,))
    assert windows(both, APRIL, APRIL + 30 * DAY) == ((utc("2026-04-06T18:00"), utc("2026-04-08")),)


def test_what_only_touches_the_asked_time_is_not_in_it() -> None:
    day = Blackout("x", "UTC", yearly((4, 7)))
    assert windows(day, utc("2026-04-08"), utc("2026-04-09")) == ()
    assert windows(day, utc("2026-04-06"), utc("2026-04-07")) == ()


def test_those_ahead_keep_what_each_says() -> None:
    first = Blackout("a", "UTC", yearly((4, 7)), then="skip", except_routes=frozenset({"breaking"}))
    (window,) = ahead([first, Blackout("b", "UTC", yearly((5, 7)))], APRIL, APRIL + 20 * DAY)
    assert (window.name, window.then) == ("a", "skip")
    assert (window.stands_against("news"), window.stands_against("breaking")) == (True, False)


A = Window("a", utc("2026-04-07"), utc("2026-04-08"), "skip")
B = Window("b", utc("2026-04-07T12:00"), utc("2026-04-09"), "wait")


def test_their_times_are_told_apart_and_in_order() -> None:
    assert spans_of([B, A]) == ((A.start, B.end),)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-04-06T23:59", "2026-04-06T23:59"),
        ("2026-04-07T00:00", "2026-04-09T00:00"),
        ("2026-04-08T23:59", "2026-04-09T00:00"),
        ("2026-04-09T00:00", "2026-04-09T00:00"),
    ],
)
def test_what_falls_inside_opens_at_the_end(at: str, expected: str) -> None:
    assert opens(spans_of([A, B]), utc(at)) == utc(expected)


@pytest.mark.parametrize(
    ("ready", "dropped"), [("2026-04-06", True), ("2026-04-07T23:59", True), ("2026-04-08", False)]
)
def test_skip_drops_what_is_ready_before_its_end(ready: str, dropped: bool) -> None:
    assert dropped_by([B, A], utc(ready)) == (A if dropped else None)
