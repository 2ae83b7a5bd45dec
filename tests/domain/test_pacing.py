from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pacing import backoff, settle_delay

FIRST, MAXIMUM = timedelta(seconds=30), timedelta(hours=1)


def wait(attempt: int, key: str = "a") -> timedelta:
    return backoff(attempt, FIRST, 2, MAXIMUM, key)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480)])
def test_the_wait_doubles_give_or_take_a_fifth(attempt: int, seconds: int) -> None:
    assert wait(attempt).total_seconds() == pytest.approx(seconds, rel=0.2)


def test_the_same_try_of_the_same_share_always_waits_the_same() -> None:
    assert wait(3) == wait(3)


def test_shares_that_failed_together_come_back_apart() -> None:
    assert len({wait(1, f"key {n}") for n in range(100)}) == 100


@given(
    attempt=st.integers(1, 10_000),
    first=st.timedeltas(timedelta(seconds=1), timedelta(days=2)),
    factor=st.floats(1, 1e6),
    key=st.text(),
)
def test_no_wait_is_over_the_maximum_nor_far_under_the_first(
    attempt: int, first: timedelta, factor: float, key: str
) -> None:
    floor = min(first, MAXIMUM / 1.2) * 0.79
    assert floor <= backoff(attempt, first, factor, MAXIMUM, key) <= MAXIMUM


@pytest.mark.parametrize(
    ("looks", "seconds"),
    [(0, 60), (1, 30), (2, 60), (3, 120), (4, 300), (5, 900), (6, 3600), (7, 3600), (100, 3600)],
)
def test_an_unknown_is_looked_at_less_and_less_often(looks: int, seconds: int) -> None:
    assert settle_delay(looks, timedelta(seconds=60)) == timedelta(seconds=seconds)
