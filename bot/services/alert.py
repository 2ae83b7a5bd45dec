"""Tells people what needs them: once each, gathered, and again until every place has heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

import structlog

from bot.domain.age import embargo_end, zone_error
from bot.domain.alert import Alert, Event, OpenAlert, messages, share_key
from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.errors import AlertError
from bot.domain.outcome import Step
from bot.domain.pacing import backoff
from bot.ports.newsroom import Newsroom
from bot.ports.notifier import Channel, Notifier
from bot.ports.store import Store, Tx

__all__ = ["GATHER", "close_ahead", "dated_ahead", "misdated", "needs_a_person", "send_alerts", "tell_share"]

log = structlog.get_logger(__name__)

GATHER = timedelta(seconds=20)
"""An alert waits so long for its like: an outage is one message."""
LEASE = timedelta(minutes=5)
RETRY_FIRST = timedelta(minutes=1)
RETRY_MAX = timedelta(hours=1)
TITLE = 80
FAR_AHEAD = timedelta(days=7)
"""An embargo is of hours or days; a date further ahead is more likely a mistake."""
AHEAD = ":ahead"

EVENTS = {
    State.HELD: Event.HELD,
    State.UNKNOWN: Event.UNCONFIRMED,
    State.MISSED: Event.MISSED,
    State.FAILED: Event.FAILED,
}
CURES = {
    State.HELD: "sharewire queue approve {id}, or skip {id}",
    State.UNKNOWN: "look there, then sharewire queue resolve {id} --published URL, --retry or --skip",
    State.MISSED: "sharewire queue retry {id} if you still want it",
    State.FAILED: "sharewire queue retry {id} once it is mended",
}


def tell_share(
    tx: Tx, row: Delivery, state: State, reason: Reason, detail: str, at: datetime, *, so: str = ""
) -> None:
    """Tell of a share that waits for a person, and what follows; any other state closes what was told."""
    event = EVENTS.get(state)
    if event is None:
        tx.alerts.close(f"share:{row.id}", at)
        return
    article = tx.articles.get(row.article)
    why = ": ".join(filter(None, (str(reason), detail)))
    title = article.title[:TITLE] if article else ""
    cure = CURES[state].format(id=row.id) + (f"; {so}" if so else "")
    text = f"share {row.id} on {row.account} “{title}” is {state} ({why}): {cure}"
    tx.alerts.tell(Alert(event, share_key(row.id, event), text), at)


def misdated(tx: Tx, newsroom: Newsroom, article: Article, at: datetime) -> bool:
    """Tell, once, of a source that dates its articles whole hours ahead; whether this is one of those."""
    feed = newsroom.sources.get(article.source)
    if feed is None:
        return False
    policy, key = feed.options.future, f"source:{feed.id}:zone"
    if embargo_end(article, policy.tolerance) is None:
        if article.published_at is not None:
            tx.alerts.close(key, at)
        return False
    error = zone_error(article, feed.options.every)
    if error is None or article.published_at is None:
        return False
    hours, shown = error // timedelta(hours=1), article.first_seen_at
    what = "are held" if policy.beyond == "hold" else "wait until then"
    text = (
        f"source {feed.id} dates its articles {hours} h ahead ({article.published_at:%H:%M} UTC, met at "
        f"{shown:%H:%M}): its shares {what}; if it is no embargo, its time zone is set wrong by {hours} h"
    )
    tx.alerts.tell(Alert(Event.SOURCE, key, text), at)
    return True


def dated_ahead(tx: Tx, newsroom: Newsroom, article: Article, at: datetime) -> None:
    """Tell, once, of an article dated so far ahead that it may be a mistake; or that it is so no more."""
    feed, key = newsroom.sources.get(article.source), f"article:{article.id}{AHEAD}"
    policy = feed.options.future if feed else None
    end = embargo_end(article, policy.tolerance) if policy else None
    if end is None or end - at < FAR_AHEAD:
        if article.changed_at > article.first_seen_at:
            tx.alerts.close(key, at)
        return
    if feed is None or feed.options.future.beyond == "hold":
        return  # told as held
    days = (end - at) // timedelta(days=1)
    text = (
        f"source {feed.id} dates “{article.title[:TITLE]}” {days} days ahead ({end:%Y-%m-%d %H:%M} UTC): "
        "its shares wait until then; if that is a mistake, mend the date there"
    )
    tx.alerts.tell(Alert(Event.SOURCE, key, text), at)


def close_ahead(tx: Tx, at: datetime) -> None:
    """What was dated far ahead has its day at last: nothing is to be mended any more."""
    for alert in tx.alerts.open():
        if alert.key.endswith(AHEAD):
            article = tx.articles.get(int(alert.key.split(":")[1]))
            if article is None or article.published_at is None or article.published_at <= at:
                tx.alerts.close(alert.key, at)


def needs_a_person(step: Step) -> bool:
    """Whether a share stops here until somebody acts; an unknown that is still looked at does not."""
    return step.state in EVENTS and not (step.state is State.UNKNOWN and step.settle_at is not None)


def send_alerts(
    store: Store,
    channels: Iterable[Channel],
    notifier: Notifier,
    now: datetime,
    gather: timedelta = GATHER,
) -> int:
    """Send what is to be told to the channels that want it; how many messages went out.

    What no channel wants counts as told: a channel added later does not hear of the past.
    """
    with store.write() as tx:
        taken = tx.alerts.take(now, now - gather, LEASE)
    told = {each.id: set(each.told) for each in taken}
    failed: set[int] = set()
    sent = 0
    for channel in channels:
        for url in channel.urls:
            place = sha256(url.encode()).hexdigest()[:16]
            unheard = [each for each in taken if place not in told[each.id]]
            for message in messages(unheard, channel.events):
                try:
                    notifier.send(url, message.title, message.body)
                except AlertError as error:
                    log.warning("alert.not_told", channel=channel.id, detail=str(error))
                    failed |= {each.id for each in message.alerts}
                    continue
                sent += 1
                for each in message.alerts:
                    told[each.id].add(place)
    if taken:
        _remember(store, taken, told, failed, now)
    return sent


def _remember(
    store: Store, taken: list[OpenAlert], told: Mapping[int, set[str]], failed: set[int], now: datetime
) -> None:
    with store.write() as tx:
        for each in taken:
            wait = backoff(each.tries + 1, RETRY_FIRST, 2, RETRY_MAX, each.key)
            again = now + wait if each.id in failed else None
            tx.alerts.told(each.id, told[each.id], again, failed=each.id in failed)
