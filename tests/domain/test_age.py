from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.age import expires_at, is_baseline, too_old
from bot.domain.article import Article

SEEDED = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def article(published_at: datetime | None) -> Article:
    return Article(1, "site", "https://example.org/a", "A", SEEDED, SEEDED, published_at=published_at)


@pytest.mark.parametrize("published", [None, SEEDED + HOUR])
def test_the_first_poll_only_learns(published: datetime | None) -> None:
    assert is_baseline(None, published, SEEDED, in_first_poll=True)


def test_what_is_there_when_the_two_meet_is_baseline() -> None:
    assert is_baseline(SEEDED, SEEDED, None, in_first_poll=False)


@pytest.mark.parametrize(("seen", "baseline"), [(SEEDED - SECOND, True), (SEEDED, False), (None, False)])
def test_what_was_seen_before_an_account_came_is_baseline_to_it(
    seen: datetime | None, baseline: bool
) -> None:
    assert is_baseline(seen, SEEDED, SEEDED, in_first_poll=False) is baseline


@pytest.mark.parametrize(
    ("published", "baseline"),
    [(SEEDED - HOUR - SECOND, True), (SEEDED - HOUR, False), (SEEDED + HOUR, False), (None, False)],
)
def test_an_old_article_that_slides_into_the_feed_is_no_news(
    published: datetime | None, baseline: bool
) -> None:
    assert is_baseline(SEEDED + 2 * HOUR, published, SEEDED, in_first_poll=False) is baseline


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (SEEDED - HOUR, SEEDED + 23 * HOUR),
        (None, SEEDED + 24 * HOUR),
        (SEEDED + 5 * HOUR, SEEDED + 24 * HOUR),
    ],
    ids=["from its publication", "from its first sighting", "not from a date to come"],
)
def test_age_runs_from_the_publication(published: datetime | None, expected: datetime) -> None:
    assert expires_at(article(published), 24 * HOUR) == expected


@pytest.mark.parametrize(("now", "old"), [(SEEDED + 24 * HOUR - SECOND, False), (SEEDED + 24 * HOUR, True)])
def test_an_article_is_too_old_from_the_instant_it_expires(now: datetime, old: bool) -> None:
    assert too_old(article(None), 24 * HOUR, now) is old


def test_no_maximum_age_means_never_too_old() -> None:
    assert expires_at(article(None), timedelta(0)) is None
    assert not too_old(article(None), timedelta(0), SEEDED + 10_000 * HOUR)
