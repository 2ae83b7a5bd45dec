"""Lets a pushed message in: signed with the source's secret, not too old, and not seen before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from bot.domain.signature import Signed, signed
from bot.ports.newsroom import Feed
from bot.ports.source import Harvest
from bot.ports.store import Store
from bot.services.pages import imprint

__all__ = ["admit", "believed", "has_been", "remember"]


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


def believed(store: Store, feed: Feed, harvest: Harvest) -> tuple[Harvest, bool]:
    """What is taken in of a push: of a source that can be asked, only news; whether it is to be asked now.

    A hub's message names no time: one that comes late, or that somebody sends again, would undo the edits
    made since. Where it shows what is known otherwise, the source's own word is asked for.
    """
    if not feed.options.asked:
        return harvest, False
    with store.read() as tx:
        known = tx.articles.sightings(feed.id, [entry.guid for entry in harvest.entries])
    news = tuple(each for each in harvest.entries if each.guid not in known)
    met = [each for each in harvest.entries if each.guid in known]
    return replace(harvest, entries=news), any(known[e.guid].content_hash != imprint(e) for e in met)


def _job(source: str, message: Signed) -> str:
    # The sender's name for it may be of any length, and two long ones may differ at their ends only.
    return f"push:{source}:{sha256(message.id.encode()).hexdigest()}"
