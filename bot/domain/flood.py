"""Tells old articles that a source shows as new (a site that moved, new guids) from a night of many news."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from bot.domain.article import Article

__all__ = ["WITHIN", "may_flood", "suspects"]

WITHIN = timedelta(minutes=10)
"""What is shown new within so long of each other is counted together."""
OLD = timedelta(days=1)
"""An article that is first shown so long after its publication is old."""
TOGETHER = 10
"""So many articles dated to the same second got that date from a machine: an import, a migration."""


def may_flood(news: Sequence[Article], of_late: int) -> bool:
    """Whether one poll's news can be part of a flood: not where a few were just published.

    Args:
        news: what the poll brought.
        of_late: how many its source has shown new WITHIN, these among them; they may be dated alike.
    """
    return of_late >= TOGETHER or bool(suspects(news, None))


def suspects(articles: Sequence[Article], max_age: timedelta | None) -> list[Article]:
    """Those that look old: published a day or more before they were first shown, undated, or dated alike.

    Args:
        articles: all that a source has shown new of late.
        max_age: what is older would not be shared anyway, and does not count; None: no age is too old.
    """
    dates = Counter(article.published_at for article in articles)
    out = []
    for article in articles:
        at = article.published_at
        age = article.first_seen_at - at if at else timedelta(0)
        if max_age is not None and age >= max_age:
            continue
        if at is None or age >= OLD or dates[at] >= TOGETHER:
            out.append(article)
    return out
