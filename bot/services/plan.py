"""Foresees what goes out in the coming hours, with its final text; writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.budget import month_of
from bot.domain.cost import micros
from bot.domain.delivery import Delivery, State
from bot.domain.slots import Place
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store
from bot.services.place import foresee
from bot.services.preview import preview_on
from bot.services.spend import spent_by_all

__all__ = ["plan"]

LAST = datetime.max.replace(tzinfo=UTC)


def plan(store: Store, newsroom: Newsroom, now: datetime, within: timedelta) -> list[dict[str, Any]]:
    """`[{at, tentative, account, platform, route, occasion, article, title, parts, …}]`, by time.

    What each costs is spent before the next one; `over_budget` says what there will be no money for.
    Held shares and those without a place come last, with `at` null.
    """
    with store.read() as tx:
        rows: list[tuple[Delivery, Place | None]] = [
            pair for account in newsroom.accounts for pair in foresee(tx, newsroom, account, now)
        ]
        seen = {row.id for row, _ in rows}
        others = tx.outbox.list(states=(State.QUEUED, State.HELD, State.AWAITING, State.SENDING))
        rows += [(row, None) for row in others if row.id not in seen and row.account in newsroom.accounts]
        articles = tx.articles.many({row.article for row, _ in rows})
    spending = {(month_of(now)[0], account): spent for account, spent in spent_by_all(store, now).items()}
    out = []
    for at, row, place in sorted(
        ((_at(row, place), row, place) for row, place in rows), key=lambda each: (each[0] or LAST, each[1].id)
    ):
        article = articles.get(row.article)
        if article is None or (at is not None and at > now + within):
            continue
        account = newsroom.accounts[row.account]
        purse = month_of(at or now)[0], row.account
        post = preview_on(
            newsroom,
            account,
            article,
            at or now,
            route=row.route,
            template=row.template,
            urgent=row.urgent,
            spent=spending.get(purse, 0),
        )
        if at is not None and not post["over_budget"] and post["cost_usd"]:
            spending[purse] = spending.get(purse, 0) + micros(post["cost_usd"])
        out.append(
            {
                "at": at.isoformat() if at else None,
                "tentative": bool(place and not row.pinned and row.timing == "slot"),
                "account": row.account,
                "platform": account.platform,
                "route": row.route,
                "occasion": row.occasion,
                "article": row.article,
                "title": article.title,
                "parts": post["parts"],
                "cost_usd": post["cost_usd"],
                "over_budget": post["over_budget"],
                "state": str(row.state),
                "reason": str(row.reason),
                "delivery": row.id,
                "error": post.get("error", ""),
            }
        )
    return out


def _at(row: Delivery, place: Place | None) -> datetime | None:
    """When it goes out, as far as that is known."""
    return place.due_at if place else (row.due_at if row.state is not State.HELD else None)
