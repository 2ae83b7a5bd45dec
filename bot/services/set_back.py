"""After this machine's clock was set back: nothing waits for a time that the clock before wrote down."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.ports.newsroom import Newsroom
from bot.ports.store import Store
from bot.services.place import place_all

__all__ = ["set_back"]

log = structlog.get_logger(__name__)


def set_back(store: Store, newsroom: Newsroom, by: timedelta, now: datetime) -> None:
    """Retries, looks, throttles and probes come `by` earlier, and so do the marks of what is unknown.

    On Postgres other machines' clocks may have been right all along: what they wrote comes too early, which
    costs a try or a look more, and makes no difference to what is proved.
    """
    log.warning("clock.set_back", seconds=round(by.total_seconds()))
    with store.write() as tx:
        tx.outbox.set_back(by, now)
        tx.sources.not_ahead(now)
        for id_, row in tx.accounts.rows().items():
            if row.probe_at is not None and row.probe_at > now:
                tx.accounts.probe(id_, row.probe_at - by, row.probes)
            if row.throttled_until is not None and row.throttled_until > now:
                tx.accounts.throttle(id_, row.throttled_until - by, row.throttle_reason)
        place_all(tx, newsroom, newsroom.accounts, now)
