"""Writing on SQLite: one at a time, on disk unless it need not be, and right again after a failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage.store import SqlStore, open_store

FULL, NORMAL = 2, 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = open_store(f"sqlite:///{tmp_path}/x.db", create=True, migrate=True)
    yield store
    store.close()


def synchronous(store: SqlStore, *, lasting: bool) -> int:
    with store.write(lasting=lasting) as tx:
        return int(tx.connection.exec_driver_sql("PRAGMA synchronous").scalar_one())


def test_only_what_may_be_lost_with_the_power_is_not_waited_for(store: SqlStore) -> None:
    found = [synchronous(store, lasting=lasting) for lasting in (True, False, False, True, False, True)]
    assert found == [FULL, NORMAL, NORMAL, FULL, NORMAL, FULL]


def test_a_hasty_write_that_fails_leaves_no_haste_behind(store: SqlStore) -> None:
    with pytest.raises(sa.exc.OperationalError), store.write(lasting=False) as tx:
        tx.connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
    assert synchronous(store, lasting=True) == FULL
    with store.engine.connect() as other:
        assert other.exec_driver_sql("PRAGMA synchronous").scalar() == FULL


def test_what_was_written_in_haste_survives_the_process(store: SqlStore, tmp_path: Path) -> None:
    with store.write(lasting=False) as tx:
        tx.workers.set("x", 1)
    other = open_store(f"sqlite:///{tmp_path}/x.db")
    with other.read() as tx:
        assert tx.workers.get("x") == 1
    other.close()


def test_a_failed_statement_leaves_the_next_writer_a_good_connection(store: SqlStore) -> None:
    with pytest.raises(sa.exc.OperationalError), store.write() as tx:
        tx.connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
    with store.write() as tx:
        tx.workers.set("x", 2)
    with store.read() as tx:
        assert tx.workers.get("x") == 2
