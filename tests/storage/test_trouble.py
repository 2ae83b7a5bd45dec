"""A database that cannot be used just now says so in one line, and goes on once it can."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.errors import StoreError, UserError
from bot.storage.store import SqlStore, open_store
from tests.storage.databases import PostgresServer
from tests.storage.desk import LEASE, NOW, StoreDesk, an_article


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
def store(file: Path) -> Iterator[SqlStore]:
    store = open_store(f"sqlite:///{file}", create=True, migrate=True)
    yield store
    store.close()


def add(store: SqlStore, summary: str = "") -> None:
    with store.write() as tx:
        tx.articles.add(an_article(summary=summary), "", None)


def pragma(store: SqlStore, text: str) -> None:
    with store.write() as tx:
        tx.connection.exec_driver_sql(f"PRAGMA {text}")


def refused(store: SqlStore, said: str) -> None:
    with pytest.raises(StoreError, match=said) as error:
        add(store, "long " * 20_000)
    assert "\n" not in str(error.value)
    assert "x.db" in str(error.value)


def test_a_full_disk_is_said_takes_nothing_with_it_and_goes_on_when_there_is_room(store: SqlStore) -> None:
    add(store)
    with store.read() as tx:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar()
    pragma(store, f"max_page_count = {pages}")
    refused(store, "the disk is full: make room; nothing is sent until then")
    pragma(store, "max_page_count = 1000000")
    add(store, "long " * 20_000)
    with store.read() as tx:
        assert tx.articles.count() == 2


def test_a_read_only_file_is_said(store: SqlStore) -> None:
    with store.write() as tx:
        tx.connection.exec_driver_sql("PRAGMA query_only = on")
    refused(store, "it is read-only: give it")


def test_a_file_that_another_program_holds_is_said_and_tried_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_SECONDS", 0.1)
    with closing(open_store(f"sqlite:///{file}", create=True, migrate=True)) as store:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refused(store, "another program holds it")
        other.execute("ROLLBACK")
        other.close()
        add(store)


def spoil(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'articles'").fetchone()
    raw = bytearray(file.read_bytes())
    raw[4096 * (page - 1) : 4096 * page] = b"\xff" * 4096
    file.write_bytes(bytes(raw))


def test_a_corrupt_file_is_said_with_the_way_back(file: Path) -> None:
    open_store(f"sqlite:///{file}", create=True, migrate=True).close()
    spoil(file)
    with closing(open_store(f"sqlite:///{file}")) as store:
        refused(store, "it is corrupt: stop the worker, put the last backup back")


def test_a_read_only_folder_is_said_at_once_not_after_ten_seconds(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(f"sqlite:///{file}", create=True, migrate=True).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")

    def only_reading(path: str, **more: object) -> sqlite3.Connection:
        return real(f"file:{path}?mode=ro", uri=True, timeout=10, check_same_thread=False)

    real = sqlite3.connect
    monkeypatch.setattr("sqlite3.dbapi2.connect", only_reading)
    with pytest.raises(UserError, match="cannot be opened: attempt to write a readonly database"):
        open_store(f"sqlite:///{file}")


def test_a_fault_of_ours_stays_a_fault(store: SqlStore) -> None:
    with pytest.raises(sa.exc.OperationalError, match="no such table"), store.read() as tx:
        tx.connection.exec_driver_sql("SELECT * FROM nowhere")


def end_all(url: str) -> None:
    """Every other connection to the server ends."""
    with closing(open_store(url)) as store, store.read() as tx:
        tx.connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def test_a_postgres_that_goes_away_in_the_middle_undoes_that_and_is_there_again(
    postgres: PostgresServer,
) -> None:
    url = postgres.fresh()
    with closing(open_store(url, create=True, migrate=True)) as store:
        desk = StoreDesk(store)
        share = desk.share()
        with pytest.raises(StoreError, match="does not answer as it should, it is tried again") as lost:
            lose_in_the_middle(store, url)
        assert "\n" not in str(lost.value)
        row = desk.claimed()
        assert (row.id, row.lease_epoch) == (share, 1)
        assert desk.mark(row)
        end_all(url)
        with pytest.raises(StoreError):
            desk.accept(row)
        assert desk.accept(row)
        assert str(desk.row(share).state) == "published"


def lose_in_the_middle(store: SqlStore, url: str) -> None:
    with store.write() as tx:
        assert tx.outbox.claim("w1", ["fedi"], NOW, LEASE) is not None
        end_all(url)


def test_the_server_ends_the_transaction_of_a_worker_that_fell_silent(postgres: PostgresServer) -> None:
    asked = "SHOW idle_in_transaction_session_timeout"
    with closing(open_store(postgres.fresh(), create=True, migrate=True)) as store, store.read() as tx:
        assert tx.connection.exec_driver_sql(asked).scalar() == "1min"
