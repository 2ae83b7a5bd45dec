"""What a person or a policy orders about a row that is not being sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.delivery import FINAL, Delivery, Reason, State, check_move
from bot.domain.errors import MoveError
from bot.storage.delivery_rows import READ, delivery_from
from bot.storage.drawer import Drawer
from bot.storage.outbox_plan import LIFTED
from bot.storage.outbox_tables import deliveries
from bot.storage.schema import among
from bot.storage.tables import pauses
from bot.storage.types import Utc

__all__ = ["Ordering"]

_c = deliveries.c
NEEDS_NOTHING_SENT = frozenset({State.MISSED, State.CANCELLED})
GONE = frozenset({Reason.ACCOUNT_REMOVED, Reason.ROUTE_REMOVED, Reason.BUDGET, Reason.WITHDRAWN})
"""Held because the configuration or its source lost it, or for want of money: let go it goes on ageing. Any
other held row is let go by a person, whose word is past any age."""


class Ordering(Drawer):
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
        """A person's or a policy's order, never of a row that is being sent.

        Queued anew: attempts, mark and settling start over, parts already accepted stay. `ref` is one more
        such part, seen at `url`.

        Raises:
            MoveError: the move is not declared, the row is being sent, or a sent part forbids it.
        """
        held = sa.select(*READ).where(_c.id == delivery).with_for_update()
        found = self.connection.execute(held).one_or_none()
        if found is None:
            raise MoveError(f"there is no share {delivery}")
        row = delivery_from(found)
        _check(row, to)
        values: dict[str, Any] = {"state": to, "reason": reason, "detail": detail, "finalized_at": None}
        if to is State.PUBLISHED or ref is not None:
            sent_at = sa.func.coalesce(_c.sent_at, _c.committed_at, sa.literal(at, Utc()))
            values |= {"sent_at": sent_at, "remote_url": row.remote_url or url}
        if ref is not None:
            row = replace(row, part=row.part + 1, refs=(*row.refs, dict(ref)))
            values |= {"refs": row.refs, "part": row.part}
        if to is State.QUEUED:
            values |= _queued(row, at, due_at, pin=pin)
        elif to is State.HELD:
            values |= {"slot": None} | ({} if row.pinned else {"due_at": None})
        elif to in FINAL:
            values |= {"finalized_at": at, "settle_at": None}
        moved = sa.update(deliveries).where(_c.id == delivery).values(values).returning(*READ)
        return delivery_from(self.connection.execute(moved).one())

    def reword(self, delivery: int, wording: Mapping[str, Any] | None) -> bool:
        """Give a share that waits, nothing of it sent, words of its own; False: it does not wait any more."""
        waits = among(_c.state, State.HELD, State.QUEUED) & (_c.part == 0)
        kept = sa.null() if wording is None else dict(wording)
        worded = sa.update(deliveries).where(_c.id == delivery, waits).values(wording=kept)
        return self.connection.execute(worded).rowcount == 1

    def rename_route(self, new: str, former: Collection[str]) -> None:
        """What waits, and a pause, goes on under the route's new name; what is over keeps the old one."""
        live = _c.finalized_at.is_(None)
        self.connection.execute(sa.update(deliveries).where(live, _c.route.in_(former)).values(route=new))
        scopes = [f"route:{each}" for each in former]
        taken = self.connection.scalar(sa.select(pauses.c.scope).where(pauses.c.scope == f"route:{new}"))
        paused = self.connection.scalars(sa.select(pauses.c.scope).where(pauses.c.scope.in_(scopes))).all()
        if paused and not taken:
            moved = sa.update(pauses).where(pauses.c.scope == paused[0]).values(scope=f"route:{new}")
            self.connection.execute(moved)
        self.connection.execute(sa.delete(pauses).where(pauses.c.scope.in_(scopes)))

    def rename(self, old: str, new: str) -> int:
        """A route, or another rule, is called otherwise now: so are its shares that are not over."""
        theirs = _c.finalized_at.is_(None) & (_c.route == old)
        return self.connection.execute(sa.update(deliveries).where(theirs).values(route=new)).rowcount


def _check(row: Delivery, to: State) -> None:
    if row.state is State.SENDING:
        raise MoveError("it is being sent just now; try again in a minute")
    if {row.state, to} != {State.QUEUED}:  # to move a waiting row in time is no change of state
        check_move(row.state, to)
    if row.part and to in NEEDS_NOTHING_SENT:
        raise MoveError(f"a part of it is out: it cannot be {to}")


def _queued(row: Delivery, at: datetime, due_at: datetime | None, *, pin: bool) -> dict[str, Any]:
    """A start over; the rest of a thread goes on at once, with what was frozen for it."""
    values: dict[str, Any] = {
        "attempts": 0,
        "committed_at": None,
        "first_committed_at": None,
        "settle_at": None,
        "absent_reads": 0,
        "pending": None,
        "late": False,
        "pinned": pin or row.pinned,
        "due_at": due_at or (row.due_at if row.pinned else None),
        "slot": None,
    }
    if row.state is State.HELD and row.reason is Reason.EMBARGO:
        values |= {"ready_at": at, "extra": row.extra | {LIFTED: True}}
    if row.part:
        values["due_at"] = due_at or at
    else:
        values |= {"begun_at": None, "post": None, "prepared": None}
    ordered = row.state in FINAL and row.reason is not Reason.FILTERED  # routing takes back, and gives back
    if pin or ordered or (row.state is State.HELD and row.reason not in GONE):
        values |= {"expires_at": None, "approved": True}
    return values
