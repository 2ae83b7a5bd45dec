"""What a post costs on a platform that charges, to the millionth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.domain.budget import Budget, month_of
from bot.domain.cost import Prices, cost_of, dollars, micros, usd
from bot.domain.links import x_urls

X = Prices(post=15_000, post_with_link=200_000, alt=5_000, read=5_000, links=x_urls)


def post(*texts: str, alts: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"parts": [{"text": text} for text in texts], "media": [{"url": "u", "alt": alt} for alt in alts]}


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("Umuganda returns", 15_000),
        ("Umuganda returns https://example.org/a", 200_000),
        ("The day example.com fell silent", 200_000),
        ("Why we rewrote main.rs in Python", 200_000),
        ("No link in e.g. this, nor in 3.14", 15_000),
    ],
)
def test_a_link_is_what_the_platform_takes_for_one(text: str, cost: int) -> None:
    assert cost_of(post(text), X).total == cost


def test_a_thread_is_paid_part_by_part_and_each_description_once() -> None:
    cost = cost_of(post("One https://example.org/a", "Two", "Three", alts=("A bridge", "", "A boat")), X)
    assert (cost.parts, cost.alts, cost.total) == ((200_000, 15_000, 15_000), 10_000, 240_000)


def test_amounts_never_drift() -> None:
    assert sum(micros(0.015) for _ in range(100_000)) == micros(1500)
    assert dollars(micros(0.215)) == 0.215


@pytest.mark.parametrize(
    ("amount", "read"),
    [(15_000, "$0.015"), (200_000, "$0.20"), (30_000_000, "$30.00"), (0, "$0.00"), (1, "$0.000001")],
)
def test_a_person_reads_cents_or_what_there_is_below(amount: int, read: str) -> None:
    assert usd(amount) == read


def test_the_reserve_is_for_urgent_shares_alone() -> None:
    budget = Budget(per_month=30_000_000, reserve=6_000_000, near=19_200_000)
    assert [budget.room(23_900_000, urgent=urgent) for urgent in (False, True)] == [100_000, 6_100_000]
    assert [budget.room(31_000_000, urgent=urgent) for urgent in (False, True)] == [0, 0]
    assert [budget.is_near(at) for at in (19_199_999, 19_200_000)] == [False, True]
    assert [budget.is_spent(at) for at in (23_999_999, 24_000_000)] == [False, True]


def test_months_are_utcs() -> None:
    kigali = timezone(timedelta(hours=2))
    assert month_of(datetime(2026, 12, 1, 1, 30, tzinfo=kigali)) == (
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 12, 1, tzinfo=UTC),
    )
    assert month_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))[1] == datetime(2027, 1, 1, tzinfo=UTC)
