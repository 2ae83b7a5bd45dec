"""Opening a database: made only on purpose, of one mode for ever, never by an older release."""

from __future__ import annotations

import stat
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.errors import UserError
from bot.storage.store import SqlStore, open_store
from tests.storage.databases import PostgresServer
from tests.storage.desk import an_article, at_once


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where no database is yet."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.fresh()
    return f"sqlite:///{tmp_path}/data/test.db"


def test_a_database_is_not_made_by_looking(url: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no database at .* yet: `sharewire run`"):
        open_store(url)
    assert list(tmp_path.iterdir()) == []


def test_a_database_made_once_is_there(url: str) -> None:
    open_store(url, create=True, migrate=True).close()
    store = open_store(url)
    with store.read() as tx:
        assert tx.articles.count() == 0
    store.close()


def test_a_sqlite_database_is_its_owners_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/data/test.db", create=True, migrate=True)
    with store.write() as tx:
        tx.workers.set("x", 1)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "data").iterdir()}
    store.close()
    assert modes == {0o600}


def test_a_relative_path_is_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///data/x.db", create=True, migrate=True).close()
    assert (tmp_path / "data/x.db").exists()


def test_the_scheme_that_hosts_give_is_taken(postgres: PostgresServer) -> None:
    url = postgres.fresh().replace("postgresql://", "postgres://")
    open_store(url, create=True, migrate=True).close()


def test_a_rehearsal_is_refused_a_live_database(url: str) -> None:
    open_store(url, create=True, migrate=True).close()
    with pytest.raises(UserError, match="is of live mode and this is rehearsal mode") as refused:
        open_store(url, mode="rehearsal")
    assert "\n" not in str(refused.value)


def test_a_rehearsals_database_stays_one(url: str) -> None:
    open_store(url, mode="rehearsal", create=True, migrate=True).close()
    open_store(url, mode="rehearsal").close()
    with pytest.raises(UserError, match="is of rehearsal mode"):
        open_store(url)


def revise(url: str, revision: str) -> None:
    store = open_store(url, create=True, migrate=True)
    with store.write() as tx:
        tx.connection.execute(sa.text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    store.close()


def test_a_newer_schema_is_refused_even_to_migrate(url: str) -> None:
    revise(url, "9999")
    with pytest.raises(UserError, match=r"schema \(9999\) is newer than this release"):
        open_store(url, create=True, migrate=True)


def test_an_older_schema_names_its_cure(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(url, create=True, migrate=True).close()
    monkeypatch.setattr("bot.storage.store.HEAD", "9999")
    with pytest.raises(UserError, match="sharewire db upgrade"):
        open_store(url)


@pytest.mark.parametrize(
    "url", ["mysql://u:s3cret@h/x", "sqlite://", "sqlite:///:memory:", "nonsense", "data/x.db"]
)
def test_what_is_no_database_of_ours_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(UserError, match="must be given as") as refused:
        open_store(url)
    assert "s3cret" not in str(refused.value)


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be opened") as refused:
        open_store(f"postgresql://u:s3cret@/x?host={tmp_path}")
    assert "s3cret" not in f"{refused.value!r}{refused.value.__cause__!r}"
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no database at all" * 100)
    with pytest.raises(UserError, match="cannot be opened: file is not a database"):
        open_store(f"sqlite:///{tmp_path}/x.db", create=True, migrate=True)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be made: File exists"):
        open_store(f"sqlite:///{tmp_path}/file/x.db", create=True, migrate=True)


def test_many_that_open_a_new_database_at_once_make_it_once(url: str) -> None:
    stores: list[SqlStore] = []

    def make() -> None:
        stores.append(open_store(url, create=True, migrate=True))

    at_once([make] * 4)
    for store in stores:
        store.close()
    assert len(stores) == 4


def test_alembic_is_loaded_only_to_migrate(url: str) -> None:
    open_store(url, create=True, migrate=True).close()
    look = "import sys; from bot.storage.store import open_store; "
    look += "open_store(sys.argv[1], migrate=True).close(); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look, url], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_sqlite_writes_are_on_disk_and_never_wait_on_a_reader(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/x.db", create=True, migrate=True)
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with store.read() as reader:
        found = [reader.connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for pragma in pragmas]
        assert reader.articles.count() == 0
        with store.write() as writer:
            writer.articles.add(an_article(), "", None)
        assert reader.articles.count() == 0
    with store.read() as tx:
        assert tx.articles.count() == 1
    store.close()
    assert found == ["wal", 2, 1, 10_000]


def test_writers_take_turns(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    first, second = open_store(url, create=True, migrate=True), open_store(url)

    def add(store: SqlStore) -> None:
        for _ in range(10):
            with store.write() as tx:
                tx.articles.add(an_article(f"{tx.articles.count()}"), "", None)

    at_once([partial(add, store) for store in (first, first, second)])
    with first.read() as tx:
        assert {a.title for a in tx.articles.latest(99)} == {str(n) for n in range(30)}
    first.close()
    second.close()


def test_a_connection_that_the_server_ended_while_it_rested_is_replaced(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.RESTED_SECONDS", 0.0)
    url = postgres.fresh()
    store, other = open_store(url, create=True, migrate=True), open_store(url)
    with store.read() as tx:
        backend = tx.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with other.read() as tx:
        tx.connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
    with store.write() as tx:
        tx.workers.set("x", 1)
        assert tx.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != backend
    store.close()
    other.close()


def test_whoever_needs_a_database_alone_waits_for_its_workers_to_end(url: str) -> None:
    first, second, alone = (open_store(url, create=True, migrate=True) for _ in range(3))
    first.enlist("w1")
    with pytest.raises(UserError, match="a worker is running on"):
        alone.alone()
    first.close()
    alone.alone()
    with pytest.raises(UserError):
        second.enlist("w2", timedelta(milliseconds=20))
    alone.close()
    second.enlist("w2")
    second.close()
