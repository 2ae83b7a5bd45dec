"""Keeps to the blackouts: what they drop, and when they are in force, for claim and mark to hold to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.blackout import Window, ahead
from bot.domain.delivery import Delivery, Reason, State, Work, ordered
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store
from bot.services.place import place_all

__all__ = ["coming", "drop", "in_force"]

log = structlog.get_logger(__name__)

DAY = timedelta(days=1)
AHEAD = timedelta(days=400)
"""How far ahead the database knows; it is brought up to date every hour."""


def coming(newsroom: Newsroom, now: datetime) -> tuple[Window, ...]:
    """The blackouts to come, and those of the last day."""
    return ahead(newsroom.blackouts, now - DAY, now + AHEAD)


def in_force(newsroom: Newsroom, route: str, now: datetime) -> Window | None:
    """The blackout that stands against a route now; of several, the one that ends last."""
    found = [each for each in ahead(newsroom.blackouts, now, now + DAY) if each.start <= now < each.end]
    against = [each for each in found if each.stands_against(route)]
    return max(against, default=None, key=lambda each: each.end)


def drop(store: Store, newsroom: Newsroom, now: datetime) -> Sequence[Delivery]:
    """Shares that were ready in or before a blackout of `then = "skip"`: skipped. A person's stay."""
    windows = [
        each
        for each in ahead(newsroom.blackouts, now - DAY, now + DAY)
        if each.then == "skip" and each.start <= now
    ]
    if not windows:
        return []
    with store.read() as tx:
        rows = tx.outbox.list(states=(State.QUEUED,), limit=None)
    found = [(row, window) for row in rows if (window := _dropped_by(row, windows)) is not None]
    if not found:
        return []
    dropped = []
    with store.write() as tx:
        for row, window in found:
            current = tx.outbox.get(row.id)
            if current is None or current.state is not State.QUEUED or not _dropped_by(current, windows):
                continue
            detail = f"{window.name}, until {window.end:%Y-%m-%d %H:%M} UTC"
            dropped.append(tx.outbox.move(row.id, State.SKIPPED, Reason.BLACKOUT, at=now, detail=detail))
        place_all(tx, newsroom, {row.account for row in dropped} & newsroom.accounts.keys(), now)
    for row in dropped:
        log.info("share.skipped", delivery=row.id, account=row.account, reason="blackout", detail=row.detail)
    return dropped


def _dropped_by(row: Delivery, windows: Iterable[Window]) -> Window | None:
    if row.part or ordered(row) or row.work is not Work.POST:
        return None
    ready = row.ready_at or row.created_at
    return next((each for each in windows if each.stands_against(row.route) and ready < each.end), None)
