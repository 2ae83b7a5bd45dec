"""What the core asks of the outbox: one row a delivery, from its birth to its end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from bot.domain.delivery import Delivery, Reason, State
from bot.domain.evergreen import Past
from bot.domain.slots import History, Place
from bot.ports.records import Attempt, NewDelivery, Pruned, Step

__all__ = ["EVER", "Outbox"]

EVER = datetime.min.replace(tzinfo=UTC)
"""Before all that there is."""


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
        limit: int | None = 1000,
        since: datetime | None = None,
    ) -> Sequence[Delivery]:
        """Live rows by due time, then final ones, newest first."""
        ...

    def counts(self) -> dict[State, int]: ...

    def overdue(self, now: datetime, after: timedelta) -> int: ...

    def told(self, account: str, routes: Collection[str], since: datetime) -> Sequence[Delivery]:
        """What went out on the account since then by these rules, or may have: newest first."""
        ...

    def unrepeated(self, routes: Collection[str], since: datetime) -> Sequence[Delivery]:
        """First shares by these routes that were proved out since then, and have no repeat."""
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

    def reword(self, delivery: int, wording: Mapping[str, Any] | None) -> bool:
        """Give a share that waits, nothing of it sent, words of its own; False: it does not wait any more."""
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

    def next_due(self, accounts: Collection[str], after: datetime = EVER) -> datetime | None:
        """The first time later than `after` at which a queued, awaiting or unknown row of theirs is due."""
        ...

    def claim_unknown(
        self, worker: str, accounts: Collection[str], now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Take an unknown whose `settle_at` has come to SENDING; its mark stands."""
        ...

    def renew(self, worker: str, lease: timedelta) -> int:
        """Lengthen every lease of the worker's that has not run out."""
        ...

    def fence(self, articles: Collection[int]) -> None:
        """Until the transaction ends nobody pauses, blacks out, withdraws or changes what these are about."""

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
