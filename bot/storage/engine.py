"""Connections: SQLite in WAL with its transactions in our hands, Postgres over psycopg 3."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

from bot.domain.errors import UserError
from bot.storage.schema import for_postgres

__all__ = ["WRITES", "file_of", "make_engine", "parse", "scratch_engine"]

WRITES = "sharewire_writes"
"""Execution option: this connection's transactions write."""

USED = "sharewire_used"
RESTED_SECONDS = 2.0
BUSY_SECONDS = 10
OLDEST_SQLITE = (3, 35, 0)
"""RETURNING came with it (https://www.sqlite.org/lang_returning.html, read 2026-11-23)."""
LETS_GO = {
    "idle_in_transaction_session_timeout": "'1min'",
    "tcp_keepalives_idle": 30,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 3,
}
"""After what silence the server itself ends a session; our transactions last milliseconds."""
POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")


def parse(url: str) -> sa.URL:
    """The address of the database, with the driver that we use.

    Raises:
        UserError: it is no address of a database, or of one that we do not know.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        parsed = None
    if parsed is not None and parsed.drivername in POSTGRES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed is not None and parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    raise UserError(
        "the database must be given as sqlite:///data/sharewire.db or postgresql://user:password@host/name"
    )


def file_of(url: sa.URL) -> Path | None:
    """The file of a SQLite database, None for Postgres."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def make_engine(url: sa.URL) -> sa.Engine:
    """A small pool over the database; nothing is connected yet.

    Raises:
        UserError: this Python's SQLite is too old.
    """
    if url.get_backend_name() == "postgresql":
        for_postgres()
        alive = {"connect_timeout": 10, "keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10}
        alive |= {"tcp_user_timeout": 60_000}  # a query into a void ends so, not after a quarter of an hour
        engine = sa.create_engine(
            url,
            isolation_level="READ COMMITTED",
            pool_size=5,
            max_overflow=20,
            pool_use_lifo=True,
            connect_args={name: value for name, value in alive.items() if name not in url.query},
        )
        sa.event.listen(engine, "connect", _plan_once)
        if "options" not in url.query:
            sa.event.listen(engine, "connect", _let_go_of_the_lost)
        sa.event.listen(engine, "checkin", _note_use)
        sa.event.listen(engine, "checkout", _still_there)
        return engine
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise UserError(f"SQLite {sqlite3.sqlite_version} is too old: Sharewire needs 3.35, or Postgres")
    engine = sa.create_engine(
        url,
        poolclass=sa.QueuePool,
        pool_size=8,
        max_overflow=16,
        pool_use_lifo=True,  # whoever was here last still has its pages at hand
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _plan_once(connection: DBAPIConnection, _record: Any) -> None:
    """What is prepared is planned once: planning a claim again each time took longer than claiming."""
    cursor = connection.cursor()
    cursor.execute("SET plan_cache_mode = force_generic_plan")
    cursor.close()
    connection.commit()


def _let_go_of_the_lost(connection: DBAPIConnection, _record: Any) -> None:
    """A session whose worker is cut off without a word must not keep its rows and its lock for hours.

    Asked for by SET, not on connecting: poolers between us and the server refuse what they do not know there.
    """
    cursor = connection.cursor()
    for name, value in LETS_GO.items():
        cursor.execute(f"SET {name} = {value}")
    cursor.close()
    connection.commit()


def _note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[USED] = time.monotonic()


def _still_there(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """A connection that rested is asked whether its server is there; one just used would only lose time.

    Raises:
        DisconnectionError: it is not; the pool opens another.
    """
    if time.monotonic() - record.info.get(USED, time.monotonic()) < RESTED_SECONDS:
        return
    cursor = connection.cursor()
    try:
        cursor.execute("SELECT 1")
        cursor.close()
        connection.rollback()
    except Exception as error:
        raise sa.exc.DisconnectionError("the server ended the connection") from error


def scratch_engine() -> sa.Engine:
    """A database in memory, for one thread; it is gone with the engine."""
    engine = sa.create_engine("sqlite+pysqlite://", poolclass=sa.StaticPool)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: Any) -> None:
    """WAL; every commit on disk, for a lost "published" would be a second post."""
    connection.isolation_level = None  # sqlite3 begins nothing by itself: _begin_sqlite does
    cursor = connection.cursor()
    _to_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _to_wal(cursor: DBAPICursor) -> None:
    """The one change that SQLite's busy time-out does not wait for, when two open a new file at once."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    """A deferred transaction that comes to write fails at once, whatever the busy time-out."""
    writes = connection.get_execution_options().get(WRITES)
    # On the driver's connection: SQLAlchemy's own way to say it takes as long as a small query.
    connection.connection.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN")
