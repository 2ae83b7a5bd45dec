from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedule import LAST, Ordinal, Quiet
from bot.settings.week import ordinals_of, parse_days, parse_ordinal, parse_quiet, parse_slots, week_of

EIGHT, NOON = time(8), time(12)


@pytest.mark.parametrize(
    ("text", "days"),
    [("mon", (0,)), ("Sun", (6,)), ("mon-fri", (0, 1, 2, 3, 4)), ("sat-mon", (5, 6, 0)), ("tue-tue", (1,))],
)
def test_days_are_single_or_ranges_that_may_cross_the_weeks_end(text: str, days: tuple[int, ...]) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["", "monday", "mon-", "0-4", "mon-fri-sun"])
def test_what_is_no_day_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="is no day: write mon"):
        parse_days(text)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("08:00", (EIGHT,)),
        ("8:00", (EIGHT,)),
        ("08:00-12:00/2h", (EIGHT, time(10), NOON)),
        ("08:00-12:30/4h", (EIGHT, NOON)),
        ("23:00-23:59/30m", (time(23), time(23, 30))),
    ],
)
def test_slots_are_times_or_spans_with_both_ends(text: str, times: tuple[time, ...]) -> None:
    assert parse_slots(text) == times


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("24:00", "hours 00 to 23"),
        ("noon", "no time of day"),
        ("08:00-12:00", "a span with a step"),
        ("08:00/2h", "a span with a step"),
        ("12:00-08:00/1h", "two spans to go past midnight"),
        ("08:00-12:00/30s", "whole number of minutes"),
        ("08:00-12:00/2", "duration with its unit"),
    ],
)
def test_what_is_no_slot_is_refused_with_its_cure(text: str, cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        parse_slots(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [("last-sat", (-1, 5)), ("first-mon", (1, 0)), ("2nd-Tue", (2, 1)), ("mon", None), ("mon-fri", None)],
)
def test_days_of_the_month_go_by_their_place(text: str, found: tuple[int, int] | None) -> None:
    assert parse_ordinal(text) == found


def test_a_day_of_the_month_stands_beside_the_week() -> None:
    slots = {"mon-sun": ("08:00",), "last-sat": ("12:00", "08:00")}
    assert week_of(slots) == ((EIGHT,),) * 7
    assert ordinals_of(slots) == (Ordinal(LAST, 5, (EIGHT, NOON)),)


def test_a_day_of_the_month_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match='"second-tue" and "2nd-tue" name the same day'):
        ordinals_of({"second-tue": (), "2nd-tue": ()})


def test_a_misspelt_place_in_the_month_is_told_how_it_is_written() -> None:
    with pytest.raises(ValueError, match='or one of the month as "last-sat"'):
        week_of({"latest-sat": ("08:00",)})


@given(st.times(), st.times(), st.integers(1, 1440))
def test_a_span_stays_inside_its_ends_and_begins_at_its_first(one: time, other: time, step: int) -> None:
    first, last = sorted(t.replace(second=0, microsecond=0) for t in (one, other))
    times = parse_slots(f"{first:%H:%M}-{last:%H:%M}/{step}m")
    assert times[0] == first
    assert times[-1] <= last
    assert list(times) == sorted(set(times))


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("22:00-06:30", Quiet(time(22), time(6, 30))),
        ("22:00-24:00", Quiet(time(22), time(0))),
        ("12:00-13:00", Quiet(NOON, time(13))),
    ],
)
def test_quiet_hours_are_spans(text: str, quiet: Quiet) -> None:
    assert parse_quiet(text) == quiet


@pytest.mark.parametrize("text", ["22:00", "08:00-08:00", "00:00-24:00", "22:00-6"])
def test_quiet_hours_without_length_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no span|no time of day"):
        parse_quiet(text)


def test_a_single_day_replaces_what_its_range_says_wherever_it_stands() -> None:
    one = week_of({"wed": ("12:00",), "mon-fri": ("08:00",)})
    assert one == week_of({"mon-fri": ("08:00",), "wed": ("12:00",)})
    assert one == ((EIGHT,), (EIGHT,), (NOON,), (EIGHT,), (EIGHT,), (), ())


def test_a_single_day_may_be_emptied() -> None:
    assert week_of({"mon-sun": ("08:00",), "sun": ()})[5:] == ((EIGHT,), ())


def test_times_are_sorted_and_distinct() -> None:
    assert week_of({"mon": ("12:00", "08:00-12:00/4h")})[0] == (EIGHT, NOON)


def test_two_ranges_that_name_one_day_are_refused() -> None:
    with pytest.raises(ValueError, match='"mon-wed" and "wed-fri" both name wed: keep one'):
        week_of({"mon-wed": (), "wed-fri": ()})
