"""Gives an account's waiting rows their places afresh, whenever anything about them changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.blackout import Window, ahead, dropped_by, spans_of
from bot.domain.delivery import Delivery, Work, ordered
from bot.domain.occasion import yields
from bot.domain.slots import HORIZON, LATE_GRACE, History, Place, Waiting, project
from bot.ports.newsroom import Newsroom
from bot.ports.store import Tx

__all__ = ["LOOK_BACK", "Foreseen", "foresee", "place", "place_all", "taken", "waiting"]

Foreseen = tuple[Delivery, Place | None]
"""A row, and the place it would get now, None where it waits for none."""

DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=2)
"""How much of an account's past the gap and a local day's cap can reach back to."""


def waiting(delivery: Delivery, blackouts: Sequence[Window] = ()) -> Waiting:
    """What the projection needs of a row; one that a blackout drops must be out before it begins.

    No blackout stands against what corrects a post or takes it back.
    """
    ready = delivery.ready_at or delivery.created_at
    adds = delivery.work is Work.POST
    against = [each for each in blackouts if adds and each.stands_against(delivery.route)]
    drop = None if ordered(delivery) else dropped_by(against, ready)
    ends = [at for at in (delivery.expires_at, drop and drop.start) if at]
    return Waiting(
        id=delivery.id,
        published_at=delivery.published_at or delivery.created_at,
        ready_at=ready,
        expires_at=min(ends, default=None),
        schedule=delivery.schedule,
        timing=delivery.timing,
        urgent=delivery.urgent,
        priority=delivery.priority,
        pinned_at=delivery.due_at if delivery.pinned else None,
        source=delivery.source,
        closed=spans_of(against),
    )


def foresee(
    tx: Tx,
    newsroom: Newsroom,
    account: str,
    now: datetime,
    rows: Sequence[Delivery] | None = None,
    within: timedelta = HORIZON,
) -> tuple[tuple[Delivery, Place], ...]:
    """The places the account's waiting rows (or these instead) would get now; writes nothing.

    `within`: how far ahead to look, where that is further than places are given.
    """
    horizon = max(HORIZON, within)
    rows = tx.outbox.waiting(account) if rows is None else rows
    history = tx.outbox.history(account, now - LOOK_BACK) if rows else History()
    blackouts = ahead(newsroom.blackouts, now - DAY, now + horizon) if rows else ()
    out: list[tuple[Delivery, Place]] = []
    # What mends or takes back takes up no room; repeats and evergreen get what news leaves.
    mending = [row for row in rows if row.work is not Work.POST]
    adding = [row for row in rows if row.work is Work.POST]
    behind = [row for row in adding if yields(row.occasion)]
    for some in (mending, [row for row in adding if not yields(row.occasion)], behind):
        places = project(
            [waiting(row, blackouts) for row in some],
            newsroom.schedules,
            newsroom.default_schedule,
            history,
            now,
            horizon,
        )
        out += zip(some, places, strict=True)
        history = history if some is mending else taken(history, places)
    return tuple(out)


def taken(history: History, places: Iterable[Place]) -> History:
    """The history as if the places had been used."""
    used = list(places)
    return replace(
        history,
        sent_at=(*history.sent_at, *(place.due_at for place in used if place.due_at)),
        slots=history.slots | {place.slot for place in used if place.slot},
    )


def place(tx: Tx, newsroom: Newsroom, account: str, now: datetime) -> int:
    """Project again, holding the account's row, in the caller's transaction; the rows changed."""
    tx.accounts.lock(account)
    changed = [
        new
        for row, new in foresee(tx, newsroom, account, now)
        if (row.due_at, row.slot) != (new.due_at, new.slot)
    ]
    return tx.outbox.place(changed, now, LATE_GRACE) if changed else 0


def place_all(tx: Tx, newsroom: Newsroom, accounts: Iterable[str], now: datetime) -> int:
    """`place` for several accounts, in an order that cannot deadlock."""
    return sum(place(tx, newsroom, account, now) for account in sorted(set(accounts)))
