"""Short words for what the store's tests do over and over: articles and shares, claimed, marked, recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.outcome import Step, accepted, still_unknown
from bot.domain.post import Accepted
from bot.domain.slots import Place
from bot.ports.records import Attempt, NewDelivery, Pause
from bot.storage.store import SqlStore

__all__ = ["LEASE", "LOST", "NOW", "PREPARED", "StoreDesk", "an_article", "at_once", "later"]

NOW = datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=UTC)
LEASE = timedelta(seconds=90)
LOST = timedelta(seconds=-1)
"""A lease that has run out when it is given."""
PREPARED = {"parts": [{"text": "first"}, {"text": "second"}], "notes": []}


def later(**delta: float) -> datetime:
    return NOW + timedelta(**delta)


def an_article(title: str = "A title", **more: Any) -> Article:
    values: dict[str, Any] = {
        "id": 0,
        "source": "site",
        "url": f"https://news.example/{title}",
        "first_seen_at": NOW,
        "changed_at": NOW,
    }
    return Article(title=title, **values | more)


class StoreDesk:
    """One transaction a word; everything at NOW unless said otherwise."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.worker = "w1"
        self._titles = 0

    def article(self, **more: Any) -> int:
        self._titles += 1
        with self.store.write() as tx:
            return tx.articles.add(an_article(f"article {self._titles}", **more), "", None)

    def new(self, account: str = "fedi", **more: Any) -> NewDelivery:
        values: dict[str, Any] = {
            "article": more.pop("article", None) or self.article(),
            "account": account,
            "occasion": "new",
            "source": "site",
            "route": "all",
            "rule": "all of it",
            "template": "default",
            "schedule": "",
            "timing": "now",
            "urgent": False,
            "priority": 0,
            "published_at": NOW,
            "ready_at": NOW,
            "expires_at": None,
        }
        return NewDelivery(**values | more)

    def share(self, account: str = "fedi", *, due: datetime | None = NOW, **more: Any) -> int:
        """A delivery, in its place."""
        new = self.new(account, **more)
        with self.store.write() as tx:
            id_ = tx.outbox.add(new, NOW)
            assert id_ is not None
            tx.outbox.place([Place(id_, due)], NOW, timedelta(minutes=1))
        return id_

    def claim(
        self, *accounts: str, now: datetime = NOW, lease: timedelta = LEASE, worker: str = ""
    ) -> Delivery | None:
        with self.store.write() as tx:
            return tx.outbox.claim(worker or self.worker, accounts or ("fedi",), now, lease)

    def claimed(self, *accounts: str, **more: Any) -> Delivery:
        row = self.claim(*accounts, **more)
        assert row is not None
        return row

    def settle(self, *, now: datetime, lease: timedelta = LEASE, worker: str = "") -> Delivery | None:
        with self.store.write() as tx:
            return tx.outbox.claim_unknown(worker or self.worker, ("fedi",), now, lease)

    def mark(
        self, row: Delivery, now: datetime = NOW, prepared: Mapping[str, Any] | None = None, **post: Any
    ) -> bool:
        with self.store.write() as tx:
            frozen = PREPARED if prepared is None else prepared
            return tx.outbox.mark(row.id, row.lease_epoch, post=post, prepared=frozen, now=now)

    def record(self, row: Delivery, step: Step, now: datetime = NOW) -> bool:
        with self.store.write() as tx:
            return tx.outbox.record(row.id, row.lease_epoch, step, now)

    def accept(self, row: Delivery, id_: str = "1", *, parts: int = 1, now: datetime = NOW) -> bool:
        answer = Accepted({"id": id_}, f"https://fedi.example/{id_}")
        return self.record(row, accepted(row, answer, parts), now)

    def published(self, account: str = "fedi", id_: str = "1", now: datetime = NOW, **more: Any) -> int:
        """A share that went out."""
        share = self.share(account, due=now, **more)
        row = self.claimed(account, now=now)
        assert self.mark(row, now)
        assert self.accept(row, id_, now=now)
        return share

    def unknown(self, *, settle_at: datetime | None, absent_reads: int = 0, **more: Any) -> int:
        """A share that was sent, and nobody knows."""
        share = self.share(**more)
        row = self.claimed()
        assert self.mark(row)
        assert self.record(row, still_unknown("ambiguous", "reset", settle_at, absent_reads=absent_reads))
        return share

    def recover(self, *dead: str, now: datetime = NOW) -> list[Delivery]:
        with self.store.write() as tx:
            return list(tx.outbox.recover(dead, now, timedelta(seconds=60)))

    def move(self, share: int, to: State, **more: Any) -> Delivery:
        with self.store.write() as tx:
            return tx.outbox.move(share, to, more.pop("reason", Reason.PERSON), **{"at": NOW} | more)

    def row(self, share: int) -> Delivery:
        with self.store.read() as tx:
            row = tx.outbox.get(share)
        assert row is not None
        return row

    def tries(self, share: int) -> list[Attempt]:
        with self.store.read() as tx:
            return list(tx.outbox.attempts(share))

    def pause(self, scope: str, until: datetime | None = None) -> None:
        with self.store.write() as tx:
            tx.accounts.pause(Pause(scope, NOW, until, "a test", "person"))


def at_once(runs: Sequence[Callable[[], object]]) -> None:
    """Run each in a thread of its own, and raise what any of them raised."""
    with ThreadPoolExecutor(len(runs)) as threads:
        for done in [threads.submit(run) for run in runs]:
            done.result()
