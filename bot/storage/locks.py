"""Proof of life: the lock that a worker holds for as long as it lives."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import sqlalchemy as sa
from filelock import FileLock, Timeout

from bot.domain.errors import UserError

__all__ = ["STOPS", "FileLocks", "Locks", "NoLocks", "PostgresLocks", "number_of"]

AGAIN = timedelta(seconds=5)
"""How long a lock that went with its connection is waited for; nobody else holds it but to try it."""


EVERYBODY = 7_241_350_198_002
"""The advisory lock that all workers share."""
STOPS = 7_241_350_198_003
"""The one that every mark shares, and that whoever pauses or blacks out takes alone."""


class Locks(Protocol):
    """What a store needs to tell the living from the dead."""

    def enlist(self, worker: str, wait: timedelta) -> None: ...

    def alone(self, wait: timedelta) -> None: ...

    def dead(self, workers: Collection[str]) -> set[str]: ...

    def close(self) -> None: ...


class NoLocks:
    """A database that no other process can see: nobody else lives, or died."""

    def enlist(self, worker: str, wait: timedelta) -> None:
        """Nobody else could be it."""

    def alone(self, wait: timedelta) -> None:
        """Nobody else could come."""

    def dead(self, workers: Collection[str]) -> set[str]:
        return set(workers)

    def close(self) -> None:
        """Nothing is held."""


class FileLocks:
    """SQLite: one worker a database, by an exclusive lock on the file beside it. The kernel frees it."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._lock = FileLock(f"{database}.lock", thread_local=False, mode=0o600)
        self._worker: str | None = None

    def enlist(self, worker: str, wait: timedelta) -> None:
        """Be the worker of this database.

        Raises:
            UserError: another one lives and did not end within `wait`.
        """
        if self._worker is None:
            self._take(
                wait,
                f"another worker is already running on {self._database}: stop it first, "
                "or use Postgres, which any number of workers can share",
            )
        self._worker = worker

    def alone(self, wait: timedelta) -> None:
        """Keep workers out.

        Raises:
            UserError: one lives and did not end within `wait`.
        """
        self._take(wait, f"a worker is running on {self._database}: stop it first")

    def _take(self, wait: timedelta, otherwise: str) -> None:
        try:
            self._lock.acquire(timeout=wait.total_seconds())
        except Timeout as error:
            raise UserError(otherwise) from error
        except OSError as error:
            raise UserError(f"{self._lock.lock_file} cannot be written: {error.strerror}") from error

    def dead(self, workers: Collection[str]) -> set[str]:
        """All but ourselves, once the lock is ours; before that nobody is proved dead."""
        return set(workers) - {self._worker} if self._worker is not None else set()

    def close(self) -> None:
        self._worker = None
        self._lock.release(force=True)


class PostgresLocks:
    """Postgres: a session advisory lock a worker, on a connection of its own. The server frees it.

    All workers share one more, so that whoever needs the database alone can tell, and keep them out.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._session: sa.Connection | None = None
        self._worker: str | None = None
        self._turn = Lock()

    def enlist(self, worker: str, wait: timedelta) -> None:
        """Take the worker's lock; names are used once, so that nobody else can hold it for long.

        Raises:
            UserError: it was not to be had within `wait`.
        """
        with self._turn:
            session = self._living()
            try:
                _take(session, sa.func.pg_advisory_lock(number_of(worker)), wait)
            except sa.exc.OperationalError as error:
                raise UserError(f"another process runs under the worker's name {worker}") from error
            try:
                _take(session, sa.func.pg_advisory_lock_shared(EVERYBODY), wait)
            except sa.exc.OperationalError as error:
                raise UserError("the database is being copied or adopted: start again after that") from error
            self._worker = worker

    def alone(self, wait: timedelta) -> None:
        """Keep workers out.

        Raises:
            UserError: one lives and did not end within `wait`.
        """
        with self._turn:
            try:
                _take(self._living(), sa.func.pg_advisory_lock(EVERYBODY), wait)
            except sa.exc.OperationalError as error:
                raise UserError("a worker is running on this database: stop all of them first") from error

    def dead(self, workers: Collection[str]) -> set[str]:
        """Those whose lock is free. Asked for nobody, it still sees to it that ours is held."""
        with self._turn:
            found = set()
            session = self._living()
            for worker in set(workers) - {self._worker}:
                number = number_of(worker)
                if session.scalar(sa.select(sa.func.pg_try_advisory_lock(number))):
                    session.execute(sa.select(sa.func.pg_advisory_unlock(number)))
                    found.add(worker)
            return found

    def close(self) -> None:
        with self._turn:
            if self._session is not None:
                # Not back into the pool: the lock would live on with it.
                self._session.detach()
                self._session.close()
            self._session, self._worker = None, None

    def _living(self) -> sa.Connection:
        """The session, opened anew (and our lock taken again) where the server ended it."""
        if self._session is not None:
            try:
                self._session.exec_driver_sql("SELECT 1")
            except sa.exc.OperationalError:
                self._session.invalidate()
                self._session.close()
                self._session = None
            else:
                return self._session
        session = self._engine.connect()
        if self._worker is not None:
            try:
                # Waits out another worker that tries it just now: a lock not taken again would go unnoticed.
                _take(session, sa.func.pg_advisory_lock(number_of(self._worker)), AGAIN)
                _take(session, sa.func.pg_advisory_lock_shared(EVERYBODY), AGAIN)
            except sa.exc.OperationalError:
                session.close()
                raise
        self._session = session
        return session


def _take(session: sa.Connection, lock: sa.Function[Any], wait: timedelta) -> None:
    milliseconds = max(1, round(wait.total_seconds() * 1000))
    session.exec_driver_sql(f"SET lock_timeout = {milliseconds}")
    session.execute(sa.select(lock))


def number_of(worker: str) -> int:
    """The advisory lock's number: the first eight bytes of the name's hash, signed."""
    return int.from_bytes(sha256(f"sharewire worker {worker}".encode()).digest()[:8], signed=True)
