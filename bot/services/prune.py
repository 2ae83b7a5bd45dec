"""Forgets how old shares were tried and what exactly was sent; that they were, it never forgets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.domain.errors import UserError
from bot.ports.durations import format_duration
from bot.ports.records import Pruned
from bot.ports.store import Store

__all__ = ["YOUNGEST", "prune"]

log = structlog.get_logger(__name__)

YOUNGEST = timedelta(days=60)
"""Read-backs, edits and the month's budget ask for what is younger."""
LOT = 1000


def prune(
    store: Store,
    older_than: timedelta,
    now: datetime,
    *,
    really: bool = True,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Pruned:
    """Go through all shares that ended before then, a thousand a transaction; a worker may go on meanwhile.

    Raises:
        UserError: that is too young.
    """
    if older_than < YOUNGEST:
        raise UserError(
            f"--older-than: at least {format_duration(YOUNGEST)}; younger history is still asked for"
        )
    done = Pruned(0, 0, 0, 0)
    while True:
        with store.write() if really else store.read() as tx:
            lot = tx.outbox.prune(now - older_than, done.last, LOT, really=really)
        if not lot.rows:
            log.info("history.pruned", shares=done.rows, attempts=done.attempts, posts=done.posts)
            return done
        done = Pruned(lot.last, done.rows + lot.rows, done.attempts + lot.attempts, done.posts + lot.posts)
        progress(done.rows)
