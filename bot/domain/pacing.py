"""How long to wait before trying again."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

__all__ = ["backoff", "settle_delay"]

JITTER = 0.2
LOOKS = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 900, 3600))


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
    """The wait before an unknown is looked at again: the first as configured, then from 30 s to an hour."""
    return LOOKS[min(looks, len(LOOKS)) - 1] if looks else reconcile_after
