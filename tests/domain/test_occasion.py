"""When a repeat may come and until when, and which occasions stand behind news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.occasion import next_evergreen, repeats, yields
from bot.domain.routing import Repeat, Route

SENT = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)
WAITS = st.lists(
    st.integers(1, 60 * 24 * 30).map(lambda minutes: timedelta(minutes=minutes)), unique=True, max_size=6
).map(sorted)


def route(*after: timedelta, template: str = "") -> Route:
    return Route("all", ("site",), ("fedi",), repeat=tuple(Repeat(each, template) for each in after))


def test_a_repeat_counts_from_the_first_shares_real_time() -> None:
    said = repeats(route(timedelta(hours=3), timedelta(days=2), template="again"), SENT)
    assert [(occasion, template, ready) for occasion, template, ready, _, _ in said] == [
        ("repeat:1", "again", SENT + timedelta(hours=3)),
        ("repeat:2", "again", SENT + timedelta(days=2)),
    ]


def test_a_repeat_waits_as_long_again_but_a_day_at_least() -> None:
    short, long = repeats(route(timedelta(hours=3), timedelta(days=2)), SENT)
    assert short[3] == short[2] + timedelta(days=1)
    assert long[3] == long[2] + timedelta(days=2)


@given(WAITS)
def test_no_repeat_waits_until_the_next_one_is_ready(after: list[timedelta]) -> None:
    said = repeats(route(*after), SENT)
    assert [ready for _, _, ready, _, _ in said] == [SENT + each for each in after]
    assert all(ready < end for _, _, ready, end, _ in said)
    assert all(end <= ready for (*_, end, _), (_, _, ready, *_) in pairwise(said))


@pytest.mark.parametrize(
    ("occasion", "behind"),
    [
        ("new", False),
        ("manual:1", False),
        ("edit:1", False),
        ("withdraw:1", False),
        ("repeat:1", True),
        ("evergreen:3", True),
    ],
)
def test_repeats_and_evergreen_stand_behind_news(occasion: str, *, behind: bool) -> None:
    assert yields(occasion) is behind


def test_evergreen_shares_are_numbered_on() -> None:
    assert next_evergreen(["new", "repeat:7"]) == "evergreen:1"
    assert next_evergreen(["new", "evergreen:2", "evergreen:10"]) == "evergreen:11"
