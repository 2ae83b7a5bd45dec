"""What has to be done now and then: ages that ran out, places afresh, old ticks forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.budget import month_of
from bot.domain.delivery import Delivery, State
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store
from bot.services.alert import close_ahead, tell_share
from bot.services.blackout import coming, drop
from bot.services.place import place_all
from bot.services.spend import let_go

__all__ = ["expire", "new_month", "replace_all", "tidy"]

log = structlog.get_logger(__name__)

KEEP_TICKS = timedelta(days=7)
KEEP_ALERTS = timedelta(days=30)
MONTH = "budget.month"
"""The fact that says which month's money was given out."""


def expire(store: Store, newsroom: Newsroom, now: datetime) -> Sequence[Delivery]:
    """Shares past their age: `missed` where the fault is ours, `no_room` where the day was full.

    And those that a blackout drops.
    """
    dropped = drop(store, newsroom, now)
    with store.write() as tx:
        rows = tx.outbox.expire(now)
        for row in rows:
            if row.state is State.MISSED:
                tell_share(tx, row, row.state, row.reason, row.detail, now)
        if rows:
            place_all(tx, newsroom, {row.account for row in rows} & newsroom.accounts.keys(), now)
    for row in rows:
        level = log.warning if row.state is State.MISSED else log.info
        level(f"share.{row.state}", delivery=row.id, account=row.account, reason=str(row.reason))
    return [*dropped, *rows]


def replace_all(store: Store, newsroom: Newsroom, now: datetime) -> int:
    """Every account's places afresh: after a start, a pause that ran out, a change of clock."""
    with store.write() as tx:
        return place_all(tx, newsroom, newsroom.accounts, now)


def new_month(store: Store, newsroom: Newsroom, now: datetime) -> None:
    """As a month begins there is money again for what was held for want of it."""
    month = month_of(now)[0].isoformat()
    with store.read() as tx:
        known = tx.workers.get(MONTH) == month
    if not known:
        let_go(store, newsroom, now)
        with store.write() as tx:
            tx.workers.set(MONTH, month)


def tidy(store: Store, newsroom: Newsroom, now: datetime) -> None:
    """Forget what nobody will ask for again; look further ahead for blackouts."""
    with store.write() as tx:
        tx.accounts.black_out(coming(newsroom, now))
        tx.workers.prune(now - KEEP_TICKS)
        tx.alerts.prune(now - KEEP_ALERTS)
        close_ahead(tx, now)
