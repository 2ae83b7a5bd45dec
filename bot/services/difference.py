"""Says what another configuration would change about the shares that wait, before it takes effect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.slots import Place
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store, Tx
from bot.services.apply import as_applied
from bot.services.explain import iso
from bot.services.place import foresee

__all__ = ["difference"]

Sides = dict[int, tuple[Delivery, Place | None]]


def difference(store: Store, old: Newsroom, new: Newsroom, now: datetime) -> list[dict[str, Any]]:
    """`[{delivery, account, article, title, was: {at, state, …}, becomes: {…}}]`: only what differs.

    Nothing is decided anew: an edit of routes changes how articles to come are routed, and the times of
    those that wait.
    """
    with store.read() as tx:
        rows = tx.outbox.list(states=(State.QUEUED, State.HELD), limit=None)
        rows = [row for row in rows if row.begun_at is None]
        articles = tx.articles.many({row.article for row in rows})
        before = _side(tx, old, rows, now)
        after = _side(tx, new, _applied(new, rows, articles, now), now)
    out = []
    for row in rows:
        was, becomes = _as_it_is(*before[row.id]), _as_it_is(*after[row.id])
        if was != becomes:
            article = articles.get(row.article)
            out.append(
                {
                    "delivery": row.id,
                    "account": row.account,
                    "article": row.article,
                    "title": article.title if article else "",
                    "was": was,
                    "becomes": becomes,
                }
            )
    return sorted(out, key=lambda each: (each["was"]["at"] or "~", each["delivery"]))


def _applied(
    newsroom: Newsroom, rows: list[Delivery], articles: Mapping[int, Article], now: datetime
) -> list[Delivery]:
    return [as_applied(newsroom, row, articles.get(row.article), now) for row in rows]


def _side(tx: Tx, newsroom: Newsroom, rows: list[Delivery], now: datetime) -> Sides:
    """Every row with the place it gets by one configuration."""
    found: Sides = {row.id: (row, None) for row in rows}
    for account in {row.account for row in rows}:
        waiting = [row for row in rows if row.account == account and row.state is State.QUEUED]
        found |= {row.id: (row, place) for row, place in foresee(tx, newsroom, account, now, waiting)}
    return found


def _as_it_is(row: Delivery, place: Place | None) -> dict[str, Any]:
    return {
        "at": iso(place.due_at) if place else None,
        "state": str(row.state),
        "reason": "" if row.reason is Reason.NONE else str(row.reason),
        "route": row.route,
        "schedule": row.schedule,
        "template": row.template,
    }
