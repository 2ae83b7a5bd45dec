"""The outbox, put together: one class a concern, one row a delivery."""

from __future__ import annotations

from bot.storage.outbox_claim import Claiming
from bot.storage.outbox_order import Ordering
from bot.storage.outbox_plan import Planning
from bot.storage.outbox_prune import Pruning
from bot.storage.outbox_query import Querying
from bot.storage.outbox_record import Recording

__all__ = ["SqlOutbox"]


class SqlOutbox(Claiming, Recording, Planning, Ordering, Querying, Pruning):
    """`bot.ports.store.Outbox` over one connection."""
