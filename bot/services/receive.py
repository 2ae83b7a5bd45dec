"""Lets a pushed message in: signed with the source's secret, not too old, and not seen before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from bot.domain.signature import Signed, signed
from bot.ports.newsroom import Feed
from bot.ports.store import Store

__all__ = ["admit", "has_been", "remember"]


def admit(feed: Feed, headers: Mapping[str, str], body: bytes, now: datetime) -> Signed | None:
    """The message as signed; None where the source takes no pushes.

    Raises:
        Refused: it is not signed with the source's secret, or too old.
    """
    secret = feed.options.hook_secret.get_secret_value()
    return signed(secret, headers, body, now) if secret else None


def has_been(store: Store, source: str, message: Signed) -> bool:
    """Whether this very message was taken in before: a sender that heard no answer sends it again."""
    if not message.id or message.at is None:
        return False
    with store.read() as tx:
        return tx.workers.ticked(_job(source, message), message.at)


def remember(store: Store, source: str, message: Signed, worker: str) -> None:
    """It has been taken in: a replay does nothing."""
    if message.id and message.at is not None:
        with store.write() as tx:
            tx.workers.tick(_job(source, message), message.at, worker)


def _job(source: str, message: Signed) -> str:
    # The sender's name for it may be of any length, and two long ones may differ at their ends only.
    return f"push:{source}:{sha256(message.id.encode()).hexdigest()}"
