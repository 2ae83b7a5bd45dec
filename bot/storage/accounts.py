"""Accounts as remembered: throttles, probes, pauses and sealed tokens."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.allowance import Allowance, allowance_document, spent_until
from bot.domain.blackout import Window
from bot.ports.records import AccountRow, Pause
from bot.storage.drawer import Drawer, values_of
from bot.storage.locks import STOPS
from bot.storage.outbox_tables import deliveries
from bot.storage.rename import ensure
from bot.storage.tables import (
    accounts,
    baselines,
    blackout_exceptions,
    blackouts,
    decisions,
    pauses,
    spending,
    tokens,
)

__all__ = ["SqlAccounts"]

READ = [accounts.c[each.name] for each in fields(AccountRow)]


class SqlAccounts(Drawer):
    def ensure(self, ids: Mapping[str, Collection[str]]) -> None:
        """A row for each id; one under a former id is renamed, wherever a table names it."""
        named = tuple(each.c.account for each in (baselines, decisions, deliveries, spending, tokens))
        for new, old in ensure(self, accounts, named, ids):
            self.connection.execute(
                sa.update(pauses).where(pauses.c.scope == f"account:{old}").values(scope=f"account:{new}")
            )

    def rows(self) -> dict[str, AccountRow]:
        return {row.id: AccountRow(*row) for row in self.connection.execute(sa.select(*READ))}

    def lock(self, account: str) -> None:
        """Hold the account's row until the transaction ends (SQLite: a writer holds everything)."""
        if self.on_postgres:
            self._there(account)
            locked = sa.select(accounts.c.id).where(accounts.c.id == account).with_for_update()
            self.connection.execute(locked)

    def throttle(self, account: str, until: datetime | None, reason: str) -> None:
        self._set(account, throttled_until=until, throttle_reason=reason)

    def meter(self, account: str, allowances: Sequence[Allowance], now: datetime) -> None:
        """What the platform still allows; where that is nothing, the account waits until it allows more."""
        self._set(account, limits=[allowance_document(each) for each in allowances])
        until = spent_until(allowances, now)
        if until is not None:
            standing = accounts.c.throttled_until
            longer = (accounts.c.id == account) & (standing.is_(None) | (standing < until))
            wait = {"throttled_until": until, "throttle_reason": "all that the platform allows is used"}
            self.connection.execute(sa.update(accounts).where(longer).values(wait))

    def probe(self, account: str, at: datetime | None, probes: int = 0) -> None:
        self._set(account, probe_at=at, probes=probes)

    def identify(self, account: str, identity: Mapping[str, Any]) -> None:
        self._set(account, identity=dict(identity))

    def pauses(self, now: datetime) -> list[Pause]:
        """Those in force, the oldest first."""
        rows = sa.select(pauses).where(pauses.c.until.is_(None) | (pauses.c.until > now))
        found = self.connection.execute(rows.order_by(pauses.c.since, pauses.c.scope))
        return [Pause(**row._mapping) for row in found]  # noqa: SLF001 - SQLAlchemy's public name for it

    def pause(self, pause: Pause) -> None:
        """Set or replace the pause of its scope; a mark that did not see it is there before it is."""
        self._stop()
        values = values_of(pause)
        new = self.insert(pauses).values(values)
        self.connection.execute(new.on_conflict_do_update(index_elements=["scope"], set_=values))

    def resume(self, scope: str) -> bool:
        return self.connection.execute(sa.delete(pauses).where(pauses.c.scope == scope)).rowcount > 0

    def black_out(self, windows: Collection[Window]) -> None:
        """These, and no others; written only where something differs, for it is asked again and again."""
        times = {(each.name, each.start, each.end) for each in windows}
        routes = {(each.name, route) for each in windows for route in each.except_routes}
        for table, wanted in ((blackouts, times), (blackout_exceptions, routes)):
            there = {tuple(row) for row in self.connection.execute(sa.select(table))}
            if there == wanted:
                continue
            self._stop()
            self.connection.execute(sa.delete(table))
            names = [column.name for column in table.columns]
            if wanted:
                rows = [dict(zip(names, row, strict=True)) for row in sorted(wanted)]
                self.connection.execute(sa.insert(table), rows)

    def load_token(self, account: str, name: str) -> bytes | None:
        sealed = sa.select(tokens.c.sealed).where(tokens.c.account == account, tokens.c.name == name)
        return self.connection.scalar(sealed)

    def save_token(self, account: str, name: str, sealed: bytes, at: datetime) -> None:
        values = {"sealed": sealed, "saved_at": at}
        new = self.insert(tokens).values(account=account, name=name, **values)
        self.connection.execute(new.on_conflict_do_update(index_elements=["account", "name"], set_=values))

    def _stop(self) -> None:
        """Wait for the marks that are just being written; those to come see what is written here."""
        if self.on_postgres:
            self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(STOPS)))

    def _there(self, account: str) -> None:
        self.connection.execute(self.insert(accounts).values(id=account).on_conflict_do_nothing())

    def _set(self, account: str, **values: Any) -> None:
        new = self.insert(accounts).values(id=account, **values)
        self.connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=values))
