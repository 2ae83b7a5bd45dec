"""Alerts as remembered: told once while open, tried again until every place has heard of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.alert import Alert, Event, OpenAlert
from bot.storage.drawer import Drawer
from bot.storage.prepared import Prepared
from bot.storage.tables import alerts
from bot.storage.types import Utc

__all__ = ["SqlAlerts"]

_c = alerts.c
_open = _c.closed_at.is_(None)
READ = (_c.id, _c.event, _c.key, _c.text, _c.at, _c.told, _c.tries, _c.next_at)

CLOSE = Prepared(
    sa.update(alerts)
    .where(_open, (_c.key == sa.bindparam("b_key")) | _c.key.like(sa.bindparam("b_under"), escape="/"))
    .values(closed_at=sa.bindparam("b_at", type_=Utc()), next_at=None)
)


class SqlAlerts(Drawer):
    def tell(self, alert: Alert, at: datetime) -> bool:
        """Open an alert, to be sent; False if one of its key is open."""
        new = self.insert(alerts).values(event=alert.event, key=alert.key, text=alert.text, at=at, next_at=at)
        done = self.connection.execute(
            new.on_conflict_do_nothing(index_elements=["key"], index_where=_open).returning(_c.id)
        )
        return done.one_or_none() is not None

    def close(self, key: str, at: datetime) -> int:
        """What it told of is over, and all under it; how many were open. One not sent yet is not sent."""
        under = f"{key}:".replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"
        return CLOSE.run(self.connection, {"b_key": key, "b_under": under, "b_at": at})

    def open(self) -> list[OpenAlert]:
        """Oldest first."""
        return self._read(sa.select(*READ).where(_open).order_by(_c.id))

    def take(self, now: datetime, gathered: datetime, lease: timedelta) -> list[OpenAlert]:
        """All that are to be sent, once the oldest stands since `gathered`; nobody else's for `lease`."""
        due = sa.select(_c.id).where(_open, _c.next_at <= now)
        ids = list(self.connection.scalars(due.with_for_update(skip_locked=True)))
        rows = self._read(sa.select(*READ).where(_c.id.in_(ids)).order_by(_c.id)) if ids else []
        if not any(row.at <= gathered for row in rows):
            return []
        self.connection.execute(sa.update(alerts).where(_c.id.in_(ids)).values(next_at=now + lease))
        return rows

    def told(self, alert: int, places: Collection[str], next_at: datetime | None, *, failed: bool) -> None:
        """Who has heard of it; when the others are tried again, None when nobody is left."""
        tries = _c.tries + (1 if failed else 0)
        done = sa.update(alerts).where(_c.id == alert)
        self.connection.execute(done.values(told=sorted(places), tries=tries, next_at=next_at))

    def prune(self, before: datetime) -> None:
        """Forget what was closed before then."""
        self.connection.execute(sa.delete(alerts).where(_c.closed_at < before))

    def _read(self, rows: sa.Select[tuple[object, ...]]) -> list[OpenAlert]:
        return [
            OpenAlert(
                row.id, Event(row.event), row.key, row.text, row.at, tuple(row.told), row.tries, row.next_at
            )
            for row in self.connection.execute(rows)
        ]
