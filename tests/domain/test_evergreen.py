"""The picker of evergreen articles: what it never takes, and whom it prefers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import Article
from bot.domain.evergreen import Candidate, Evergreen, Past, pick, resting, unsuited
from bot.domain.routing import Match
from bot.domain.schedule import Schedule

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RULE = Evergreen(
    "classics", ("site",), ("fedi",), Schedule("s"), min_age=90 * DAY, cooldown=180 * DAY, max_shares=4
)

days_ago = st.integers(0, 1000).map(lambda days: NOW - days * DAY)
pasts = st.builds(
    Past,
    shares=st.integers(0, 6),
    last_at=st.none() | days_ago,
    live=st.booleans(),
)
candidates = st.lists(
    st.builds(Candidate, id=st.integers(1, 50), published_at=days_ago, past=pasts),
    max_size=12,
    unique_by=lambda each: each.id,
)
rules = st.builds(
    replace,
    st.just(RULE),
    cooldown=st.integers(0, 400).map(lambda days: days * DAY),
    max_shares=st.integers(0, 5),
)


def article(days: int = 200, **more: Any) -> Article:
    at = NOW - days * DAY
    return Article(7, "site", "https://news.example/7/", "Title", NOW, NOW, **({"published_at": at} | more))


@given(rules, candidates)
def test_it_never_breaks_cooldown_or_cap_nor_takes_what_is_under_way(
    rule: Evergreen, some: list[Candidate]
) -> None:
    found = pick(rule, some, NOW)
    free = [
        each
        for each in some
        if not each.past.live
        and (rule.max_shares == 0 or each.past.shares < rule.max_shares)
        and (each.past.last_at is None or each.past.last_at + rule.cooldown <= NOW)
    ]
    assert (found in free) if free else (found is None)


@given(rules, candidates, st.randoms())
def test_it_takes_the_least_shared_then_the_longest_rested_then_the_oldest(
    rule: Evergreen, some: list[Candidate], random: Any
) -> None:
    found = pick(rule, some, NOW)
    for other in some:
        if found is None or other == found or resting(rule, other.past, NOW):
            continue
        assert found.past.shares <= other.past.shares
        if found.past.shares == other.past.shares and found.past.last_at != other.past.last_at:
            assert found.past.last_at is None or (
                other.past.last_at is not None and found.past.last_at < other.past.last_at
            )
        if found.past == other.past:
            assert found.published_at <= other.published_at
    shuffled = list(some)
    random.shuffle(shuffled)
    assert pick(rule, shuffled, NOW) == found


@given(st.integers(1, 8), st.integers(0, 3), st.integers(1, 60))
def test_over_the_years_everybody_gets_a_turn_and_nobody_more_than_allowed(
    count: int, cap: int, cooldown: int
) -> None:
    rule = replace(RULE, cooldown=cooldown * DAY, max_shares=cap)
    shown: dict[int, list[datetime]] = {n: [] for n in range(1, count + 1)}
    for day in range(0, 400, 3):
        at = NOW + day * DAY
        found = pick(
            rule,
            [
                Candidate(n, NOW - (300 + n) * DAY, Past(len(had), had[-1] if had else None))
                for n, had in shown.items()
            ],
            at,
        )
        if found:
            shown[found.id].append(at)
    counts = [len(had) for had in shown.values()]
    assert max(counts) - min(counts) <= 1
    assert cap == 0 or max(counts) <= cap
    for had in shown.values():
        assert all(b - a >= cooldown * DAY for a, b in pairwise(had))


@pytest.mark.parametrize(
    ("rule", "what", "why"),
    [
        (RULE, article(), ""),
        (RULE, article(89), "it is younger than min_age, until 2026-11-25"),
        (replace(RULE, expires=200 * DAY), article(199), ""),
        (replace(RULE, expires=200 * DAY), article(200), "it is older than expires, since 2026-11-24"),
        (RULE, article(withdrawn_at=NOW), "it was withdrawn"),
        (RULE, article(skip="a test"), "it is not to be shared: a test"),
        (replace(RULE, match=Match(categories_any=("History",))), article(), "it does not match"),
        (replace(RULE, match=Match(categories_any=("History",))), article(categories=("history",)), ""),
    ],
)
def test_it_says_why_an_article_never_suits(rule: Evergreen, what: Article, why: str) -> None:
    assert unsuited(rule, what, NOW) == why


@pytest.mark.parametrize(
    ("past", "why"),
    [
        (Past(), ""),
        (Past(3, NOW - 180 * DAY), ""),
        (Past(1, NOW - 179 * DAY), "it rests until 2026-11-25 (cooldown)"),
        (Past(4, NOW - 900 * DAY), "it had its max_shares of 4"),
        (Past(live=True), "a share of it is under way"),
    ],
)
def test_it_says_why_an_article_rests(past: Past, why: str) -> None:
    assert resting(RULE, past, NOW) == why
