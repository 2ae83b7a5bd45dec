"""A subscription to a feed's hub: when it is asked, what its answers mean (W3C WebSub, read 2026-11-25)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.pacing import backoff

__all__ = ["LEASE", "Subscription", "asked", "confirmed", "denied", "due", "failed"]

LEASE = timedelta(days=10)
"""What we ask for; the hub decides."""
LONGEST = timedelta(days=90)
"""No hub is believed to push for longer without being asked again."""
UNANSWERED = timedelta(hours=1)
"""A hub that took our wish and never came to verify it is asked again after this, then ever more rarely."""
DENIED = timedelta(days=7)
RETRY_MAX = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One source's subscription. `state`: "asked", "verified" or "denied"; `next_at` when the hub is asked.

    `callback` tells one address of ours from another, without naming it: it is a secret.
    """

    source: str
    hub: str
    topic: str
    callback: str
    state: str = "asked"
    asked_at: datetime | None = None
    expires_at: datetime | None = None
    next_at: datetime | None = None
    tries: int = 0
    pushed_at: datetime | None = None
    error: str = ""


def due(known: Subscription | None, wanted: Subscription, now: datetime) -> bool:
    """Whether the hub that the feed names now is to be asked now."""
    if known is None or not _same(known, wanted):
        return True
    return known.next_at is None or known.next_at <= now


def asked(known: Subscription | None, wanted: Subscription, now: datetime) -> Subscription:
    """The hub is being asked. What was verified stays so until its lease ends."""
    base = known if known and _same(known, wanted) else wanted
    tries = base.tries + 1
    wait = backoff(tries, UNANSWERED, 2, RETRY_MAX, f"{wanted.source}:{wanted.topic}")
    return replace(base, asked_at=now, tries=tries, next_at=now + wait)


def failed(known: Subscription, error: str) -> Subscription:
    """The hub did not take the wish; it is asked again when `asked` said."""
    return replace(known, error=error)


def confirmed(known: Subscription, lease_seconds: int, now: datetime) -> Subscription:
    """The hub verified our wish: it pushes until the lease ends, and is asked again well before."""
    lease = min(timedelta(seconds=max(lease_seconds, 60)), LONGEST)
    again = now + lease - min(lease / 5, timedelta(days=1))
    return replace(known, state="verified", expires_at=now + lease, next_at=again, tries=0, error="")


def denied(known: Subscription, reason: str, now: datetime) -> Subscription:
    """The hub will not push; it is asked again in a week."""
    return replace(known, state="denied", expires_at=None, next_at=now + DENIED, error=reason)


def _same(one: Subscription, other: Subscription) -> bool:
    return (one.hub, one.topic, one.callback) == (other.hub, other.topic, other.callback)
