"""What an account that left a share to a person waits for: that person, or only its platform's answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.delivery import Delivery, State, Work
from bot.domain.outcome import Policy
from bot.ports.newsroom import Account
from bot.ports.store import Tx

__all__ = ["PROBE_MAX", "left_to_a_person", "next_probe", "waiting", "waits_for_a_person"]

PROBE_MAX = timedelta(hours=1)


def left_to_a_person(tx: Tx, account: str) -> Sequence[Delivery]:
    """The account's shares that only a person can settle; a correction or a deletion holds up nothing."""
    rows = tx.outbox.list(states=(State.UNKNOWN,), account=account)
    return [row for row in rows if row.settle_at is None and row.work is Work.POST]


def waits_for_a_person(account: Account) -> bool:
    """Whether nothing else goes out on the account while it has such a share."""
    return account.options.on_unconfirmed == "wait"


def waiting(account: Account, delivery: Delivery) -> str:
    """What one left to a person holds up, in words; "" where it holds nothing up."""
    held_up = delivery.work is Work.POST and waits_for_a_person(account)
    return f"nothing else goes out on {account.id} until you have said" if held_up else ""


def next_probe(tx: Tx, delivery: Delivery, since: datetime, policy: Policy) -> datetime:
    """A while after `since`; twice as long for each other share left to a person since one last came through.

    A platform may answer every harmless question while it fails at publishing: where the account does not
    wait for a person, each answer lets one share try, and without this each try would be one more share in
    doubt, a minute after the last.
    """
    last = next(iter(tx.outbox.list(states=(State.PUBLISHED,), account=delivery.account, limit=1)), None)
    through = last.finalized_at if last else None
    doubts = [row for row in left_to_a_person(tx, delivery.account) if row.id != delivery.id]
    fresh = sum(not (through and row.committed_at and row.committed_at < through) for row in doubts)
    return since + min(policy.reconcile_after * (1 << min(fresh, 16)), PROBE_MAX)
