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
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.evergreen import Past
from bot.domain.identity import Fingerprint
from bot.domain.slots import History, Place
from bot.domain.websub import Subscription
from bot.ports.following import Following
from bot.ports.memory import Alerts, Spending, Workers
from bot.ports.records import (
    AccountRow,
    Attempt,
    Decision,
    Known,
    NewDelivery,
    Pause,
    Pruned,
    Sighting,
    SourceRow,
    Step,
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

    def claim_due(
        self, worker: str, ids: Collection[str], now: datetime, lease: timedelta, *, forced: bool = False
    ) -> list[SourceRow]:
        """Rows due by `next_poll_at` (None is due; all, if `forced`), nobody's lease standing; leased."""
        ...

    def record(self, row: SourceRow, worker: str) -> bool:
        """Write a poll's end and give the lease back; False if the lease had been lost (nothing written)."""
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

    def pairs(self) -> dict[tuple[str, str], datetime]: ...


class Articles(Protocol):
    def hold(self) -> None:
        """Nobody else tells or adds articles until the transaction ends: two that meet one add it once."""

    def hits(self, fingerprints: Collection[Fingerprint]) -> dict[Fingerprint, int]: ...

    def known(self, ids: Collection[int]) -> dict[int, Known]: ...

    def sightings(self, source: str, guids: Collection[str]) -> dict[str, Sighting]: ...

    def add(self, article: Article, canonical_url: str, enrich_at: datetime | None) -> int:
        """A new article (its `id` is ignored), undecided; not decided while `enrich_at` is set."""
        ...

    def change(self, article: Article, *, undecide: bool) -> None:
        """New content of a known article; `undecide` routing shall read it again."""

    def withdraw(self, article: int, at: datetime | None) -> None:
        """From now on nothing of it goes out but what takes it back; None: it may go out again."""

    def enrich_later(self, article: int, at: datetime | None) -> None: ...

    def to_enrich(self, now: datetime, limit: int) -> list[Article]: ...

    def link(self, article: int, fingerprints: Collection[Fingerprint]) -> None:
        """Fingerprints of an article; one that is another article's already stays there."""

    def sight(self, sighting: Sighting) -> None:
        """Insert or refresh; a source's first non-baseline sighting of a decided article undecides it."""

    def merge(self, keep: int, drop: int) -> None:
        """Two that are one: fingerprints and sightings move, what `drop` still had waiting is skipped."""

    def get(self, article: int) -> Article | None: ...

    def many(self, ids: Collection[int]) -> dict[int, Article]: ...

    def as_merged(self, ids: Collection[int]) -> dict[int, Article]: ...

    def latest(self, limit: int, source: str = "") -> list[Article]: ...

    def recent(self, source: str, since: datetime) -> list[Article]:
        """Those that a source was the first to show since then, as far as they were news; oldest first."""
        ...

    def sources_of(self, article: int) -> dict[str, Sighting]:
        """By source, its first sighting that is not baseline, else its first."""
        ...

    def news_since(self, at: datetime) -> list[Article]:
        """Articles first seen later than that which a source showed as news, the newest first."""

    def shown_by(self, sources: Collection[str]) -> Iterator[Article]:
        """Every article that one of these sources showed, the baseline too; read as it is gone through."""
        ...

    def undecided(self, limit: int) -> list[Article]: ...

    def passed_over(self, pairs: Collection[tuple[str, str]], since: datetime) -> dict[int, tuple[str, ...]]:
        """Articles first seen since then, after source and account met, and decided without that account."""
        ...

    def decide(self, article: int, said: Sequence[Decision], at: datetime, *, whole: bool = True) -> None:
        """Set `decided_at` (if `whole`); append each decision that differs from its account's last."""

    def decisions(self, article: int) -> list[Decision]:
        """Oldest first."""
        ...

    def count(self, *, baseline: bool | None = None, source: str = "") -> int: ...

    def per_day(self, since: datetime) -> dict[str, int]:
        """By source, articles first seen since then that were not baseline."""
        ...

    def unrouted(self, since: datetime) -> int:
        """Articles decided since then, not baseline, that no route took to any account."""
        ...


class Outbox(Protocol):
    def add(self, new: NewDelivery, at: datetime) -> int | None:
        """A row with a new idempotency key; None if (article, account, occasion) has one already."""
        ...

    def change(self, delivery: int, new: NewDelivery) -> bool:
        """Routing again for a row not begun and neither held nor moved by a person; its key and age stay."""
        ...

    def get(self, delivery: int) -> Delivery | None: ...

    def of_article(self, article: int) -> Sequence[Delivery]: ...

    def list(
        self,
        *,
        states: Collection[State] = (),
        account: str = "",
        limit: int = 1000,
        since: datetime | None = None,
    ) -> Sequence[Delivery]:
        """Live rows by due time, then final ones, newest first."""
        ...

    def counts(self) -> dict[State, int]: ...

    def overdue(self, now: datetime, after: timedelta) -> int: ...

    def told(self, account: str, routes: Collection[str], since: datetime) -> Sequence[Delivery]:
        """What went out on the account since then by these rules, or may have: newest first."""
        ...

    def freeze(self, delivery: int, epoch: int, extra: Mapping[str, Any]) -> bool:
        """Keep values on a row that is ours, beside those there; False: the lease was lost."""
        ...

    def past(self, account: str, articles: Collection[int]) -> dict[int, Past]:
        """What the account had of these articles; none of one it never had anything of."""
        ...

    def attempts(self, delivery: int) -> Sequence[Attempt]: ...

    def move(
        self,
        delivery: int,
        to: State,
        reason: Reason,
        *,
        at: datetime,
        detail: str = "",
        url: str = "",
        ref: Mapping[str, Any] | None = None,
        due_at: datetime | None = None,
        pin: bool = False,
    ) -> Delivery:
        """A person's or a policy's order, never of a row that is being sent. `ref`: what was found of it.

        Queued anew: attempts, mark and settling start over, parts already accepted stay.

        Raises:
            MoveError: the move is not declared, the row is being sent, or a sent part forbids it.
        """
        ...

    def rename_route(self, new: str, former: Collection[str]) -> None:
        """What waits, and a pause, goes on under the route's new name; what is over keeps the old one."""

    def waiting(self, account: str) -> Sequence[Delivery]:
        """Queued rows no worker has begun: the projection's input."""
        ...

    def history(self, account: str, since: datetime) -> History: ...

    def place(self, places: Iterable[Place], now: datetime, grace: timedelta) -> int:
        """Write due times and slots; a row that loses a place whose time passed more than `grace` ago is
        remembered as late (its age then makes it `missed`, not `no_room`). Returns the rows changed.
        """
        ...

    def rename(self, old: str, new: str) -> int:
        """A route, or another rule, is called otherwise now: so are its shares that are not over."""

    def expire(self, now: datetime) -> Sequence[Delivery]:
        """Rows past their age, held or queued with nothing sent: `missed`, or `skipped: no_room` for those
        that never lost a place of theirs. Returns them as they are now.
        """
        ...

    def set_back(self, by: timedelta, now: datetime) -> None:
        """The clock was set back: times of ours that lie ahead come `by` earlier, and unknown rows' marks."""

    def claim(
        self, worker: str, accounts: Collection[str], now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Take the next due row to SENDING and open its attempt.

        Of `accounts` only; none whose account or route is paused, throttled, being probed, already sending,
        or has an unknown still to be settled by itself; none that a blackout stands against. Urgent first,
        then by due time.
        """
        ...

    def next_due(self, accounts: Collection[str]) -> datetime | None:
        """When the next queued, awaiting or unknown row of these accounts has its time."""
        ...

    def claim_unknown(
        self, worker: str, accounts: Collection[str], now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Take an unknown whose `settle_at` has come to SENDING; its mark stands."""
        ...

    def renew(self, worker: str, lease: timedelta) -> int:
        """Lengthen every lease of the worker's that has not run out."""
        ...

    def mark(
        self,
        delivery: int,
        epoch: int,
        *,
        post: Mapping[str, Any],
        prepared: Mapping[str, Any],
        now: datetime,
    ) -> bool:
        """The durable mark before the public call; False: no call may be made (lease lost, or stopped)."""
        ...

    def record(self, delivery: int, epoch: int, step: Step, now: datetime) -> bool:
        """Write a step, fenced. False: the lease was lost, the step stands on our attempt only."""
        ...

    def recover(self, dead: Collection[str], now: datetime, settle_after: timedelta) -> Sequence[Delivery]:
        """Rows being sent whose lease has run out, or whose owner is dead: no mark → queued, due at once;
        a mark → unknown, `settle_at` = mark + settle_after. An attempt that says `accepted` for the part
        under way is believed first (late evidence). Returns the rows as they are now.
        """
        ...

    def owners(self) -> set[str]:
        """Workers that hold a lease, or whose open attempt stands on an unknown row."""
        ...

    def refs_of(self, account: str, since: datetime) -> set[str]:
        """`ref["id"]` of every part of the account's accepted since then, by whatever delivery."""
        ...

    def prune(self, before: datetime, after: int, limit: int, *, really: bool = True) -> Pruned:
        """So many rows after the number `after` that ended before then: attempts and frozen posts go."""
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

    def write(self, *, lasting: bool = True) -> AbstractContextManager[Tx]:
        """`lasting=False`: a claim or a lease, which a power cut may undo, for it ends whoever made it, too;
        on SQLite it is not waited for until it is on disk. On Postgres, where workers outlive the database's
        machine, it makes no difference.
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
