"""What the core asks of its memory: one transaction, eight drawers.

`Store.read()` and `Store.write()` open one transaction each and yield a `Tx`; leaving the block commits,
an exception rolls back. On SQLite a write is BEGIN IMMEDIATE; on Postgres READ COMMITTED. All times are
aware UTC. `now` is the caller's clock; leases run by the database's own (SQLite: this machine's).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.domain.allowance import Allowance
from bot.domain.article import Article
from bot.domain.blackout import Window
from bot.domain.identity import Fingerprint
from bot.domain.websub import Subscription
from bot.ports.following import Following
from bot.ports.memory import Alerts, Spending, Workers
from bot.ports.outbox import Outbox
from bot.ports.records import (
    AccountRow,
    Awaits,
    Decision,
    Found,
    Known,
    Pause,
    Sighting,
    SourceRow,
)

__all__ = [
    "Accounts",
    "Alerts",
    "Articles",
    "Following",
    "Outbox",
    "Sources",
    "Spending",
    "Store",
    "Tx",
    "Workers",
]


class Sources(Protocol):
    def ensure(self, ids: Mapping[str, Collection[str]]) -> None:
        """A row for each id; a row under one of its former ids (`was`) is renamed, with all that names it."""

    def rows(self) -> dict[str, SourceRow]: ...

    def row(self, source: str) -> SourceRow: ...

    def due(self, now: datetime, *, forced: bool = False) -> list[str]:
        """What `claim_due` would find, the longest due first; leases nothing."""
        ...

    def claim_due(
        self, worker: str, ids: Collection[str], now: datetime, lease: timedelta, *, forced: bool = False
    ) -> list[SourceRow]:
        """Rows due by `next_poll_at` (None is due; all, if `forced`), nobody's lease standing; leased."""
        ...

    def record(self, row: SourceRow, worker: str) -> bool:
        """Write a poll's end and give the lease back; False if the lease had been lost (nothing written)."""
        ...

    def record_all(self, rows: Sequence[SourceRow], worker: str) -> set[str]:
        """As `record`, many; the ids of those whose lease had not been lost."""
        ...

    def lessees(self) -> set[str]:
        """Workers that hold a lease on a source."""
        ...

    def release(self, workers: Collection[str]) -> None:
        """Take back what dead workers hold."""

    def hurry(self, source: str, at: datetime) -> None:
        """Have it read at once, and once more if it is being read just now."""

    def subscriptions(self) -> dict[str, Subscription]:
        """How each source stands with its hub."""
        ...

    def subscribe(self, subscription: Subscription) -> None:
        """Write how a source stands with its hub."""

    def seed_pairs(self, pairs: Iterable[tuple[str, str]], at: datetime) -> None:
        """Baseline of each (source, account) that has none yet."""

    def not_ahead(self, now: datetime) -> None:
        """Nothing was met in the future: where the clock ran ahead, the first meeting counts as now."""

    def pairs(self, ids: Collection[str] | None = None) -> dict[tuple[str, str], datetime]:
        """When each account met each source; of these sources only."""
        ...


class Articles(Protocol):
    def hold(self) -> None:
        """Nobody else tells or adds articles until the transaction ends: two that meet one add it once."""

    def hits(self, fingerprints: Collection[Fingerprint]) -> dict[Fingerprint, int]: ...

    def known(self, ids: Collection[int]) -> dict[int, Known]: ...

    def sightings(self, source: str, guids: Collection[str]) -> dict[str, Sighting]: ...

    def add(self, article: Article, canonical_url: str, enrich_at: datetime | None) -> int:
        """A new article (its `id` is ignored), undecided; not decided while `enrich_at` is set."""
        ...

    def add_all(self, found: Sequence[Found]) -> list[int]:
        """As `add`, `link`, `sight` and `decide` of each: nobody has shown it before. Their numbers."""
        ...

    def change(self, article: Article, *, undecide: bool) -> None:
        """New content of a known article; `undecide` routing shall read it again."""

    def withdraw(self, article: int, at: datetime | None) -> None:
        """From now on nothing of it goes out but what takes it back; None: it may go out again."""

    def enrich_later(self, article: int, at: datetime | None) -> None: ...

    def to_enrich(self, now: datetime, limit: int, *, old: bool | None = None) -> list[Article]:
        """Whose page is to be asked for by now; `old`: of those that have been decided, or of the others."""
        ...

    def page_due(self, article: int) -> datetime | None:
        """When its page is asked for again, where the article waits for that; else None."""
        ...

    def link(self, article: int, fingerprints: Collection[Fingerprint]) -> None:
        """Fingerprints of an article; one that is another article's already stays there."""

    def sight(self, sighting: Sighting) -> None:
        """Insert or refresh; a source's first non-baseline sighting of a decided article undecides it."""

    def rename(self, source: str, article: int, guid: str) -> None:
        """A source shows an article under this guid from now on, and under none of those it had there."""

    def count_as_learnt(self, article: int, sources: Collection[str]) -> None:
        """What these showed of it was there before we started."""

    def merge(self, keep: int, drop: int) -> None:
        """Two that are one: fingerprints and sightings move, what `drop` still had waiting is skipped."""

    def forget_others(self, source: str, article: int, shown: Collection[str]) -> None:
        """What a source showed of an article under other guids than these is new, should it come again."""

    def get(self, article: int, *, held: bool = False) -> Article | None:
        """`held`: nobody else changes it until the end. It is held before its shares are, as in a mark."""
        ...

    def many(self, ids: Collection[int]) -> dict[int, Article]: ...

    def as_merged(self, ids: Collection[int]) -> dict[int, Article]: ...

    def latest(self, limit: int, source: str = "") -> list[Article]: ...

    def recent(self, source: str, since: datetime) -> list[Article]:
        """Those that a source was the first to show since then, as far as they were news; oldest first."""
        ...

    def learnt(self, source: str, since: datetime, limit: int) -> list[Article]:
        """Those that a source was the first to show since then as what was there before; oldest first."""
        ...

    def count_since(self, source: str, since: datetime) -> int:
        """How many a source was the first to show since then, as far as they were news."""
        ...

    def sources_of(self, article: int) -> dict[str, Sighting]:
        """By source, its first sighting that is not baseline, else its first."""
        ...

    def news_since(self, at: datetime, limit: int | None = None) -> list[Article]:
        """Articles first seen later than that which a source showed as news, the newest first."""

    def shown_by(self, sources: Collection[str]) -> Iterator[Article]:
        """Every article that one of these sources showed, the baseline too; read as it is gone through."""
        ...

    def awaits(self, now: datetime) -> Awaits:
        """Whether there is anything `to_enrich`, `to_look` or `undecided` by now."""
        ...

    def undecided(self, limit: int) -> list[int]:
        """Their numbers, the oldest first; none that still waits for its page."""
        ...

    def passed_over(self, pairs: Collection[tuple[str, str]], since: datetime) -> dict[int, tuple[str, ...]]:
        """Articles first seen since then, after source and account met, and decided without that account."""
        ...

    def decide(self, article: int, said: Sequence[Decision], at: datetime, *, whole: bool = True) -> None:
        """Set `decided_at` (if `whole`); append each decision that differs from its account's last."""

    def decisions(self, article: int) -> list[Decision]:
        """Oldest first."""
        ...

    def count(self, *, baseline: bool | None = None, source: str = "") -> int: ...

    def unrouted(self, since: datetime) -> int:
        """Articles decided since then, not baseline, that no route took to any account."""
        ...


class Accounts(Protocol):
    def ensure(self, ids: Mapping[str, Collection[str]]) -> None:
        """As Sources.ensure."""

    def rows(self) -> dict[str, AccountRow]: ...

    def lock(self, account: str) -> None:
        """Hold the account's row until the transaction ends."""

    def throttle(self, account: str, until: datetime | None, reason: str) -> None: ...

    def meter(self, account: str, allowances: Sequence[Allowance], now: datetime) -> None:
        """What the platform still allows; where that is nothing, the account waits until it allows more."""

    def probe(self, account: str, at: datetime | None, probes: int = 0) -> None: ...

    def identify(self, account: str, identity: Mapping[str, Any]) -> None: ...

    def pauses(self, now: datetime) -> list[Pause]:
        """Those in force."""
        ...

    def pause(self, pause: Pause) -> None:
        """Set or replace the pause of its scope."""

    def resume(self, scope: str) -> bool: ...

    def black_out(self, windows: Collection[Window]) -> None:
        """These, and no others, are the times in which nothing is published: claim and mark hold to them."""

    def load_token(self, account: str, name: str) -> bytes | None: ...

    def save_token(self, account: str, name: str, sealed: bytes, at: datetime) -> None: ...


class Tx(Protocol):
    sources: Sources
    articles: Articles
    outbox: Outbox
    accounts: Accounts
    following: Following
    workers: Workers
    alerts: Alerts
    spending: Spending


class Store(Protocol):
    def read(self) -> AbstractContextManager[Tx]: ...

    def write(self, *, lasting: bool = True, first: bool = False) -> AbstractContextManager[Tx]:
        """`lasting=False`: a claim or a lease, which a power cut may undo, for it ends whoever made it, too;
        on SQLite it is not waited for until it is on disk. On Postgres, where workers outlive the database's
        machine, it makes no difference. `first`: a share's time has come; on SQLite, where one writes at a
        time, it goes before all that can wait.
        """
        ...

    def enlist(self, worker: str, wait: timedelta = timedelta(seconds=5)) -> None:
        """Take the worker's lock for as long as this store is open.

        Raises:
            UserError: on SQLite another worker lives and did not end within `wait`.
        """

    def alone(self, wait: timedelta = timedelta(0)) -> None:
        """Keep every worker out for as long as this store is open.

        Raises:
            UserError: one lives and did not end within `wait`.
        """

    def dead(self, workers: Collection[str]) -> set[str]:
        """Which of these are proved dead: their lock is free. (SQLite: once enlisted, all but ourselves.)"""
        ...

    def close(self) -> None: ...
