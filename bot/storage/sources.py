"""Sources as remembered: cursors, poll leases, baselines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.websub import Subscription
from bot.ports.facts import FLOOD
from bot.ports.records import SourceRow
from bot.storage.drawer import Drawer, values_of
from bot.storage.outbox_tables import deliveries
from bot.storage.prepared import Prepared
from bot.storage.rename import ensure
from bot.storage.tables import articles, baselines, facts, fingerprints, sightings, sources, subscriptions
from bot.storage.types import Names, Utc, db_clock, one_of

__all__ = ["SqlSources"]

CLOCKS_APART = timedelta(minutes=1)
"""Two machines' clocks may differ by so much."""
READ = [sources.c[each.name] for each in fields(SourceRow)]
RECORDED = [each.name for each in fields(SourceRow) if each.name != "id"]
RECORD = (
    sa.update(sources)
    .where(sources.c.id == sa.bindparam("b_id"))
    .values({name: sa.bindparam(f"b_{name}", type_=sources.c[name].type) for name in RECORDED})
    .values(lease_owner=None, lease_expires_at=None)
)

RECORD_OURS = Prepared(RECORD.where(sources.c.lease_owner == sa.bindparam("worker")))
PAIRS = Prepared(sa.select(baselines).where(one_of(baselines.c.source, sa.bindparam("ids", type_=Names()))))


def _recorded(row: SourceRow) -> dict[str, object]:
    return {f"b_{name}": getattr(row, name) for name in RECORDED} | {"b_id": row.id}


def _free() -> sa.ColumnElement[bool]:
    return sources.c.lease_expires_at.is_(None) | (sources.c.lease_expires_at <= db_clock())


def _due() -> sa.ColumnElement[bool]:
    due = sources.c.next_poll_at.is_(None) | (sources.c.next_poll_at <= sa.bindparam("b_now", type_=Utc()))
    due |= sources.c.last_polled_at > sa.bindparam("b_ahead", type_=Utc())  # the clock was set back since
    return due | sources.c.asked_at.is_not(None)


def _by(now: datetime) -> dict[str, datetime]:
    return {"b_now": now, "b_ahead": now + CLOCKS_APART}


def _among(ids: Collection[str]) -> sa.ColumnElement[bool]:
    return one_of(sources.c.id, sa.bindparam("ids", list(ids), Names()))


_wanted = sa.select(sources.c.id).where(_free()).order_by(sources.c.next_poll_at.nulls_first(), sources.c.id)
ALL, DUE = Prepared(_wanted), Prepared(_wanted.where(_due()))


class SqlSources(Drawer):
    def ensure(self, ids: Mapping[str, Collection[str]]) -> None:
        """A row for each id; one under a former id is renamed, wherever a table names it."""
        named = (
            sightings.c.source,
            baselines.c.source,
            articles.c.source,
            deliveries.c.source,
            subscriptions.c.source,
        )
        for new, old in ensure(self, sources, named, ids):
            # A guid means something only beside the source that gave it.
            self.connection.execute(
                sa.update(fingerprints)
                .where(fingerprints.c.kind == "guid", fingerprints.c.scope == old)
                .values(scope=new)
            )
            self.connection.execute(
                sa.update(facts).where(facts.c.key == f"{FLOOD}{old}").values(key=f"{FLOOD}{new}")
            )

    def rows(self) -> dict[str, SourceRow]:
        return {row.id: SourceRow(*row) for row in self.connection.execute(sa.select(*READ))}

    def row(self, source: str) -> SourceRow:
        found = self.connection.execute(sa.select(*READ).where(sources.c.id == source)).first()
        return SourceRow(*found) if found else SourceRow(source)

    def due(self, now: datetime, *, forced: bool = False) -> list[str]:
        """Those that are due and nobody's, the longest due first; all that are nobody's, if `forced`."""
        rows = ALL.all(self.connection, {}) if forced else DUE.all(self.connection, _by(now))
        return [row["id"] for row in rows]

    def claim_due(
        self, worker: str, ids: Collection[str], now: datetime, lease: timedelta, *, forced: bool = False
    ) -> list[SourceRow]:
        """Lease the rows that are due and nobody's; all that are nobody's, if `forced`."""
        theirs = sa.select(sources.c.id).where(_among(ids), _free(), sa.true() if forced else _due())
        claim = (
            sa.update(sources)
            .where(sources.c.id.in_(theirs.with_for_update(skip_locked=True)), _free())
            .values(lease_owner=worker, lease_expires_at=db_clock(lease.total_seconds()), asked_at=None)
            .returning(*READ)
        )
        return [SourceRow(*row) for row in self.connection.execute(claim, {} if forced else _by(now))]

    def record(self, row: SourceRow, worker: str) -> bool:
        """Write a poll's end and give the lease back; False if another worker has the source by now."""
        return RECORD_OURS.run(self.connection, _recorded(row) | {"worker": worker}) == 1

    def record_all(self, rows: Sequence[SourceRow], worker: str) -> set[str]:
        """As `record`, many; the ids of those that were still ours."""
        if len(rows) == 1:
            return {row.id for row in rows if self.record(row, worker)}
        ours = sa.select(sources.c.id).where(
            _among([row.id for row in rows]), sources.c.lease_owner == worker
        )
        # In their order: two workers that hold some of the same must not wait for each other.
        held = set(self.connection.scalars(ours.order_by(sources.c.id).with_for_update()))
        ended = [_recorded(row) for row in rows if row.id in held]
        if ended:
            self.connection.execute(RECORD, ended)
        return held

    def hurry(self, source: str, at: datetime) -> None:
        """Have it read at once, and once more if it is being read just now."""
        self.connection.execute(sa.update(sources).where(sources.c.id == source).values(asked_at=at))

    def subscriptions(self) -> dict[str, Subscription]:
        return {row.source: Subscription(*row) for row in self.connection.execute(sa.select(subscriptions))}

    def subscribe(self, subscription: Subscription) -> None:
        """Write how a source's subscription stands."""
        values = values_of(subscription)
        new = self.insert(subscriptions).values(values)
        self.connection.execute(new.on_conflict_do_update(index_elements=["source"], set_=values))

    def lessees(self) -> set[str]:
        """Workers that hold a lease on a source."""
        owners = sa.select(sources.c.lease_owner).where(sources.c.lease_owner.is_not(None)).distinct()
        return set(self.connection.scalars(owners))

    def release(self, workers: Collection[str]) -> None:
        """Take back what dead workers hold."""
        self.connection.execute(
            sa.update(sources)
            .where(sources.c.lease_owner.in_(workers))
            .values(lease_owner=None, lease_expires_at=None)
        )

    def seed_pairs(self, pairs: Iterable[tuple[str, str]], at: datetime) -> None:
        """Baseline of each (source, account) that has none yet."""
        rows = [{"source": source, "account": account, "at": at} for source, account in pairs]
        if rows:
            self.connection.execute(self.insert(baselines).on_conflict_do_nothing(), rows)

    def not_ahead(self, now: datetime) -> None:
        """Nothing was met in the future: where the clock ran ahead, the first meeting counts as now."""
        self.connection.execute(sa.update(sources).where(sources.c.seeded_at > now).values(seeded_at=now))
        self.connection.execute(sa.update(baselines).where(baselines.c.at > now).values(at=now))

    def pairs(self, ids: Collection[str] | None = None) -> dict[tuple[str, str], datetime]:
        """When each account met each source; of these sources only."""
        if ids is None:
            rows = [row._asdict() for row in self.connection.execute(sa.select(baselines))]
        else:
            rows = PAIRS.all(self.connection, {"ids": list(ids)})
        return {(row["source"], row["account"]): row["at"] for row in rows}
