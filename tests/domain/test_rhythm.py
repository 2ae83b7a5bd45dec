"""A rule's nominal times: by slots and by cron, through both changes of clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cadence import parse_cadence
from bot.domain.rhythm import When, last_time, next_time, times
from bot.domain.schedule import Schedule

BRUSSELS = "Europe/Brussels"
SUNDAYS: When = Schedule("s", BRUSSELS, ((),) * 6 + ((time(2, 30),),))
BY_CRON: When = parse_cadence(None, "30 2 * * sun", BRUSSELS)
DAILY: When = Schedule("d", BRUSSELS, ((time(2, 30), time(11)),) * 7)
HOURLY: When = parse_cadence(None, "0 * * * *", BRUSSELS)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("when", [SUNDAYS, BY_CRON])
def test_a_time_that_spring_leaves_out_comes_after_the_gap_and_one_that_autumn_repeats_comes_once(
    when: When,
) -> None:
    spring = list(times(when, utc("2026-03-23T00:00"), utc("2026-04-06T00:00")))
    autumn = list(times(when, utc("2026-10-19T00:00"), utc("2026-11-02T00:00")))
    assert [f"{at:%m-%d %H:%M}" for at in spring] == ["03-29 01:00", "04-05 00:30"]
    assert [f"{at:%m-%d %H:%M}" for at in autumn] == ["10-25 00:30", "11-01 01:30"]


@pytest.mark.parametrize("when", [SUNDAYS, BY_CRON, DAILY, HOURLY])
@given(
    at=st.integers(0, 366 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
)
def test_last_and_next_enclose_every_moment_with_nothing_between(when: When, at: datetime) -> None:
    last, following = last_time(when, at), next_time(when, at)
    assert last is not None
    assert following is not None
    assert last <= at < following
    assert list(times(when, last, following + timedelta(seconds=1))) == [last, following]
    assert last_time(when, following) == following


def test_a_rule_without_times_has_none() -> None:
    none = Schedule("none")
    assert (last_time(none, utc("2026-11-24T12:00")), next_time(none, utc("2026-11-24T12:00"))) == (
        None,
        None,
    )
