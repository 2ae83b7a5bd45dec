"""How long an account that left a share to a person waits before its platform is asked how it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.delivery import Delivery, State
from bot.domain.outcome import Policy
from bot.ports.store import Tx

__all__ = ["PROBE_MAX", "next_probe"]

PROBE_MAX = timedelta(hours=1)


def next_probe(tx: Tx, delivery: Delivery, since: datetime, policy: Policy) -> datetime:
    """A while after `since`; twice as long for each other share left to a person since one last came through.

    A platform may answer every harmless question while it fails at publishing: each answer lets one share
    try, and without this each try would be one more share in doubt, a minute after the last.
    """
    last = next(iter(tx.outbox.list(states=(State.PUBLISHED,), account=delivery.account, limit=1)), None)
    through = last.finalized_at if last else None
    doubts = [
        row
        for row in tx.outbox.list(states=(State.UNKNOWN,), account=delivery.account)
        if row.id != delivery.id and row.settle_at is None
    ]
    fresh = sum(not (through and row.committed_at and row.committed_at < through) for row in doubts)
    return since + min(policy.reconcile_after * (1 << min(fresh, 16)), PROBE_MAX)
