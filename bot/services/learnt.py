"""What was there before we started, of that part which is young enough to be taken for news."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.domain.age import BASELINE_MARGIN, is_baseline
from bot.domain.article import Article
from bot.domain.identity import normal_title
from bot.ports.store import Tx
from bot.services.lately import LATELY
from bot.services.retold import OF_OTHERS, edited

__all__ = ["learnt_lately", "merge", "shown_since", "was_there"]

MOST = 500
"""The first that a source showed: what its first poll brought, and not all that it ever published."""


def was_there(tx: Tx, article: int, seeded_at: datetime | None, dated: datetime | None = None) -> bool:
    """Whether others learnt of it as they were first read, and it was out before another source was, too.

    Args:
        tx: the transaction.
        article: its number.
        seeded_at: when the source was first read that shows it for the first time.
        dated: when that says that it was published, where nobody else does.
    """
    known = tx.articles.get(article)
    at = (known.published_at if known else None) or dated
    if not is_baseline(None, at, seeded_at, in_first_poll=False, learnt=True):
        return False
    shown = tx.articles.sources_of(article)
    return bool(shown) and all(each.baseline for each in shown.values())


def merge(tx: Tx, keep: int, drop: int, now: datetime, *, late: bool = False) -> None:
    """Two that are one; what was there before we started is no news under its other name.

    Where they have one source, and two titles, it reads as that told it last: nobody else will tell of the
    edit. `late`: what is dropped is an older edition.
    """
    sources = tx.articles.sources_of(drop)
    if there := [each for each in sources if was_there(tx, keep, tx.sources.row(each).seeded_at)]:
        tx.articles.count_as_learnt(drop, there)
    known = tx.articles.many((keep, drop))
    tx.articles.merge(keep, drop)
    tx.alerts.close(f"article:{drop}", now)
    before, last = known.get(keep), known.get(drop)
    if before and last and not late and _is_edit(before, last):
        tx.articles.change(edited(before, last, now, OF_OTHERS), undecide=True)
        tx.following.touch(keep, now)


def _is_edit(before: Article, last: Article) -> bool:
    """Whether their source told of the second after the first; of one title, it may stand in two places."""
    later = before.source == last.source and before.changed_at < last.changed_at
    return later and normal_title(before.title) != normal_title(last.title)


def shown_since(tx: Tx, source: str, now: datetime, within: timedelta) -> list[Article]:
    """What would be news of a source under another name: what it showed of late, and what it had lately."""
    return [*learnt_lately(tx, source, now), *tx.articles.recent(source, now - within)]


def learnt_lately(tx: Tx, source: str, now: datetime) -> list[Article]:
    """What a source had when it was first read, within a day, and would be news under another name.

    What was published long before that is not: see `is_baseline`.
    """
    found = tx.articles.learnt(source, now - LATELY, MOST)
    return [article for article in found if _may_be_news(article)]


def _may_be_news(article: Article) -> bool:
    at = article.published_at
    if at is None:
        return True
    day = timedelta(days=1) if at.time() == time(0) else timedelta(0)
    return at + day >= article.first_seen_at - BASELINE_MARGIN
