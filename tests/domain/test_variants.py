"""Which wording a share takes: always the same one, and at a repeat the next."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.variants import choose, turn


@pytest.mark.parametrize(
    ("occasion", "times"),
    [("new", 0), ("repeat:1", 1), ("evergreen:3", 3), ("manual:2", 2), ("edit:1", 0), ("withdraw:1", 0)],
)
def test_a_turn_is_how_often_the_article_was_told_before(occasion: str, times: int) -> None:
    assert turn(occasion) == times


@given(st.integers(2, 9), st.text(), st.text())
def test_as_many_repeats_as_variants_take_each_once(count: int, url: str, account: str) -> None:
    occasions = ["new", *(f"repeat:{n}" for n in range(1, count))]
    assert {choose(count, url, account, turn(each)) for each in occasions} == set(range(count))
    assert choose(count, url, account, turn("new")) == choose(count, url, account, turn("edit:2"))


def test_the_first_telling_is_spread_over_the_variants() -> None:
    taken = Counter(choose(3, f"https://news.example/{n}/", "main_x", 0) for n in range(300))
    assert all(70 < each < 130 for each in taken.values())
