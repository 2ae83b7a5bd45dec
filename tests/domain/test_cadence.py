from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cadence import (
    Cadence,
    due_run,
    floor_time,
    local_instant,
    next_time,
    parse_cadence,
    parse_zone,
    times,
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def cron(line: str, zone: str = "UTC") -> Cadence:
    return parse_cadence(None, line, zone)


MOMENTS = st.integers(0, 2 * 365 * 86_400).map(lambda n: utc("2026-01-01") + timedelta(seconds=n))
CADENCES = st.sampled_from(
    [
        Cadence(timedelta(minutes=5), "", "UTC"),
        Cadence(timedelta(hours=7), "", "UTC"),
        cron("50 2 * * *", "Europe/Paris"),
        cron("*/10 6-22 * * mon-fri", "America/New_York"),
        cron("30 1,2 * * *", "America/New_York"),
        cron("0 9 1 * *", "Africa/Kigali"),
    ]
)


@pytest.mark.parametrize(
    ("every", "after", "expected"),
    [
        (timedelta(minutes=5), "2026-11-24T10:02:03", "2026-11-24T10:05"),
        (timedelta(minutes=5), "2026-11-24T10:05", "2026-11-24T10:10"),
        (timedelta(hours=6), "2026-11-24T10:05", "2026-11-24T12:00"),
        (timedelta(days=1), "2026-11-24T10:05", "2026-11-25T00:00"),
    ],
)
def test_every_so_often_falls_on_multiples_whenever_it_was_started(
    every: timedelta, after: str, expected: str
) -> None:
    assert next_time(parse_cadence(every, "", "UTC"), utc(after)) == utc(expected)


@pytest.mark.parametrize(
    ("line", "zone", "after", "expected"),
    [
        ("30 8 * * *", "Africa/Kigali", "2026-11-24T06:29", "2026-11-24T06:30"),
        ("30 8 * * *", "Africa/Kigali", "2026-11-24T06:30", "2026-11-25T06:30"),
        ("*/10 6-22 * * mon-fri", "UTC", "2026-11-27T22:50", "2026-11-30T06:00"),
        ("0 9 * * sat-sun", "UTC", "2026-11-28T09:00", "2026-11-29T09:00"),
        ("0 9 * * mon#1", "UTC", "2026-11-24T00:00", "2026-12-07T09:00"),
        ("0 9 1 jan *", "UTC", "2026-11-24T00:00", "2027-01-01T09:00"),
        ("30 2 * * *", "Europe/Paris", "2026-03-28T12:00", "2026-03-29T01:00"),
        ("50 2 * * *", "Europe/Paris", "2026-10-25T00:10", "2026-10-25T00:50"),
        ("50 2 * * *", "Europe/Paris", "2026-10-25T01:10", "2026-10-26T01:50"),
    ],
    ids=[
        "in its zone",
        "later than",
        "weekdays",
        "the weekend",
        "the first monday",
        "named months",
        "in the gap of spring",
        "the first of two in autumn",
        "not the second of two",
    ],
)
def test_cron_is_read_in_its_zone(line: str, zone: str, after: str, expected: str) -> None:
    assert next_time(cron(line, zone), utc(after)) == utc(expected)


@pytest.mark.parametrize(
    ("line", "now", "expected"),
    [
        ("30 8 * * *", "2026-11-24T08:30", "2026-11-24T08:30"),
        ("30 8 * * *", "2026-11-24T08:29:59", "2026-11-23T08:30"),
        ("0 9 1 * *", "2026-11-24T00:00", "2026-11-01T09:00"),
        ("0 9 29 feb *", "2026-11-24T00:00", "2024-02-29T09:00"),
    ],
)
def test_the_floor_is_the_last_nominal_time(line: str, now: str, expected: str) -> None:
    assert floor_time(cron(line), utc(now)) == utc(expected)


@given(cadence=CADENCES, at=MOMENTS)
def test_nominal_times_enclose_every_moment(cadence: Cadence, at: datetime) -> None:
    before, after = floor_time(cadence, at), next_time(cadence, at)
    assert before <= at < after
    assert next_time(cadence, before) == after
    assert floor_time(cadence, after) == after


@pytest.mark.parametrize(
    ("every", "line", "zone", "says"),
    [
        (None, "", "UTC", "say how often"),
        (timedelta(0), "", "UTC", "say how often"),
        (None, "*/10 6-22 * *", "UTC", "minute, hour, day, month and weekday"),
        (None, "0 */5 * * * *", "UTC", "minute, hour, day, month and weekday"),
        (None, "0 9 * * 1-5", "UTC", "write mon-fri"),
        (None, "0 9 * * mon,3", "UTC", "write mon-fri"),
        (None, "0 9 * * */2", "UTC", "write mon-fri"),
        (None, "61 9 * * *", "UTC", "bad minute"),
        (None, "0 9 * * monday", "UTC", "bad day-of-week"),
        (None, "0 9 30 feb *", "UTC", "bad day-of-month"),
        (timedelta(hours=1), "", "Africa/Kigalli", "there is no time zone 'Africa/Kigalli'"),
        (timedelta(hours=1), "", "../etc/passwd", "there is no time zone"),
    ],
)
def test_a_mistake_is_named(every: timedelta | None, line: str, zone: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_cadence(every, line, zone)


def test_cron_wins_over_the_default_length() -> None:
    assert parse_cadence(timedelta(minutes=5), "0 9 * * *", "UTC") == Cadence(None, "0 9 * * *", "UTC")


def test_a_zone_goes_by_its_iana_name() -> None:
    assert parse_zone("Africa/Kigali").key == "Africa/Kigali"


@pytest.mark.parametrize(
    ("day", "wall", "fold", "expected"),
    [
        (date(2026, 7, 1), time(12), 0, "2026-07-01T10:00"),
        (date(2026, 3, 29), time(2, 30), 0, "2026-03-29T01:00"),
        (date(2026, 3, 29), time(2, 30), 1, "2026-03-29T01:00"),
        (date(2026, 10, 25), time(2, 30), 0, "2026-10-25T00:30"),
        (date(2026, 10, 25), time(2, 30), 1, "2026-10-25T01:30"),
    ],
)
def test_a_wall_time_is_one_instant(day: date, wall: time, fold: int, expected: str) -> None:
    assert local_instant("Europe/Paris", day, wall, fold) == utc(expected)


@pytest.mark.parametrize(
    ("last_run", "now", "expected"),
    [
        ("2026-11-20T06:45", "2026-11-24T12:00", "2026-11-24T06:45"),
        ("2026-11-24T06:45", "2026-11-24T12:00", None),
        ("2026-11-23T06:45", "2026-11-24T06:44", None),
    ],
    ids=["days were missed, the last is made up for", "it has run", "it is not time yet"],
)
def test_a_job_that_was_missed_is_run_once(last_run: str, now: str, expected: str | None) -> None:
    daily = parse_cadence(None, "45 6 * * *", "UTC")
    assert due_run(daily, utc(last_run), utc(now)) == (utc(expected) if expected else None)


def test_the_times_of_a_span_have_its_start_and_not_its_end() -> None:
    for cadence in (parse_cadence(timedelta(hours=6), "", "UTC"), parse_cadence(None, "0 */6 * * *", "UTC")):
        found = list(times(cadence, utc("2026-11-24T06:00"), utc("2026-11-24T18:00")))
        assert found == [utc("2026-11-24T06:00"), utc("2026-11-24T12:00")]
