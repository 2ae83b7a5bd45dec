"""Keeps the subscriptions to the hubs that feeds name: asks, verifies, renews, checks what they push."""

from __future__ import annotations

import hmac
from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import structlog

from bot.domain.errors import SourceError
from bot.domain.signature import signed_by_hub
from bot.domain.websub import LEASE, Subscription, asked, confirmed, denied, due, failed
from bot.ports.newsroom import Feed, Hooks, Newsroom
from bot.ports.source import Request, Response
from bot.ports.store import Store

__all__ = ["ask", "authentic", "callback_token", "callback_url", "to_ask", "verify"]

log = structlog.get_logger(__name__)


def callback_token(hooks: Hooks, source: str) -> str:
    """The part of our address that only the hub knows."""
    return hmac.digest(hooks.key, f"websub callback {source}".encode(), "sha256").hex()[:32]


def callback_url(hooks: Hooks, source: str) -> str:
    """Our address for the hub of a source."""
    return f"{hooks.public_url}/websub/{source}/{callback_token(hooks, source)}"


def to_ask(store: Store, newsroom: Newsroom, now: datetime) -> Sequence[Subscription]:
    """The subscriptions to be asked for now; they count as asked, so that no other worker asks, too."""
    hooks, out = newsroom.hooks, []
    if not hooks.public_url:
        return ()
    with store.write() as tx:
        rows, known = tx.sources.rows(), tx.sources.subscriptions()
        for id_, feed in newsroom.sources.items():
            wanted = _wanted(feed, rows[id_].cursor, hooks) if id_ in rows else None
            if wanted is None or not due(known.get(id_), wanted, now):
                continue
            out.append(asked(known.get(id_), wanted, now))
            tx.sources.subscribe(out[-1])
    return out


def ask(store: Store, hooks: Hooks, subscription: Subscription) -> Generator[Request, Response, None]:
    """Ask the hub; it verifies later, by a request of its own."""
    form = {
        "hub.mode": "subscribe",
        "hub.topic": subscription.topic,
        "hub.callback": callback_url(hooks, subscription.source),
        "hub.lease_seconds": str(round(LEASE.total_seconds())),
        "hub.secret": _secret(hooks, subscription.source),
    }
    error = ""
    try:
        answer = yield Request(subscription.hub, form=form, max_bytes=10_000, truncate=True)
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP success
            error = f"the hub answered {answer.status}"
    except SourceError as trouble:
        error = str(trouble)
    if not error:
        log.info("hub.asked", source=subscription.source, hub=subscription.hub)
        return
    log.warning("hub.failed", source=subscription.source, hub=subscription.hub, detail=error)
    with store.write() as tx:
        current = tx.sources.subscriptions().get(subscription.source, subscription)
        tx.sources.subscribe(failed(current, error))


def verify(store: Store, source: str, query: Mapping[str, str], now: datetime) -> str | None:
    """Answer a hub that verifies or denies: the text to answer with, None for a wish that is not ours."""
    with store.write() as tx:
        known = tx.sources.subscriptions().get(source)
        if known is None or query.get("hub.topic") != known.topic:
            return None
        mode = query.get("hub.mode", "")
        if mode == "denied":
            reason = query.get("hub.reason", "")[:200] or "without a reason"
            tx.sources.subscribe(denied(known, reason, now))
            log.warning("hub.denied", source=source, hub=known.hub, detail=reason)
            return ""
        lease = query.get("hub.lease_seconds", "")
        if mode != "subscribe" or not query.get("hub.challenge") or known.state == "denied":
            return None
        seconds = int(lease[:9]) if lease.isdecimal() else round(LEASE.total_seconds())
        after = confirmed(known, seconds, now)
        tx.sources.subscribe(after)
    until = after.expires_at.isoformat() if after.expires_at else ""
    log.info("hub.verified", source=source, hub=known.hub, until=until)
    return query["hub.challenge"]


def authentic(hooks: Hooks, source: str, signature: str, body: bytes) -> bool:
    """Whether a push is from the hub that we gave our secret to."""
    return signed_by_hub(_secret(hooks, source), signature, body)


def _wanted(feed: Feed, cursor: Mapping[str, object], hooks: Hooks) -> Subscription | None:
    hub, topic = str(cursor.get("hub") or ""), str(cursor.get("topic") or "")
    if not hub or not topic or not getattr(feed.options, "websub", False):
        return None
    ours = sha256(callback_url(hooks, feed.id).encode()).hexdigest()[:16]
    return Subscription(feed.id, hub, topic, ours)


def _secret(hooks: Hooks, source: str) -> str:
    return hmac.digest(hooks.key, f"websub secret {source}".encode(), "sha256").hex()
