from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.article import Article
from bot.domain.likeness import likeness, without_worn
from bot.domain.moving import is_like, pairs

AT = datetime(2026, 11, 25, 9, 20, 7, tzinfo=UTC)
DAY = datetime(2026, 11, 25, tzinfo=UTC)
ZONE = ZoneInfo("Africa/Kigali")
BODY = " ".join(f"The minister said in sentence {n} that the road would open on day {n}." for n in range(20))
OTHER = " ".join(f"Rain fell for {n} hours over hill {n}, and nobody was hurt there." for n in range(20))
LINE = "What the minister said on Monday in the house."
OLD = Article(1, "site", "https://example.org/road/", "The road opens", AT, AT, published_at=AT)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"title": "It is open"}, True),
        ({"content": BODY}, {"title": "It is open", "content": OTHER}, True),
        ({}, {"title": "It is open", "published_at": AT + timedelta(seconds=1)}, False),
        ({}, {"title": "It is open", "published_at": None}, False),
        ({"published_at": DAY}, {"title": "It is open", "published_at": DAY}, False),
        ({"published_at": DAY}, {"published_at": DAY}, True),
        ({"published_at": DAY, "content": BODY}, {"published_at": DAY, "content": OTHER}, True),
        ({}, {"published_at": AT + timedelta(hours=3)}, True),
        ({}, {"published_at": AT + timedelta(days=1)}, False),
        ({"content": BODY}, {"published_at": AT + timedelta(hours=3), "content": OTHER}, False),
        (
            {"summary": LINE},
            {"title": "Open", "published_at": AT + timedelta(hours=3), "summary": LINE},
            True,
        ),
        ({"summary": LINE}, {"published_at": AT + timedelta(days=1), "summary": LINE}, False),
        ({"content": BODY}, {"title": "Open", "published_at": AT + timedelta(days=1), "content": BODY}, True),
        (
            {"content": BODY},
            {"title": "Open", "published_at": None, "content": BODY + OTHER[:300]},
            True,
        ),
        ({"content": BODY}, {"title": "Open", "published_at": None, "content": OTHER + BODY[:300]}, False),
    ],
)
def test_what_agrees_where_an_old_page_leads(old: Any, new: Any, expected: bool) -> None:
    now = replace(OLD, id=0, url="https://example.org/open/", **new)
    assert is_like(replace(OLD, **old), now, ZONE) is expected


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({"title": "Open", "summary": LINE, "published_at": AT + timedelta(hours=1)}, False),
        ({"published_at": AT + timedelta(hours=1)}, True),
        ({"title": "Open"}, True),
    ],
)
def test_where_that_is_likely_to_be_a_guess_title_or_date_must_be_the_same(new: Any, expected: bool) -> None:
    old = replace(OLD, summary=LINE)
    assert is_like(old, replace(old, **new), ZONE, guess=True) is expected


def test_a_text_that_all_have_tells_nothing() -> None:
    wall = "Subscribe to read on. " * 20
    some = [replace(OLD, id=n, title=f"Story {n}", content=wall, published_at=DAY) for n in (1, 2, 3)]
    assert pairs(some[:1], some[1:2], ZONE) == {1: 0}
    one, other = without_worn(some[:2], some)
    assert not pairs([one], [other], ZONE)
    assert likeness(one, other) is None
