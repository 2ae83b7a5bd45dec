"""The outbox: claim, mark and complete, beside raw one-row commits on the same disk."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.article import Article
from bot.domain.delivery import Reason, State
from bot.domain.outcome import accepted, released
from bot.domain.post import Accepted
from bot.domain.slots import Place
from bot.ports.records import NewDelivery
from bot.ports.store import Store
from bot.storage.store import open_store
from tests.benchmarks.measure import Figure, per_call, turns

__all__ = ["AT", "cycle", "figures", "fill"]

AT = datetime(2026, 11, 24, tzinfo=UTC)
CYCLES, ROUNDS = 100, 9


def fill(store: Store, count: int, accounts: int = 1, first: int = 0) -> None:
    """So many articles, each with a queued delivery, spread over the accounts."""
    with store.write() as tx:
        tx.accounts.ensure({f"a{i}": () for i in range(accounts)})
        for n in range(first, first + count):
            link = f"https://news.example/{n}/"
            id_ = tx.articles.add(Article(0, "site", link, f"Article {n}", AT, AT), "", None)
            tx.outbox.add(
                NewDelivery(
                    article=id_,
                    account=f"a{n % accounts}",
                    occasion="new",
                    source="site",
                    route="all",
                    rule="all",
                    template="default",
                    schedule="",
                    timing="now",
                    urgent=True,
                    priority=0,
                    published_at=AT,
                    ready_at=AT,
                    expires_at=None,
                ),
                AT,
            )
        waiting = [row.id for i in range(accounts) for row in tx.outbox.waiting(f"a{i}")]
        tx.outbox.place([Place(id_, AT) for id_ in waiting], AT, timedelta(0))


def cycle(
    store: Store, accounts: Collection[str] = ("a0",), worker: str = "bench", *, marked: bool = True
) -> bool:
    """One delivery from claim to published, without the platform; False if nothing was to be had.

    Not `marked`: it is claimed and skipped, the two commits that a queue takes for a job.
    """
    with store.write(lasting=False) as tx:
        row = tx.outbox.claim(worker, accounts, AT + timedelta(days=1), timedelta(seconds=90))
    if row is None:
        return False
    step = released(Reason.FILTERED, "", AT, State.SKIPPED)
    if marked:
        with store.write() as tx:
            tx.outbox.fence([row.article])
            tx.outbox.mark(row.id, row.lease_epoch, post={"parts": []}, prepared={"parts": [{}]}, now=AT)
        step = accepted(row, Accepted({"id": str(row.id)}, "u"), 1)
    with store.write() as tx:
        tx.outbox.record(row.id, row.lease_epoch, step, AT)
    return True


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        raw = sqlite3.connect(Path(folder) / "raw.db", isolation_level=None)
        raw.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (id INTEGER PRIMARY KEY)"
        )
        store = open_store(f"sqlite:///{folder}/bench.db", create=True, migrate=True)
        fill(store, (ROUNDS + 1) * CYCLES)
        per_call(lambda: cycle(store), CYCLES)  # to warm up
        mine, theirs = turns(
            (lambda: cycle(store), CYCLES),
            (lambda: raw.execute("INSERT INTO t DEFAULT VALUES"), 500),
            rounds=ROUNDS,
        )
        store.close()
        raw.close()
    ratio = theirs / mine
    return [
        Figure(
            "outbox: claim + mark + complete, SQLite FULL",
            f"{1 / mine:.0f}/s",
            f"raw one-row commits {1 / theirs:.0f}/s",
            f"{ratio:.2f}",
            "≥ 0.2",
            ratio >= 0.2,
        )
    ]
