"""Rows born, routed again, given their places, and ended by age."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.domain.delivery import FINAL, Delivery, Reason, State
from bot.domain.slots import Place
from bot.ports.records import NewDelivery
from bot.storage.delivery_rows import READ, delivery_from
from bot.storage.drawer import Drawer, in_lots, insert_of, values_of
from bot.storage.outbox_tables import deliveries
from bot.storage.prepared import Prepared
from bot.storage.schema import among
from bot.storage.types import Utc

__all__ = ["LIFTED", "Planning"]

_c = deliveries.c
LIFTED = "embargo_lifted"
"""In `extra`: a person shared it ahead of its date."""
FIXED = ("article", "account", "occasion", "published_at", "extra", "wording")
"""What a row keeps of its birth, whatever routing says later."""
_unbegun = among(_c.state, State.QUEUED) & _c.begun_at.is_(None)
_placed = sa.bindparam("b_due_at", type_=Utc())
PLACE = (
    sa.update(deliveries)
    .where(_c.id == sa.bindparam("b_id"), _unbegun)
    .values(
        late=_c.late | sa.func.coalesce(_c.due_at < sa.bindparam("b_lost", type_=Utc()), sa.false()),
        due_at=_placed,
        slot=sa.bindparam("b_slot", type_=Utc()),
    )
)


def _aged(now: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return among(_c.state, State.HELD, State.QUEUED) & (_c.expires_at <= now) & (_c.part == 0)


AGED = Prepared(sa.select(_c.id).where(_aged(sa.bindparam("b_now", type_=Utc()))))
"""Asked every second, and mostly answered with nothing."""


@cache
def _add(on_postgres: bool) -> Prepared:
    new = insert_of(deliveries, on_postgres).on_conflict_do_nothing(
        index_elements=["article", "account", "occasion"]
    )
    born = ("finalized_at", "idempotency_key", "created_at")
    return Prepared(new.returning(_c.id), columns=(*(each.name for each in fields(NewDelivery)), *born))


class Planning(Drawer):
    def add(self, new: NewDelivery, at: datetime) -> int | None:
        """A row with a new idempotency key; None if (article, account, occasion) has one already."""
        final = {"finalized_at": at if new.state in FINAL else None}
        row = {**values_of(new), **final, "idempotency_key": uuid4().hex, "created_at": at}
        made = _add(self.on_postgres).one(self.connection, row)
        return made["id"] if made else None

    def change(self, delivery: int, new: NewDelivery) -> bool:
        """Routing again for a row not begun and neither held nor moved by a person; its key and age stay.

        What a person let go stays let go, and a row that has no age (`expires_at` None) gets none.
        """
        found = self.connection.execute(
            sa.select(*READ, _c.approved).where(_c.id == delivery).with_for_update(of=deliveries)
        ).one_or_none()
        if found is None or found.begun_at is not None or found.pinned or found.part:
            return False
        held_by_rule = found.state is State.HELD and found.reason in (Reason.APPROVAL, Reason.EMBARGO)
        if not held_by_rule and found.state is not State.QUEUED:
            return False
        values = {name: value for name, value in values_of(new).items() if name not in FIXED}
        if found.expires_at is None:
            values["expires_at"] = None
        if found.approved:
            values |= {"state": found.state, "reason": found.reason, "detail": found.detail}
            values |= {"ready_at": found.ready_at} if found.extra.get(LIFTED) else {}
        elif new.state is State.HELD:
            values |= {"due_at": None, "slot": None}
        self._set(delivery, values)
        return True

    def place(self, places: Iterable[Place], now: datetime, grace: timedelta) -> int:
        """Write due times and slots; who loses a place that passed more than `grace` ago is late."""
        wanted = {place.id: place for place in places}
        changed: list[dict[str, Any]] = []
        slotted: list[int] = []
        for lot in in_lots(wanted):
            rows = sa.select(_c.id, _c.due_at, _c.slot).where(_c.id.in_(lot), _unbegun)
            for row in self.connection.execute(rows.with_for_update()):
                place = wanted[row.id]
                if (row.due_at, row.slot) != (place.due_at, place.slot):
                    slotted += [row.id] if row.slot else []
                    same = row.due_at == place.due_at
                    lost = None if same else now - grace
                    changed.append(
                        {"b_id": row.id, "b_due_at": place.due_at, "b_slot": place.slot, "b_lost": lost}
                    )
        for lot in in_lots(slotted):
            # All at once, so that two rows can change slots with each other.
            self.connection.execute(sa.update(deliveries).where(_c.id.in_(lot)).values(slot=None))
        if changed:
            self.connection.execute(PLACE, changed)
        return len(changed)

    def expire(self, now: datetime) -> list[Delivery]:
        """Rows past their age with nothing sent: `missed`, or `no_room` if they never lost a place."""
        if not AGED.all(self.connection, {"b_now": now}):
            return []
        aged = sa.select(*READ, _c.late).where(_aged(sa.literal(now, Utc())))
        ended = []
        # Sorted here: told to sort, SQLite would walk the whole history in order of its numbers.
        for row in sorted(
            self.connection.execute(aged.with_for_update(skip_locked=True)), key=attrgetter("id")
        ):
            values: dict[str, Any] = {"finalized_at": now}
            had_place = row.late or row.begun_at is not None or (row.due_at is not None and row.due_at <= now)
            if row.state is State.QUEUED and not had_place:
                values |= {"state": State.SKIPPED, "reason": Reason.NO_ROOM}
            elif row.state is State.HELD and row.reason in (Reason.BUDGET, Reason.FLOOD):
                values |= {"state": State.SKIPPED}
            else:
                why = (str(row.state) if row.state is State.HELD else "", str(row.reason), row.detail)
                detail = ": ".join(part for part in why if part)
                values |= {"state": State.MISSED, "reason": Reason.TOO_OLD, "detail": detail}
            self._set(row.id, values)
            ended.append(row.id)
        rows = sa.select(*READ).where(_c.id.in_(ended)).order_by(_c.id)
        return [delivery_from(row) for row in self.connection.execute(rows)] if ended else []

    def set_back(self, by: timedelta, now: datetime) -> None:
        """The clock was set back: times of ours that lie ahead come `by` earlier, and unknown rows' marks."""
        begun = among(_c.state, State.QUEUED, State.AWAITING) & _c.begun_at.is_not(None) & (_c.due_at > now)
        made_ahead = among(_c.state, State.HELD, State.QUEUED) & (_c.created_at > now)
        touched = begun | made_ahead | among(_c.state, State.UNKNOWN)
        rows = sa.select(*READ).where(_c.finalized_at.is_(None), touched)
        for row in map(delivery_from, self.connection.execute(rows.with_for_update(skip_locked=True)).all()):
            if row.state is State.UNKNOWN:
                names = ["committed_at", "first_committed_at", "settle_at"]
            else:
                names = ["created_at", "ready_at"] if row.created_at > now else []
                names += ["due_at"] if row.begun_at is not None and not row.pinned else []
            times = {name: getattr(row, name) for name in names}
            if shifted := {name: at - by for name, at in times.items() if at is not None}:
                self._set(row.id, shifted)

    def _set(self, delivery: int, values: dict[str, Any]) -> None:
        self.connection.execute(sa.update(deliveries).where(_c.id == delivery).values(values))
