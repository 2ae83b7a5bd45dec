"""Writing transactions: on SQLite one at a time over one connection, on Postgres as many as come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import sqlalchemy as sa

from bot.storage.engine import WRITES
from bot.storage.turns import Turns

__all__ = ["PostgresWriter", "SqliteWriter", "Writer"]


class Writer(Protocol):
    def begin(self, *, lasting: bool, first: bool = False) -> AbstractContextManager[sa.Connection]: ...

    def close(self) -> None: ...


class PostgresWriter:
    """Every commit waits for the server's disk: a worker elsewhere may live on when the server falls."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self, *, lasting: bool, first: bool = False) -> AbstractContextManager[sa.Connection]:
        del lasting, first
        return self._engine.begin()

    def close(self) -> None:
        """Nothing is kept here."""


class SqliteWriter:
    """Threads of one process wait here for their turns, not in SQLite's own sleeps of up to 0.1 s.

    The connection stays open between turns: its pages are still good, for nobody else writes. What is not
    `lasting` is on disk with the next commit that is; until then a kill cannot take it back, a power cut can.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine.execution_options(**{WRITES: True})
        self._turns = Turns()
        self._kept: sa.Connection | None = None
        self._full = True

    @contextmanager
    def begin(self, *, lasting: bool, first: bool = False) -> Iterator[sa.Connection]:
        with self._turns.turn(first=first):
            if self._kept is None:
                self._kept, self._full = self._engine.connect(), True
            connection = self._kept
            try:
                if self._full is not lasting:
                    self._synchronous(connection, full=lasting)
                with connection.begin():
                    yield connection
            except BaseException:
                self._give_back()
                raise

    def close(self) -> None:
        with self._turns.turn(first=True):
            self._give_back()

    def _synchronous(self, connection: sa.Connection, *, full: bool) -> None:
        # On the driver's connection: it must come before the transaction that SQLAlchemy would begin.
        connection.connection.cursor().execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
        self._full = full

    def _give_back(self) -> None:
        """To the pool, which puts it right, as it was lent."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            if not self._full:
                kept.invalidate()
            kept.close()
