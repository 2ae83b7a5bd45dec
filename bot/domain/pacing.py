"""How long to wait before trying again."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

__all__ = ["backoff", "settle_delay"]

JITTER = 0.2
LOOKS = (1, 0.5, 1, 2, 5, 15, 60)
"""The waits before looks at an unknown, in multiples of `reconcile_after`."""


def backoff(attempt: int, first: timedelta, factor: float, maximum: timedelta, key: str) -> timedelta:
    """The wait after failed try number `attempt` (from 1): growing, ±20 % by `key`, never over `maximum`.

    The jitter is a function of its arguments: a plan that is made twice says the same.
    """
    most = maximum / (1 + JITTER)
    wait = min(first, most)
    for _ in range(attempt - 1):
        if wait >= most:
            break
        wait = min(wait * factor, most)
    share = int.from_bytes(sha256(f"{key}:{attempt}".encode()).digest()[:4]) / 2**32
    return wait * (1 - JITTER + 2 * JITTER * share)


def settle_delay(looks: int, reconcile_after: timedelta) -> timedelta:
    """The wait before an unknown is looked at again, after `looks` looks: with 60 s from 30 s to an hour."""
    return reconcile_after * LOOKS[min(looks, len(LOOKS) - 1)]
