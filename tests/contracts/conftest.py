"""The store on both databases: every test that takes `store` or `desk` runs on SQLite and on Postgres."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.storage.store import SqlStore, open_store
from tests.storage.databases import PostgresServer, empty
from tests.storage.desk import StoreDesk


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file, to be copied."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    open_store(f"sqlite:///{file}", create=True, migrate=True).close()
    return file


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """A migrated database, emptied after each test."""
    url = postgres.fresh()
    open_store(url, create=True, migrate=True).close()
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated database."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
    return f"sqlite:///{tmp_path}/test.db"


@pytest.fixture
def open_another(url: str) -> Iterator[Callable[[], SqlStore]]:
    """One more store on the same database, as another process has it."""
    opened: list[SqlStore] = []

    def another() -> SqlStore:
        opened.append(open_store(url))
        return opened[-1]

    yield another
    for store in opened:
        store.close()


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = open_store(url)
    yield store
    empty(store)
    store.close()


@pytest.fixture
def desk(store: SqlStore) -> StoreDesk:
    return StoreDesk(store)
