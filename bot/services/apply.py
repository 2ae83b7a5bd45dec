"""Brings the store in line with a (new) configuration, without deciding anything again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State, by_hand
from bot.ports.newsroom import Newsroom
from bot.ports.records import NewDelivery
from bot.ports.store import Store, Tx
from bot.services.blackout import coming
from bot.services.decide import delivery_for
from bot.services.place import place_all
from bot.services.spend import let_go

__all__ = ["Applied", "apply", "as_applied", "given_back", "held_for_want"]

log = structlog.get_logger(__name__)

RETIMED = ("schedule", "timing", "urgent", "priority", "expires_at", "template")
"""What a reload may change of a share that waits."""
GONE = frozenset({Reason.ACCOUNT_REMOVED, Reason.ROUTE_REMOVED})


@dataclass(slots=True)
class Applied:
    """How many rows were held because their account or route is gone, came back, or were timed anew."""

    held: int = 0
    returned: int = 0
    retimed: int = 0


def apply(store: Store, newsroom: Newsroom, now: datetime) -> Applied:
    """Rows for new accounts and sources, baselines for new pairs, waiting shares held, returned, re-timed."""
    done = Applied()
    with store.write() as tx:
        tx.sources.ensure({id_: feed.options.was for id_, feed in newsroom.sources.items()})
        tx.accounts.ensure({id_: account.options.was for id_, account in newsroom.accounts.items()})
        for route in newsroom.routes:
            if route.was:
                tx.outbox.rename_route(route.name, route.was)
        _rename(tx, newsroom, now)
        tx.sources.not_ahead(now)
        seeded = {id_ for id_, row in tx.sources.rows().items() if row.seeded_at is not None}
        tx.sources.seed_pairs(
            [(s, a) for s in newsroom.sources if s in seeded for a in newsroom.accounts_of(s)], now
        )
        for row in tx.outbox.list(states=(State.QUEUED, State.HELD), limit=None):
            _apply(tx, newsroom, row, now, done)
        tx.accounts.black_out(coming(newsroom, now))
        place_all(tx, newsroom, newsroom.accounts, now)
    let_go(store, newsroom, now)
    if done.held or done.returned:
        log.warning("config.shares_moved", held=done.held, returned=done.returned)
    return done


def _rename(tx: Tx, newsroom: Newsroom, now: datetime) -> None:
    """A rule under a former name keeps its waiting shares and its pause."""
    pauses = {pause.scope: pause for pause in tx.accounts.pauses(now)}
    names = set(newsroom.names())
    rules = [(each.name, each.was) for each in newsroom.routes]
    rules += [(each.name, each.was) for each in newsroom.evergreen]
    rules += [(each.name, each.was) for each in newsroom.digests]
    for name, was in rules:
        for old in set(was) - names:
            tx.outbox.rename(old, name)
            pause = pauses.get(f"route:{old}")
            if pause is not None:
                tx.accounts.resume(pause.scope)
                tx.accounts.pause(replace(pause, scope=f"route:{name}"))


def held_for_want(tx: Tx, newsroom: Newsroom) -> list[Delivery]:
    """Shares held because their account or route was gone, and which are wired here."""
    held = tx.outbox.list(states=(State.HELD,), limit=None)
    return [row for row in held if row.reason in GONE and _gone(newsroom, row) is Reason.NONE]


def given_back(tx: Tx, newsroom: Newsroom, now: datetime) -> int:
    """Shares held for want of an account or a route that is wired here: queued again."""
    rows = held_for_want(tx, newsroom)
    for row in rows:
        tx.outbox.move(row.id, State.QUEUED, Reason.NONE, at=now, detail="back in the configuration")
    return len(rows)


def _apply(tx: Tx, newsroom: Newsroom, row: Delivery, now: datetime, done: Applied) -> None:
    """One waiting row."""
    gone = _gone(newsroom, row)
    if gone is not Reason.NONE:
        if row.state is State.QUEUED:
            what = f"[accounts.{row.account}]" if gone is Reason.ACCOUNT_REMOVED else f"route {row.route}"
            tx.outbox.move(
                row.id, State.HELD, gone, at=now, detail=f"{what} is not in the configuration any more"
            )
            done.held += 1
        return
    if row.state is State.HELD and row.reason in GONE:
        row = tx.outbox.move(row.id, State.QUEUED, Reason.NONE, at=now, detail="back in the configuration")
        done.returned += 1
    article = tx.articles.get(row.article)
    new = _anew(newsroom, row, article, now) if article else None
    if new is not None:
        done.retimed += tx.outbox.change(row.id, new)


def as_applied(newsroom: Newsroom, row: Delivery, article: Article | None, now: datetime) -> Delivery:
    """A waiting row as `apply` would leave it, but for its place; nothing is written."""
    gone = _gone(newsroom, row)
    if gone is not Reason.NONE:
        held = row.state is State.HELD
        return row if held else replace(row, state=State.HELD, reason=gone, due_at=None, slot=None)
    if row.state is State.HELD and row.reason in GONE:
        row = replace(row, state=State.QUEUED, reason=Reason.NONE)
    new = _anew(newsroom, row, article, now) if article else None
    if new is None:
        return row
    how = {name: getattr(new, name) for name in ("route", "ready_at", *RETIMED)}
    return replace(row, **how | ({"expires_at": None} if row.expires_at is None else {}))


def _anew(newsroom: Newsroom, row: Delivery, article: Article, now: datetime) -> NewDelivery | None:
    """What a row's route makes of it now, None where that is what it is."""
    route = newsroom.route(row.route)
    if route is None or row.pinned or row.begun_at is not None or row.occasion != "new" or by_hand(row):
        return None
    new = delivery_for(newsroom, article, row.account, route, row.rule, now)
    new = replace(new, state=row.state, reason=row.reason, detail=row.detail)
    differs = any(getattr(new, name) != getattr(row, name) for name in RETIMED)
    later = not new.urgent and new.ready_at != row.ready_at
    return new if differs or later else None


def _gone(newsroom: Newsroom, row: Delivery) -> Reason:
    if row.account not in newsroom.accounts:
        return Reason.ACCOUNT_REMOVED
    if row.route and not newsroom.rules(row.route):
        return Reason.ROUTE_REMOVED
    return Reason.NONE
