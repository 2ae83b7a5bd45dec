"""Forgets what nobody asks of old shares: how they were tried, and the bytes that were sent."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.delivery import State
from bot.ports.records import Pruned
from bot.storage.drawer import Drawer
from bot.storage.outbox_tables import attempts, deliveries
from bot.storage.schema import among

__all__ = ["Pruning"]

_c = deliveries.c
_frozen = _c.post.is_not(None) | _c.prepared.is_not(None)
_whole = among(_c.state, State.PUBLISHED) | (_c.part == 0)
"""Of a thread that broke off the rest may still be asked for, as it was frozen."""


class Pruning(Drawer):
    def prune(self, before: datetime, after: int, limit: int, *, really: bool = True) -> Pruned:
        """Of final rows that ended before then: attempts and frozen posts. The rows themselves stay.

        They are what keeps an occasion from happening twice, and their refs tell own posts from others.
        """
        ended = sa.select(_c.id).where(_c.id > after, _c.finalized_at < before).order_by(_c.id).limit(limit)
        ids = list(self.connection.scalars(ended))
        if not ids:
            return Pruned(after, 0, 0, 0)
        tries = attempts.c.delivery.in_(ids) & attempts.c.late_at.is_(None)
        posts = _c.id.in_(ids) & _frozen & _whole
        if really:
            nothing = dict.fromkeys(("post", "prepared", "pending"), sa.null())
            gone = self.connection.execute(sa.delete(attempts).where(tries)).rowcount
            emptied = self.connection.execute(sa.update(deliveries).where(posts).values(nothing)).rowcount
        else:
            gone = self._count(attempts, tries)
            emptied = self._count(deliveries, posts)
        return Pruned(ids[-1], len(ids), gone, emptied)

    def _count(self, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
        number = sa.select(sa.func.count()).select_from(table).where(which)
        return int(self.connection.execute(number).scalar_one())
