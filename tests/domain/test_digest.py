"""Who stands in an edition, and in what order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import Article
from bot.domain.digest import Digest, Member, choose, opens_at, unfit
from bot.domain.routing import Match
from bot.domain.schedule import Schedule

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
AT = Schedule("morning", "UTC", ((time(6, 45),),) * 7)
MORNING = Digest("morning", ("fedi",), AT, least=3, most=5)
members = st.lists(
    st.builds(
        Member,
        id=st.integers(1, 30),
        priority=st.integers(-2, 2),
        published_at=st.integers(0, 5).map(lambda hours: NOON - hours * HOUR),
    ),
    unique_by=lambda each: each.id,
    max_size=12,
)


def article(**more: Any) -> Article:
    return Article(7, "site", "https://news.example/7/", "Title", NOON, NOON, **more)


@given(members, st.integers(1, 6), st.randoms())
def test_the_most_important_stand_first_then_the_newest_and_no_more_than_allowed(
    some: list[Member], most: int, random: Any
) -> None:
    digest = replace(MORNING, most=most)
    chosen = choose(digest, some)
    by_id = {member.id: member for member in some}
    assert len(chosen) == min(most, len(some))
    ranks = [(-by_id[id_].priority, -by_id[id_].published_at.timestamp(), id_) for id_ in chosen]
    assert ranks == sorted(ranks)
    assert all(
        max(ranks) < (-other.priority, -other.published_at.timestamp(), other.id)
        for other in some
        if other.id not in chosen
    )
    shuffled = list(some)
    random.shuffle(shuffled)
    assert choose(digest, shuffled) == chosen


def test_the_oldest_may_stand_first() -> None:
    some = [Member(1, 0, NOON), Member(2, 0, NOON - HOUR), Member(3, 5, NOON)]
    assert choose(replace(MORNING, order=("oldest",)), some) == (2, 1, 3)
    assert choose(replace(MORNING, order=("priority", "oldest")), some) == (3, 2, 1)


RUN = NOON.replace(hour=6, minute=45)


def test_before_any_edition_went_out_it_looks_back_to_the_time_before_the_rule_was_met() -> None:
    met = RUN - 50 * HOUR
    assert opens_at(MORNING, RUN, None, met) == RUN - 72 * HOUR
    assert opens_at(MORNING, RUN, RUN - 24 * HOUR, met) == RUN - 24 * HOUR
    assert opens_at(MORNING, RUN, None, RUN - 900 * HOUR) == RUN - 168 * HOUR


@pytest.mark.parametrize(
    ("since", "last", "opens"),
    [
        (None, RUN - 30 * HOUR, RUN - 30 * HOUR),
        (None, None, RUN - 24 * HOUR),
        (None, RUN - 300 * HOUR, RUN - 168 * HOUR),
        (12 * HOUR, RUN - 30 * HOUR, RUN - 12 * HOUR),
        (48 * HOUR, RUN - 30 * HOUR, RUN - 48 * HOUR),
    ],
)
def test_an_edition_looks_back_to_the_last_one_or_as_far_as_it_says(
    since: timedelta | None, last: datetime | None, opens: datetime
) -> None:
    assert opens_at(replace(MORNING, since=since), RUN, last) == opens


@pytest.mark.parametrize(
    ("digest", "what", "why"),
    [
        (MORNING, article(), ""),
        (replace(MORNING, sources=("site",)), article(), ""),
        (replace(MORNING, sources=("other",)), article(), "none of its sources is in it"),
        (MORNING, article(withdrawn_at=NOON), "it was withdrawn"),
        (MORNING, article(skip="a test"), "it is not to be shared: a test"),
        (MORNING, article(not_before=NOON + HOUR), "not to be shared before 2026-11-24 13:00 UTC"),
        (replace(MORNING, match=Match(languages=("fr",))), article(lang="en"), "it does not match"),
    ],
)
def test_it_says_why_an_article_stands_in_no_edition(digest: Digest, what: Article, why: str) -> None:
    said = unfit(digest, what, ["site"], NOON)
    assert said == why or (why and said.endswith(why))
