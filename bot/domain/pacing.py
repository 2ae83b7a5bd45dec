"""How long to wait before trying again."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

__all__ = ["backoff", "settle_delay"]

JITTER = 0.2
LOOKS = (
    timedelta(0),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
)


def backoff(attempt: int, first: timedelta, factor: float, maximum: timedelta, key: str) -> timedelta:
    """The wait after failed try number `attempt` (from 1): growing, capped, ±20 % by `key`.

    The jitter is a function of its arguments: a plan that is made twice says the same.
    """
    exponent = min(attempt - 1, 60)
    wait = min(first * factor**exponent if factor**exponent < 1e9 else maximum, maximum)  # noqa: PLR2004
    share = int.from_bytes(sha256(f"{key}:{attempt}".encode()).digest()[:4]) / 2**32
    return wait * (1 - JITTER + 2 * JITTER * share)


def settle_delay(looks: int, reconcile_after: timedelta) -> timedelta:
    """The wait before an unknown is looked at again, after `looks` looks: from 30 s up to an hour."""
    return LOOKS[min(looks, len(LOOKS) - 1)] or reconcile_after
