"""Repeats: what a route shares once more after its first share is out, and what stops them."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.domain.delivery import Delivery, State, by_hand, turn_after
from bot.domain.occasion import NEW, repeats
from bot.domain.routing import Route
from bot.domain.wording import Wording
from bot.ports.durations import format_duration
from bot.ports.newsroom import Newsroom
from bot.ports.records import NewDelivery
from bot.ports.store import Store, Tx
from bot.services.place import place_all

__all__ = ["bear", "repeat_missed", "repeated", "told_with"]

log = structlog.get_logger(__name__)

CATCH_UP = timedelta(hours=1)
"""How far back a share that is out is looked for that has no repeats yet."""


def bear(tx: Tx, newsroom: Newsroom, row: Delivery, now: datetime) -> list[int]:
    """The repeats of a first share that is out, from its real time; in the caller's transaction.

    None for what a person shared by hand, and for what has been withdrawn, or is not to be shared any more.
    """
    route = repeated(newsroom, row)
    article = tx.articles.get(row.article) if route and row.state is State.PUBLISHED else None
    if route is None or article is None or article.withdrawn_at or article.skip:
        return []
    sent_at = row.sent_at or row.finalized_at or now
    made = []
    first = turn_after(tx.outbox.of_article(row.article), row.account)
    for turn, (occasion, template, ready, end, after) in enumerate(repeats(route, sent_at), first):
        new = NewDelivery(
            article=row.article,
            account=row.account,
            occasion=occasion,
            source=row.source,
            route=row.route,
            rule=f"repeat of share {row.id}, {format_duration(after)} after it",
            template=told_with(newsroom, row, template),
            schedule=newsroom.schedule_of(route, row.account),
            timing=route.timing,
            urgent=False,
            priority=route.priority,
            published_at=row.published_at or sent_at,
            ready_at=ready,
            expires_at=end,
            wording=Wording(turn=turn).document(),
        )
        made.append(tx.outbox.add(new, now))
    return [id_ for id_ in made if id_ is not None]


def told_with(newsroom: Newsroom, row: Delivery, template: str) -> str:
    """The template set of a repeat of a share: its own, else its account's, else the share's."""
    own = newsroom.accounts[row.account].options.template if row.account in newsroom.accounts else ""
    return template or own or row.template


def repeat_missed(store: Store, newsroom: Newsroom, now: datetime) -> list[int]:
    """The repeats of shares whose proof came another way than by their own worker: found late, resolved."""
    names = {name for route in newsroom.routes if route.repeat for name in (route.name, *route.was)}
    if not names:
        return []
    with store.read() as tx:
        found = tx.outbox.unrepeated(names, now - CATCH_UP)
        bare = [row for row in found if repeated(newsroom, row)]
    if not bare:
        return []
    with store.write() as tx:
        made = [id_ for row in bare for id_ in bear(tx, newsroom, row, now)]
        place_all(tx, newsroom, {row.account for row in bare} & newsroom.accounts.keys(), now)
    return made


def repeated(newsroom: Newsroom, row: Delivery) -> Route | None:
    """The route whose first share this is, if it repeats."""
    if row.occasion != NEW or by_hand(row):
        return None
    route = newsroom.route(row.route)
    return route if route and route.repeat else None
