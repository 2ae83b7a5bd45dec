"""Takes a database into use that says it is another one's: of the other mode, moved away, half a copy."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.domain.delivery import State
from bot.ports.facts import ADOPTED, MODE, MOVED, UNFINISHED
from bot.ports.store import Store, Tx

__all__ = ["adopt", "meaning"]

log = structlog.get_logger(__name__)


def meaning(store: Store, mode: str) -> list[str]:
    """What it would mean, a sentence each; none if there is nothing to adopt."""
    with store.read() as tx:
        before, moved, unfinished = tx.workers.get(MODE), tx.workers.get(MOVED), tx.workers.get(UNFINISHED)
        counts = tx.outbox.counts()
    lines = []
    if moved:
        lines.append(
            f"This database was moved to {moved['to']} on {moved['at'][:10]}: "
            "what was shared from there since is not known here and would be shared again."
        )
    if unfinished:
        lines.append(
            f"This database is an unfinished copy of {unfinished}: what it lacks would be shared again."
        )
    if before not in (None, mode):
        waiting = sum(counts.get(state, 0) for state in (State.QUEUED, State.HELD, State.AWAITING))
        lines.append(
            f"This database is of {before} mode and becomes one of {mode} mode: "
            f"its {waiting} waiting shares would go out {'for real' if mode == 'live' else 'as files'}, "
            f"its {counts.get(State.PUBLISHED, 0)} published ones count as published."
        )
    return lines


def adopt(store: Store, mode: str, now: datetime) -> None:
    """Of this mode from now on, and in use here; what it was is remembered."""
    with store.write() as tx:
        before = {name: tx.workers.get(name) for name in (MODE, MOVED, UNFINISHED)}
        tx.workers.set(MODE, mode)
        _forget(tx, MOVED, UNFINISHED)
        tx.workers.set(ADOPTED, before | {"at": now.isoformat()})
    log.warning("database.adopted", before=before[MODE], mode=mode)


def _forget(tx: Tx, *facts: str) -> None:
    for fact in facts:
        tx.workers.set(fact, None)
