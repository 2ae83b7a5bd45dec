"""What became of a claimed row: the step written, fenced; what a dead worker left put right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from bot.domain.delivery import FINAL, Delivery, Reason, State, check_move
from bot.domain.errors import MoveError
from bot.domain.outcome import Step
from bot.storage.delivery_rows import READ, accepted_already, delivery_from
from bot.storage.drawer import Drawer
from bot.storage.outbox_claim import opened
from bot.storage.outbox_tables import attempts, deliveries
from bot.storage.prepared import Prepared
from bot.storage.schema import among
from bot.storage.types import db_clock

__all__ = ["Recording"]

_c = deliveries.c
_a = attempts.c
INTERRUPTED = "interrupted"
ACCEPTED = "accepted"
LATE = "late"
"""The word for an acceptance of a part that another attempt had accepted, too."""
UNMARKED: dict[str, Any] = {
    "committed_at": None,
    "first_committed_at": None,
    "settle_at": None,
    "absent_reads": 0,
}
UNLEASED: dict[str, Any] = {"lease_owner": None, "lease_expires_at": None}
_fence = sa.and_(
    _c.id == sa.bindparam("b_id"),
    among(_c.state, State.SENDING),
    _c.lease_epoch == sa.bindparam("b_epoch"),
)


@dataclass(frozen=True, slots=True)
class _Row:
    """What a step looks at."""

    id: int
    state: State
    part: int
    refs: Sequence[Any]
    attempts: int
    pinned: bool
    committed_at: datetime | None
    absent_reads: int
    lease_owner: str | None
    remote_url: str


LOOKED_AT = [_c[each.name] for each in fields(_Row)]
OURS = Prepared(
    sa.select(*LOOKED_AT, accepted_already(deliveries).label("accepted"))
    .where(_fence)
    .with_for_update(of=deliveries)
)
OPEN = Prepared(
    opened({name: sa.bindparam(f"b_{name}", type_=_c[name].type) for name in ("id", "part", "lease_epoch")})
)
CLOSED = ("detail", "finished_at", "http_status", "led_to", "outcome", "ref", "url")


def _closing(row: Mapping[str, sa.ColumnElement[Any]]) -> sa.Update:
    """The attempt that led to the step."""
    its = _a.delivery == sa.select(row["id"]).scalar_subquery()
    values = {name: sa.bindparam(f"a_{name}", type_=_a[name].type) for name in CLOSED}
    return sa.update(attempts).where(its, _a.finished_at.is_(None)).values(values)


@cache
def _writing(*names: str) -> Prepared:
    """The fenced update of these columns, and the end of the attempt."""
    values = {name: sa.bindparam(f"v_{name}", type_=_c[name].type) for name in names}
    return Prepared(sa.update(deliveries).where(_fence).values(values).returning(_c.id), _closing)


def _bound(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{name}": value for name, value in values.items()}


class Recording(Drawer):
    def record(self, delivery: int, epoch: int, step: Step, now: datetime) -> bool:
        """Write a step, fenced. False: the lease was lost, the step stands on our attempt only.

        A row given back before it was sent again keeps the mark of the try before: it becomes unknown,
        never queued, whatever the step says.

        Raises:
            MoveError: the move is not declared, or a sent part forbids it.
        """
        fence = {"b_id": delivery, "b_epoch": epoch}
        found = OURS.one(self.connection, fence)
        if found is None:
            self._late(delivery, epoch, step, now)
            return False
        known = found.pop("accepted")
        row = _Row(**found)
        step = _guarded(row, step, now)
        values = _after(row, step, now)
        outcome = LATE if known and step.outcome == ACCEPTED else step.outcome
        said = fence | _bound("v", values) | _bound("a", _closed(step, outcome, now))
        if _writing(*sorted(values)).run(self.connection, said) != 1:
            raise MoveError(f"share {delivery} changed while its row was held")
        if step.state is State.SENDING:
            ours = {"b_worker": row.lease_owner, "b_part": row.part + 1, "b_lease_epoch": epoch, "b_now": now}
            OPEN.run(self.connection, fence | ours)
        return True

    def recover(self, dead: Collection[str], now: datetime, settle_after: timedelta) -> list[Delivery]:
        """Rows whose lease has run out or whose owner is dead: no mark → queued; a mark → unknown.

        Then late evidence: an attempt that says `accepted` for the part under way is believed.
        Returns the rows as they are now.
        """
        orphaned = (_c.lease_expires_at <= db_clock()) | _c.lease_owner.in_(dead)
        touched = []
        for row in self._held(among(_c.state, State.SENDING), orphaned):
            self._close(_a.finished_at.is_(None), row.id, {"outcome": INTERRUPTED, "finished_at": now})
            self._write(row.id, _orphan(row, now, settle_after))
            touched.append(row.id)
        touched += self._believe(now)
        rows = sa.select(*READ).where(_c.id.in_(touched)).order_by(_c.id)
        return [delivery_from(row) for row in self.connection.execute(rows)] if touched else []

    def owners(self) -> set[str]:
        """Workers that hold a lease; what is unknown has no open attempt, recovery closes it."""
        owner = sa.select(_c.lease_owner).where(among(_c.state, State.SENDING)).distinct()
        return set(self.connection.scalars(owner))

    def _late(self, delivery: int, epoch: int, step: Step, now: datetime) -> None:
        """Evidence of a worker that lost its lease, on its own last attempt under that epoch."""
        ours = (_a.delivery == delivery) & (_a.epoch == epoch)
        last = sa.select(sa.func.max(_a.number)).where(ours).scalar_subquery()
        unsaid = _a.outcome.in_(("", INTERRUPTED))
        found = self.connection.execute(sa.select(_a.number, _a.part).where(ours, _a.number == last, unsaid))
        attempt = found.one_or_none()
        if attempt is None:
            return
        same = (_a.delivery == delivery) & (_a.part == attempt.part) & (_a.outcome == ACCEPTED)
        known = self.connection.scalar(sa.select(sa.func.count()).select_from(attempts).where(same))
        new = step.outcome == ACCEPTED and not known
        outcome = LATE if step.outcome == ACCEPTED and known else step.outcome
        self._close(
            _a.number == attempt.number,
            delivery,
            _closed(step, outcome, now) | {"late_at": now if new else None},
        )

    def _believe(self, now: datetime) -> list[int]:
        """Late evidence makes an unknown or queued row published, or sends the rest of its thread."""
        open_to_it = among(_c.state, State.QUEUED, State.UNKNOWN)
        late = sa.select(_a.delivery, _a.number, _a.part, _a.led_to, _a.ref, _a.url).where(
            _a.late_at.is_not(None)
        )
        done = []
        for evidence in self.connection.execute(late).all():
            row = next(iter(self._held(_c.id == evidence.delivery, open_to_it)), None)
            if row is None:
                continue
            if row.part == evidence.part:
                last = evidence.led_to == State.PUBLISHED
                step = Step(
                    ACCEPTED,
                    State.PUBLISHED if last else State.QUEUED,
                    detail="its proof came late",
                    due_at=now,
                    ref=evidence.ref,
                    url=evidence.url,
                )
                self._write(row.id, _after(row, step, now))
                done.append(row.id)
            self._close(_a.number == evidence.number, row.id, {"late_at": None})
        return done

    def _held(self, *conditions: sa.ColumnElement[bool]) -> list[_Row]:
        # Sorted here: told to sort, SQLite would walk the whole history in order of its numbers.
        held = sa.select(*LOOKED_AT).where(*conditions).with_for_update(skip_locked=True)
        return sorted((_Row(*row) for row in self.connection.execute(held)), key=attrgetter("id"))

    def _write(self, delivery: int, values: dict[str, Any]) -> None:
        self.connection.execute(sa.update(deliveries).where(_c.id == delivery).values(values))

    def _close(self, which: sa.ColumnElement[bool], delivery: int, values: dict[str, Any]) -> None:
        self.connection.execute(sa.update(attempts).where(_a.delivery == delivery, which).values(values))


def _guarded(row: _Row, step: Step, now: datetime) -> Step:
    """The step, unless it would forget a mark that it proves nothing about.

    Raises:
        MoveError: the move is not declared, or a sent part forbids it.
    """
    if step.state is State.SENDING:
        if step.outcome != ACCEPTED:
            raise MoveError("only an accepted part is followed by the next one under the same lease")
        return step
    check_move(row.state, step.state)
    if step.state is State.CANCELLED and row.part:
        raise MoveError(f"share {row.id} has a part that is out: it cannot be cancelled")
    if step.outcome == "released" and row.committed_at is not None:
        return replace(
            step,
            state=State.UNKNOWN,
            reason=Reason.UNCONFIRMED,
            settle_at=step.due_at or now,
            absent_reads=row.absent_reads,
            keep_mark=True,
        )
    return step


def _after(row: _Row, step: Step, now: datetime) -> dict[str, Any]:
    """The row's new values."""
    values: dict[str, Any] = {"state": step.state, "reason": step.reason, "detail": step.detail}
    part = row.part
    if step.outcome == ACCEPTED:
        part += 1
        values |= UNMARKED | {
            "part": part,
            "refs": [*row.refs, dict(step.ref or {"id": ""})],
            "sent_at": row.committed_at or now,
            "remote_url": row.remote_url or step.url,
        }
    elif not step.keep_mark:
        values |= UNMARKED
    if step.state is State.SENDING:
        return values
    values |= UNLEASED | {"pending": dict(step.pending) if step.pending is not None else None}
    if step.counts:
        values["attempts"] = row.attempts + 1
    if step.state in FINAL:
        values["finalized_at"] = now
    elif step.state is State.UNKNOWN:
        values |= {"settle_at": step.settle_at, "absent_reads": step.absent_reads}
    elif step.state is State.HELD:
        values |= {"slot": None} | ({} if row.pinned else {"due_at": None})
    else:
        values["due_at"] = step.due_at or now
    if step.state in (State.QUEUED, State.HELD) and not part and not step.keep_mark:
        # Nothing of it is out: it is rendered anew.
        values |= {"post": None, "prepared": None}
    return values


def _orphan(row: _Row, now: datetime, settle_after: timedelta) -> dict[str, Any]:
    if row.committed_at is None:
        detail = "its worker ended before it was sent"
        return UNLEASED | {"state": State.QUEUED, "reason": Reason.RETRY, "detail": detail, "due_at": now}
    return UNLEASED | {
        "state": State.UNKNOWN,
        "reason": Reason.UNCONFIRMED,
        "detail": "its worker ended before it knew what became of it",
        "settle_at": row.committed_at + settle_after,
    }


def _closed(step: Step, outcome: str, now: datetime) -> dict[str, Any]:
    return {
        "finished_at": now,
        "outcome": outcome,
        "led_to": str(step.state),
        "http_status": step.http_status,
        "detail": step.detail,
        "ref": dict(step.ref) if step.ref is not None else None,
        "url": step.url,
    }
