"""A past to measure against: published shares with their articles and attempts, made in the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.storage.outbox_tables import attempts, deliveries
from bot.storage.store import SqlStore
from bot.storage.tables import articles

__all__ = ["add_history"]

ACCOUNTS = 8
FIRST = 10_000_000
"""Numbers far from those that the measured shares get."""
SENT = {"parts": [{"text": "An article of the past, with its link and all else that there is to say"}]}
THEN = datetime(2026, 10, 1, 8, tzinfo=UTC)


def add_history(store: SqlStore, count: int) -> None:
    """So many shares that went out weeks ago, on eight accounts.

    Postgres then looks at its tables, as by itself it does within a minute.
    """
    if count:
        with store.write() as tx:
            _add(tx.connection, articles, count // ACCOUNTS + 1, _article)
            _add(tx.connection, deliveries, count, _delivery)
            _add(tx.connection, attempts, count, _attempt)
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _add(connection: sa.Connection, table: sa.Table, count: int, row: Any) -> None:
    numbers = sa.select(sa.literal(0).label("i")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.i + 1).where(numbers.c.i + 1 < count))
    values = {
        name: value if isinstance(value, sa.ColumnElement) else sa.literal(value, table.c[name].type)
        for name, value in row(numbers.c.i).items()
    }
    connection.execute(sa.insert(table).from_select(list(values), sa.select(*values.values())))


def _article(i: sa.ColumnElement[int]) -> dict[str, Any]:
    url = sa.literal("https://news.example/past/") + sa.cast(i, sa.Text)
    known = {"source": "site", "url": url, "title": url, "payload": {}}
    return known | {"id": FIRST + i, "first_seen_at": THEN, "decided_at": THEN}


def _delivery(i: sa.ColumnElement[int]) -> dict[str, Any]:
    dates = dict.fromkeys(
        ("created_at", "published_at", "due_at", "begun_at", "sent_at", "finalized_at"), THEN
    )
    return dates | {
        "id": FIRST + i,
        "article": FIRST + i // ACCOUNTS,
        "account": sa.literal("a") + sa.cast(i % ACCOUNTS, sa.Text),
        "occasion": "new",
        "state": "published",
        "idempotency_key": sa.literal("past") + sa.cast(i, sa.Text),
        "source": "site",
        "route": "all",
        "part": 1,
        "refs": [{"id": "1"}],
        "post": SENT,
        "prepared": SENT,
        "remote_url": "https://social.example/1",
    }


def _attempt(i: sa.ColumnElement[int]) -> dict[str, Any]:
    dates = dict.fromkeys(("started_at", "committed_at", "finished_at"), THEN)
    done = {"outcome": "accepted", "led_to": "published", "worker": "past", "epoch": 1}
    return dates | done | {"delivery": FIRST + i, "number": 1}
