"""Opens the database and hands out transactions."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.domain.errors import UserError
from bot.ports.store import Accounts, Alerts, Articles, Following, Outbox, Sources, Spending, Workers
from bot.storage.accounts import SqlAccounts
from bot.storage.alerts import SqlAlerts
from bot.storage.articles import SqlArticles
from bot.storage.engine import file_of, make_engine, parse, scratch_engine
from bot.storage.following import SqlFollowing
from bot.storage.locks import FileLocks, Locks, NoLocks, PostgresLocks
from bot.storage.migrate import HEAD, current, require_known, upgrade
from bot.storage.outbox import SqlOutbox
from bot.storage.schema import metadata
from bot.storage.sources import SqlSources
from bot.storage.spending import SqlSpending
from bot.storage.standing import take_mode
from bot.storage.trouble import in_words
from bot.storage.workers import SqlWorkers
from bot.storage.writers import PostgresWriter, SqliteWriter, Writer

__all__ = ["SqlStore", "SqlTx", "open_store", "scratch_store"]


class SqlTx:
    """One transaction, eight drawers."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.sources: Sources = SqlSources(connection)
        self.articles: Articles = SqlArticles(connection)
        self.outbox: Outbox = SqlOutbox(connection)
        self.accounts: Accounts = SqlAccounts(connection)
        self.following: Following = SqlFollowing(connection)
        self.workers: Workers = SqlWorkers(connection)
        self.alerts: Alerts = SqlAlerts(connection)
        self.spending: Spending = SqlSpending(connection)


class SqlStore:
    """`bot.ports.store.Store` over SQLAlchemy Core; used from any number of threads."""

    def __init__(self, engine: sa.Engine, locks: Locks) -> None:
        self.engine = engine
        self._locks = locks
        server = f"on {engine.url.host}" if engine.url.host else "on Postgres"
        self._shown = engine.url.database or "" if engine.dialect.name == "sqlite" else server
        self._writer: Writer = (
            SqliteWriter(engine) if engine.dialect.name == "sqlite" else PostgresWriter(engine)
        )

    @contextmanager
    def read(self) -> Iterator[SqlTx]:
        """A transaction that reads one state of things."""
        with self._in_words(), self.engine.begin() as connection:
            yield SqlTx(connection)

    @contextmanager
    def write(self, *, lasting: bool = True, first: bool = False) -> Iterator[SqlTx]:
        """A transaction that may write; on SQLite it waits for its turn before it begins."""
        with self._in_words(), self._writer.begin(lasting=lasting, first=first) as connection:
            yield SqlTx(connection)

    def enlist(self, worker: str, wait: timedelta = timedelta(seconds=5)) -> None:
        """Take the worker's lock for as long as this store is open; sources leased by the dead are freed.

        Raises:
            UserError: on SQLite another worker lives and did not end within `wait`.
        """
        self._locks.enlist(worker, wait)
        with self._in_words(), self._writer.begin(lasting=True) as connection:
            sources = SqlSources(connection)
            sources.release(self._locks.dead(sources.lessees()))

    def alone(self, wait: timedelta = timedelta(0)) -> None:
        """Keep every worker out for as long as this store is open.

        Raises:
            UserError: one lives and did not end within `wait`.
        """
        self._locks.alone(wait)

    def dead(self, workers: Collection[str]) -> set[str]:
        """Which of these are proved dead: their lock is free."""
        with self._in_words():
            return self._locks.dead(workers)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.DBAPIError, sqlite3.Error) as error:
            trouble = in_words(error, self._shown)
            if trouble is None:
                raise
            raise trouble from error

    def close(self) -> None:
        """Give back the worker's lock and all connections."""
        self._locks.close()
        self._writer.close()
        self.engine.dispose()


def open_store(
    url: str, *, mode: str | None = "live", migrate: bool = False, create: bool = False
) -> SqlStore:
    """Open the database at `url` ("sqlite:///data/x.db", "postgresql://…", "postgres://…").

    Args:
        url: where it is.
        mode: "live" or "rehearsal"; a database is of one of them. None: it is not going to be used, only
            looked after, so that it may be of either, and moved away.
        migrate: bring an older schema up to this release.
        create: make it if there is none, with its folder, readable by its owner only.

    Raises:
        UserError: there is none, it cannot be reached, its schema or its mode is another one.
    """
    parsed = parse(url)
    file = file_of(parsed)
    shown = str(file) if file else parsed.render_as_string(hide_password=True)
    if file is not None:
        _file(file, create=create)
    engine = make_engine(parsed)
    try:
        _check(engine, shown, mode, migrate=migrate, create=create)
    except (sa.exc.DatabaseError, sqlite3.Error) as error:
        engine.dispose()
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise UserError(f"the database {shown} cannot be opened: {reason}") from None
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine, FileLocks(file) if file else PostgresLocks(engine))


def scratch_store() -> SqlStore:
    """An empty store in memory, for one thread: what is tried in it, nobody keeps."""
    engine = scratch_engine()
    metadata.create_all(engine)
    return SqlStore(engine, NoLocks())


def _file(file: Path, *, create: bool) -> None:
    if file.exists():
        return
    if not create:
        raise UserError(_none_yet(str(file)))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UserError(f"the database {file} cannot be made: {error.strerror}") from error


def _check(engine: sa.Engine, shown: str, mode: str | None, *, migrate: bool, create: bool) -> None:
    with engine.begin() as connection:
        revision = current(connection)
    require_known(revision)
    if revision is None and not create:
        raise UserError(_none_yet(shown))
    if revision is not None and revision != HEAD and not migrate:
        raise UserError(
            f"the database {shown} is of an older release: bring it up with `sharewire db upgrade`"
        )
    if revision != HEAD:
        upgrade(engine)
    if mode is not None:
        take_mode(engine, shown, mode)


def _none_yet(shown: str) -> str:
    return f"there is no database at {shown} yet: `sharewire run` or `sharewire db upgrade` makes it"
