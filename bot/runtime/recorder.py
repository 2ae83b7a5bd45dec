"""Writes how polls ended: many in one transaction, for most bring nothing, and there are many."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog

from bot.ports.newsroom import Clock
from bot.ports.records import SourceRow
from bot.ports.store import Store, Tx
from bot.runtime.desk import Desk
from bot.services.health import tell_health

__all__ = ["GATHER", "Ended", "Recorder"]

log = structlog.get_logger(__name__)

GATHER = 0.02
"""Seconds that a poll's end waits for others to be written with it."""
TOGETHER = 50
"""Rows in one transaction: a share that comes due must not wait long for its turn to write."""
Ended = tuple[SourceRow, SourceRow]
"""A source's row as the poll found it, and as it left it."""


@dataclass(slots=True)
class Recorder:
    """Used from the poller's loop."""

    store: Store
    worker: str
    clock: Clock
    desk: Desk
    waiting: list[Ended] = field(default_factory=list)
    writing: asyncio.Task[None] | None = None

    async def record(self, before: SourceRow, after: SourceRow) -> None:
        """Remember a poll; back once it is written."""
        self.waiting.append((before, after))
        if self.writing is None or self.writing.done():
            self.writing = asyncio.create_task(self._write())
        # Not our own: whoever gives up waiting must not keep the others' from being written.
        await asyncio.shield(self.writing)

    def write(self, tx: Tx, ended: list[Ended]) -> None:
        """In the caller's transaction; what has become wrong with a source is told, or right again."""
        now = self.clock.now()
        kept = tx.sources.record_all([after for _, after in ended], self.worker)
        for before, after in ended:
            if after.id in kept:
                tell_health(tx, before, after, now)
            else:
                log.warning("source.lease_lost", source=after.id)

    async def _write(self) -> None:
        await asyncio.sleep(GATHER)
        while self.waiting:
            lot, self.waiting = self.waiting[:TOGETHER], self.waiting[TOGETHER:]
            await self.desk.run(self._lot, lot)

    def _lot(self, lot: list[Ended]) -> None:
        # What a power cut takes of it is asked for again: nothing that was taken in is written here.
        with self.store.write(lasting=False) as tx:
            self.write(tx, lot)
