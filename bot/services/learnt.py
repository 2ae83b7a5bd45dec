"""What was there before we started, of that part which is young enough to be taken for news."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.domain.age import BASELINE_MARGIN, is_baseline
from bot.domain.article import Article
from bot.ports.store import Tx
from bot.services.lately import LATELY
from bot.services.retold import OF_OTHERS, edited

__all__ = ["learnt_lately", "merge", "shown_since", "was_there"]

MOST = 500
"""The first that a source showed: what its first poll brought, and not all that it ever published."""


def was_there(tx: Tx, source: str, article: int, dated: datetime | None = None) -> bool:
    """Whether others learnt of it as they were first read, and it was out before this source was, too.

    Args:
        tx: the transaction.
        source: shows it for the first time.
        article: its number.
        dated: when the source says that it was published, where nobody else does.
    """
    known, seeded_at = tx.articles.get(article), tx.sources.row(source).seeded_at
    at = (known.published_at if known else None) or dated
    if not is_baseline(None, at, seeded_at, in_first_poll=False, learnt=True):
        return False
    shown = tx.articles.sources_of(article)
    return bool(shown) and all(each.baseline for each in shown.values())


def merge(tx: Tx, keep: int, drop: int, now: datetime, *, late: bool = False) -> None:
    """Two that are one; what was there before we started is no news under its other name.

    It reads as its source showed it last, if that met both: nobody else will tell of that edit. `late`: what
    is dropped is an older edition.
    """
    there = [source for source in tx.articles.sources_of(drop) if was_there(tx, source, keep)]
    if there:
        tx.articles.count_as_learnt(drop, there)
    last = None if late else _shown_last(tx, keep, drop)
    tx.articles.merge(keep, drop)
    tx.alerts.close(f"article:{drop}", now)
    before = tx.articles.get(keep)
    if last is not None and before is not None:
        tx.articles.change(edited(before, last, now, OF_OTHERS), undecide=True)
        tx.following.touch(keep, now)


def _shown_last(tx: Tx, keep: int, drop: int) -> Article | None:
    """The second of the two, if the source that tells of the first showed it later than that."""
    known = tx.articles.many((keep, drop))
    if len(known) < 2 or known[keep].source != known[drop].source:  # noqa: PLR2004 - both
        return None
    source = known[keep].source
    one, other = (tx.articles.sources_of(id_).get(source) for id_ in (keep, drop))
    return known[drop] if one and other and one.seen_at < other.seen_at else None


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
