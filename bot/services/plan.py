"""Foresees what goes out in the coming hours, with its final text; writes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.domain.delivery import Delivery, State
from bot.domain.slots import Place
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store
from bot.services.place import foresee
from bot.services.preview import preview_on

__all__ = ["plan"]


def plan(store: Store, newsroom: Newsroom, now: datetime, within: timedelta) -> list[dict[str, Any]]:
    """`[{at, tentative, account, platform, route, occasion, article, title, parts, …}]`, by time.

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
    out = []
    for row, place in rows:
        at = place.due_at if place else (row.due_at if row.state is not State.HELD else None)
        article = articles.get(row.article)
        if article is None or (at is not None and at > now + within):
            continue
        account = newsroom.accounts[row.account]
        post = preview_on(newsroom, account, article, at or now, route=row.route, template=row.template)
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
                "state": str(row.state),
                "reason": str(row.reason),
                "delivery": row.id,
                "error": post.get("error", ""),
            }
        )
    return sorted(out, key=lambda each: (each["at"] is None, each["at"] or "", each["delivery"]))
