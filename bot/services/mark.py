"""The durable mark before a public call, or why there may be none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State, Work
from bot.domain.occasion import EDITION
from bot.domain.outcome import Step, released
from bot.domain.pacing import settle_delay
from bot.domain.post import Prepared
from bot.ports.newsroom import Account, Newsroom
from bot.ports.store import Store, Tx
from bot.services.blackout import in_force
from bot.services.edition import tells_withdrawn
from bot.services.forbid import forbidden
from bot.services.gates import closed_until
from bot.services.spend import charge_mending, charge_post

__all__ = ["mark", "stopped"]

PAUSED_LOOK = timedelta(minutes=15)
"""How long after a pause an unknown that it stopped may still wait: meanwhile it is looked at more rarely."""


def mark(
    store: Store,
    newsroom: Newsroom,
    delivery: Delivery,
    account: Account,
    prepared: Prepared,
    post: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Write the mark, and with it what the call will cost; False: nothing may be sent."""
    with store.write(first=True) as tx:
        tx.outbox.fence(_about(tx, delivery))
        if _told_anew(tx, delivery) or _tells_on(tx, delivery, post):
            return False
        article = tx.articles.get(delivery.article)
        if article and (forbidden(article, delivery) or _embargo(newsroom, delivery, article, now)):
            return False
        marked = tx.outbox.mark(
            delivery.id, delivery.lease_epoch, post=post, prepared=asdict(prepared), now=now
        )
        if marked and delivery.work is Work.POST:
            charge_post(tx, account, delivery, post, now)
        elif marked:
            charge_mending(tx, account, delivery, now)
    return marked


def _about(tx: Tx, delivery: Delivery) -> list[int]:
    """Its article, and those that an edition tells."""
    if not delivery.source.startswith(EDITION):
        return [delivery.article]
    row = tx.outbox.get(delivery.id)
    return [delivery.article, *(row.extra.get("members", ()) if row else ())]


def stopped(store: Store, newsroom: Newsroom, delivery: Delivery, now: datetime) -> Step:
    """The mark was refused: a pause, a blackout, an embargo, a withdrawal, the desk, or the lease ran out.

    Nothing of this try is public. What had been sent once already is not claimed as others are: a pause
    does not keep it from being looked at, so that it must wait by itself.
    """
    replay = delivery.first_committed_at is not None
    with store.read() as tx:
        article = tx.articles.get(delivery.article)
        held = tx.following.get(delivery.article).held_at
        opens = _embargo(newsroom, delivery, article, now) if article else None
        tells_on = _tells_on(tx, delivery, delivery.post or {})
    if tells_on and not replay:
        detail = (
            "the rest of the thread tells an article that was withdrawn: sharewire queue skip ends it here"
        )
        return released(Reason.WITHDRAWN, detail, now, State.HELD)
    if article and article.withdrawn_at and delivery.work is not Work.WITHDRAW and not replay:
        end = State.HELD if held else State.QUEUED if delivery.part else State.CANCELLED
        return released(Reason.WITHDRAWN, "its article was withdrawn", now, end)
    if article and forbidden(article, delivery):
        return released(Reason.FILTERED, article.skip, now, State.SKIPPED)
    if opens and not replay:
        return released(Reason.EMBARGO, f"not before {opens:%Y-%m-%d %H:%M} UTC", opens)
    looks = settle_delay(delivery.lease_epoch - 1, newsroom.policy.reconcile_after)
    wait = min(looks, PAUSED_LOOK) if replay else timedelta(0)
    blackout = in_force(newsroom, delivery.route, now) if delivery.work is Work.POST else None
    reason, why = (Reason.BLACKOUT, f" ({blackout.name})") if blackout else (Reason.PAUSE, "")
    return released(reason, f"stopped before it was sent{why}", now + wait)


def _told_anew(tx: Tx, delivery: Delivery) -> bool:
    """An edition that tells what was withdrawn since it was frozen is told without it."""
    if not delivery.source.startswith(EDITION) or delivery.part:
        return False
    row = tx.outbox.get(delivery.id)
    return row is not None and tells_withdrawn(tx, row)


def _tells_on(tx: Tx, delivery: Delivery, post: Mapping[str, Any]) -> bool:
    """Whether the parts of an edition that are not out yet tell what was withdrawn since.

    They cannot be told anew, for those before them stand. What only a part that stands tells is another
    matter, and told to a person; the rest goes on.
    """
    if not delivery.source.startswith(EDITION) or not delivery.part:
        return False
    row = tx.outbox.get(delivery.id)
    rest = [part["text"] for part in post.get("parts", ())[delivery.part :]]
    return row is not None and tells_withdrawn(tx, row, rest)


def _embargo(newsroom: Newsroom, delivery: Delivery, article: Article, now: datetime) -> datetime | None:
    """Until when its article may not be told, by what is known of it now, not when it was claimed."""
    return closed_until(newsroom, delivery, article, now) if delivery.work is Work.POST else None
