"""Taking rows to send: the claim, its lease, and the mark before the public call."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.domain.delivery import Delivery, State
from bot.ports.outbox import EVER
from bot.storage.delivery_rows import (
    NOW,
    READ,
    accepted_already,
    blacked_out,
    delivery_of,
    paused,
    withdrawn,
)
from bot.storage.drawer import Drawer
from bot.storage.locks import STOPS
from bot.storage.outbox_tables import attempts, deliveries
from bot.storage.prepared import IDLE, Prepared
from bot.storage.schema import among
from bot.storage.tables import accounts, articles
from bot.storage.types import Json, Names, Utc, Words, db_clock, one_of

__all__ = ["Claiming", "opened"]

_c = deliveries.c
_row = deliveries.alias("d")
_other = deliveries.alias("o")
_theirs = sa.bindparam("b_accounts", type_=Names())
_lease = db_clock(sa.bindparam("b_lease", type_=sa.Float))
_at_work = sa.select(_other.c.account).where(among(_other.c.state, State.SENDING))
_unsettled = sa.select(_other.c.account).where(
    among(_other.c.state, State.UNKNOWN), _other.c.settle_at.is_not(None)
)
_unwell = sa.select(accounts.c.id).where(
    (accounts.c.throttled_until > NOW) | accounts.c.probe_at.is_not(None)
)


def opened(row: Mapping[str, sa.ColumnElement[Any]]) -> sa.Insert:
    """One more try at the part under way; there is no other open one."""
    number = sa.select(sa.func.coalesce(sa.func.max(attempts.c.number), 0) + 1).where(
        attempts.c.delivery == row["id"]
    )
    values = {
        "delivery": row["id"],
        "number": number.scalar_subquery(),
        "part": row["part"],
        "worker": sa.bindparam("b_worker", type_=Words()),
        "epoch": row["lease_epoch"],
        "started_at": NOW,
    }
    return sa.insert(attempts).from_select(list(values), sa.select(*values.values()), include_defaults=False)


def _mark_attempt(row: Mapping[str, sa.ColumnElement[Any]]) -> sa.Update:
    its = attempts.c.delivery == sa.select(row["id"]).scalar_subquery()
    return sa.update(attempts).where(its, attempts.c.finished_at.is_(None)).values(committed_at=NOW)


def _take(next_one: sa.Select[tuple[int]], *states: State) -> Prepared:
    """Claim the one row; the state is asked again outside, or two Postgres workers may take the same."""
    locked = next_one.limit(1).with_for_update(of=_row, skip_locked=True)
    return Prepared(
        sa.update(deliveries)
        .where(_c.id == locked.scalar_subquery(), among(_c.state, *states))
        .values(
            state=State.SENDING,
            lease_owner=sa.bindparam("b_worker"),
            lease_epoch=_c.lease_epoch + 1,
            lease_expires_at=_lease,
            begun_at=sa.func.coalesce(_c.begun_at, NOW),
        )
        .returning(*READ),
        opened,
    )


CLAIM = _take(
    sa.select(_row.c.id)
    .where(
        among(_row.c.state, State.QUEUED, State.AWAITING),
        _row.c.due_at <= NOW,
        one_of(_row.c.account, _theirs),
        _row.c.account.not_in(_at_work),
        _row.c.account.not_in(_unsettled),
        _row.c.account.not_in(_unwell),
        ~paused(_row),
        ~blacked_out(_row),
        ~withdrawn(_row),
    )
    .order_by(_row.c.rank, _row.c.due_at, _row.c.id),
    State.QUEUED,
    State.AWAITING,
)
CLAIM_UNKNOWN = _take(
    sa.select(_row.c.id)
    .where(
        among(_row.c.state, State.UNKNOWN),
        _row.c.settle_at <= NOW,
        one_of(_row.c.account, _theirs),
        _row.c.account.not_in(_at_work),
    )
    .order_by(_row.c.settle_at, _row.c.id),
    State.UNKNOWN,
)
# What is frozen once stays: a replay sends the same bytes.
MARK = Prepared(
    sa.update(deliveries)
    .where(
        _c.id == sa.bindparam("b_id"),
        among(_c.state, State.SENDING),
        _c.lease_epoch == sa.bindparam("b_epoch"),
        _c.lease_expires_at > db_clock(),
        ~paused(deliveries),
        ~blacked_out(deliveries),
        ~withdrawn(deliveries),
        ~accepted_already(deliveries),
    )
    .values(
        committed_at=NOW,
        first_committed_at=sa.func.coalesce(_c.first_committed_at, NOW),
        prepared=sa.func.coalesce(_c.prepared, sa.bindparam("b_prepared", type_=Json)),
        post=sa.func.coalesce(_c.post, sa.bindparam("b_post", type_=Json)),
        absent_reads=0,
    )
    .returning(_c.id),
    _mark_attempt,
)
STAY = (
    sa.select(articles.c.id, sa.func.pg_advisory_xact_lock_shared(STOPS))
    .where(articles.c.id.in_(sa.bindparam("b_ids", expanding=True)))
    .order_by(articles.c.id)
    .with_for_update(read=True)
)
RENEW = Prepared(
    sa.update(deliveries)
    .where(
        among(_c.state, State.SENDING),
        _c.lease_owner == sa.bindparam("b_worker"),
        _c.lease_expires_at > db_clock(),
    )
    .values(lease_expires_at=_lease)
)
_after = sa.bindparam("b_after", type_=Utc())
_sends = sa.select(sa.func.min(_c.due_at)).where(
    among(_c.state, State.QUEUED, State.AWAITING), one_of(_c.account, _theirs), _c.due_at > _after
)
_settles = sa.select(sa.func.min(_c.settle_at)).where(
    among(_c.state, State.UNKNOWN), one_of(_c.account, _theirs), _c.settle_at > _after
)
NEXT = Prepared(
    sa.select(_sends.scalar_subquery().label("sends"), _settles.scalar_subquery().label("settles"))
)


class Claiming(Drawer):
    def claim(
        self, worker: str, accounts: Collection[str], now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Take the next due row to SENDING and open its attempt; None if there is nothing to take."""
        return self._claim(CLAIM, worker, accounts, now, lease)

    def claim_unknown(
        self, worker: str, accounts: Collection[str], now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Take an unknown whose `settle_at` has come to SENDING; its mark stands."""
        return self._claim(CLAIM_UNKNOWN, worker, accounts, now, lease)

    def next_due(self, accounts: Collection[str], after: datetime = EVER) -> datetime | None:
        """The first time later than `after` at which a queued, awaiting or unknown row of theirs is due."""
        theirs = {"b_accounts": list(accounts), "b_after": after}
        times = NEXT.one(self.connection, theirs) or {}
        return min((time for time in times.values() if time is not None), default=None)

    def freeze(self, delivery: int, epoch: int, extra: Mapping[str, Any]) -> bool:
        """Keep values on a row that is ours, beside those there; False: the lease was lost."""
        ours = (_c.id == delivery) & among(_c.state, State.SENDING) & (_c.lease_epoch == epoch)
        row = self.connection.execute(sa.select(_c.extra).where(ours).with_for_update()).one_or_none()
        if row is None:
            return False
        values = {"extra": {**row.extra, **extra}}
        return self.connection.execute(sa.update(deliveries).where(ours).values(values)).rowcount == 1

    def renew(self, worker: str, lease: timedelta) -> int:
        """Lengthen every lease of the worker's that has not run out."""
        values = {"b_worker": worker, "b_lease": lease.total_seconds()}
        return RENEW.run(self.connection, values)

    def fence(self, articles: Collection[int]) -> None:
        """Until the transaction ends nobody pauses, blacks out, withdraws or changes what these are about.

        What was so when the mark looked could else be over before the mark is there (SQLite: a writer is
        alone). It must come first: the statements after it see all that was committed until now.
        """
        if self.on_postgres:
            self.connection.execute(STAY, {"b_ids": sorted(articles)})

    def mark(
        self,
        delivery: int,
        epoch: int,
        *,
        post: Mapping[str, Any],
        prepared: Mapping[str, Any],
        now: datetime,
    ) -> bool:
        """The durable mark before the public call; False: no call may be made."""
        frozen = {"b_post": dict(post), "b_prepared": dict(prepared)}
        fence = {"b_id": delivery, "b_epoch": epoch, "b_now": now}
        return MARK.run(self.connection, fence | frozen) == 1

    def _claim(
        self, claim: Prepared, worker: str, accounts: Collection[str], now: datetime, lease: timedelta
    ) -> Delivery | None:
        if not accounts:
            return None
        values = {
            "b_worker": worker,
            "b_accounts": list(accounts),
            "b_now": now,
            "b_lease": lease.total_seconds(),
        }
        row = self._update(claim, values)
        return None if row is None else delivery_of(row)

    def _update(self, claim: Prepared, values: Mapping[str, Any]) -> dict[str, Any] | None:
        if not self.on_postgres:  # one writer at a time: nobody can come between
            return claim.one(self.connection, values)
        for _ in range(2):
            try:
                with self._undoable():
                    return claim.one(self.connection, values)
            except IntegrityError:
                # Another worker took a row of the same account first (one_send_per_account).
                continue
        return None

    @contextmanager
    def _undoable(self) -> Iterator[None]:
        """What fails leaves the transaction as it was; a savepoint, two round trips, where there is need."""
        driver: Any = self.connection.connection.driver_connection
        if driver.info.transaction_status != IDLE:
            with self.connection.begin_nested():
                yield
            return
        try:
            yield
        except IntegrityError:
            driver.rollback()
            raise
