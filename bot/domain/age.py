"""What is news and what is not: baseline and age."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.domain.article import Article

__all__ = ["BASELINE_MARGIN", "embargo_end", "expires_at", "is_baseline", "too_old", "zone_error"]

HOUR = timedelta(hours=1)
MOST_HOURS = 14
"""No zone is further ahead of UTC."""
POLL_SLACK = timedelta(minutes=2)
"""What a poll may take beyond its cadence."""
BASELINE_MARGIN = timedelta(hours=1)
"""An unseen article published longer than this before we started is old, not news that slid by."""


def is_baseline(
    first_seen_at: datetime | None,
    published_at: datetime | None,
    seeded_at: datetime | None,
    *,
    in_first_poll: bool,
    learnt: bool = False,
) -> bool:
    """Whether an article was there before its source (or its source and account) were first met.

    Args:
        first_seen_at: when any source first showed it; None for one that is shown just now.
        published_at: None where the source gives none; at midnight sharp it is a day, and any hour of it.
        seeded_at: when the two first met; None if they are meeting now.
        in_first_poll: it was shown by the source's very first poll, which only learns.
        learnt: all who have shown it so far did so in theirs: it was seen to be there, and did not slide by.
    """
    if in_first_poll or seeded_at is None:
        return True
    if first_seen_at is not None and first_seen_at < seeded_at:
        return True
    if published_at is None:
        return False
    day = timedelta(days=1) if published_at.time() == time(0) else timedelta(0)
    return published_at + day < seeded_at - (timedelta(0) if learnt else BASELINE_MARGIN)


def embargo_end(article: Article, tolerance: timedelta) -> datetime | None:
    """When an article that was shown ahead of its own date may be shared; None for one that was not.

    A date no further ahead than `tolerance` is a clock that runs fast.
    """
    said = article.published_at
    if said is None or said <= article.changed_at or said - article.first_seen_at <= tolerance:
        return None
    return said


def zone_error(article: Article, every: timedelta) -> timedelta | None:
    """The whole hours by which a source seems to date its articles ahead: a zone set wrong in its CMS.

    An article is met within `every` of its publication: what is dated 2 h ahead but for a part of that is
    not an embargo that happens to be so long.
    """
    if article.published_at is None:
        return None
    ahead = article.published_at - article.first_seen_at
    hours = -(-ahead // HOUR)
    late = hours * HOUR - ahead
    return hours * HOUR if 0 < hours <= MOST_HOURS and late <= every + POLL_SLACK else None


def expires_at(article: Article, max_age: timedelta) -> datetime | None:
    """When an article becomes too old for a route; None where its age does not matter (`max_age` 0)."""
    return article.age_from() + max_age if max_age else None


def too_old(article: Article, max_age: timedelta, now: datetime) -> bool:
    """Whether an article has reached its age: no longer news at the very instant it expires."""
    end = expires_at(article, max_age)
    return end is not None and end <= now
