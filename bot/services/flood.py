"""Holds what a source suddenly shows as new and is old: one alert, and one order to let it go or leave it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.domain.alert import Alert, Event
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.errors import UserError
from bot.domain.flood import WITHIN, suspects
from bot.ports.facts import FLOOD
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.store import Store, Tx
from bot.services.place import place_all

__all__ = ["guard", "held_back", "let_go"]

log = structlog.get_logger(__name__)


def guard(tx: Tx, newsroom: Newsroom, feed: Feed, now: datetime) -> int:
    """After a poll that brought something new: how many articles are held back by it.

    While a flood is on, whatever looks old is held, however few come at once.
    """
    limit = feed.options.flood
    if not limit:
        return 0
    fact = tx.workers.get(_key(feed.id)) or {}
    on, over_at = bool(fact.get("on")), fact.get("over_at")
    recent = tx.articles.recent(feed.id, now - WITHIN)
    if over_at:
        recent = [each for each in recent if each.first_seen_at > datetime.fromisoformat(over_at)]
    old = suspects(recent, _longest_age(newsroom, feed.id))
    if not on and len(old) < limit:
        return 0
    fresh = [article for article in old if not article.flood]
    for article in fresh:
        tx.articles.change(replace(article, flood=True), undecide=True)
    if not on:
        tx.workers.set(_key(feed.id), {"on": True, "since": now.isoformat()})
        text = (
            f"source {feed.id} shows {len(old)} old articles as new, such as {old[0].url}: has the site "
            "moved, or changed its guids? Their shares are held: "
            f"sharewire sources release {feed.id}, or skip {feed.id}"
        )
        tx.alerts.tell(Alert(Event.SOURCE, f"source:{feed.id}:flood", text), now)
        log.warning("source.flood", source=feed.id, articles=len(old))
    return len(fresh)


def held_back(tx: Tx, source: str) -> list[Delivery]:
    """The shares that the guard holds of a source."""
    rows = tx.outbox.list(states=(State.HELD,), limit=None)
    return [row for row in rows if row.source == source and row.reason is Reason.FLOOD]


def let_go(store: Store, newsroom: Newsroom, source: str, now: datetime, *, share: bool) -> int:
    """The flood of a source is over: its held shares go out, or are skipped; how many there were.

    Raises:
        UserError: there is no such source, or none of its shares is held.
    """
    if source not in newsroom.sources:
        raise UserError(f"there is no [sources.{source}]: choose among {', '.join(sorted(newsroom.sources))}")
    with store.write() as tx:
        tx.articles.hold()
        fact: dict[str, Any] = tx.workers.get(_key(source)) or {}
        rows = held_back(tx, source)
        if not rows and not fact.get("on"):
            raise UserError(f"nothing of source {source} is held as a flood")
        for id_, article in tx.articles.many({row.article for row in rows}).items():
            if share:
                tx.articles.change(replace(article, id=id_, flood=False), undecide=False)
        to, detail = (State.QUEUED, "released") if share else (State.SKIPPED, "an old article shown as new")
        for row in rows:
            tx.outbox.move(row.id, to, Reason.NONE if share else Reason.FLOOD, at=now, detail=detail)
        tx.workers.set(_key(source), {"on": False, "over_at": now.isoformat()})
        tx.alerts.close(f"source:{source}:flood", now)
        place_all(tx, newsroom, {row.account for row in rows} & newsroom.accounts.keys(), now)
    log.info("source.flood_over", source=source, shares=len(rows), released=share)
    return len(rows)


def _key(source: str) -> str:
    return f"{FLOOD}{source}"


def _longest_age(newsroom: Newsroom, source: str) -> timedelta | None:
    """The longest age at which a route still shares the source's articles; None where none matters."""
    ages = [route.max_age for route in newsroom.routes if source in route.sources]
    return max(ages) if ages and all(ages) else None
