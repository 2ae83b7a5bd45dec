"""An older release runs on the newest schema, and however many start at once, one migrates."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import bot.storage
from bot.storage.engine import WRITES, make_engine, parse
from bot.storage.migrate import HEAD, REVISIONS, current, upgrade
from tests.storage.databases import PostgresServer

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "state": "queued",
    "payload": "{}",
    "value": "1",
    "refs": "[]",
    "cursor": "{}",
    "identity": "{}",
    "extra": "{}",
    "told": "[]",
}
"""What an old release writes where a rule, or the kind of the column, wants something of its own."""


def migrate_to(engine: sa.Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(bot.storage.__path__[0]) / "migrations"))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.fixture(params=["sqlite", "postgres"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Two new databases of one kind."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.fresh(), server.fresh()
    return f"sqlite:///{tmp_path}/old.db", f"sqlite:///{tmp_path}/new.db"


@pytest.fixture
def engines(urls: tuple[str, str]) -> Iterator[tuple[sa.Engine, sa.Engine]]:
    old, new = (make_engine(parse(url)) for url in urls)
    yield old, new
    old.dispose()
    new.dispose()


def tables_of(engine: sa.Engine) -> sa.MetaData:
    found = sa.MetaData()
    found.reflect(engine)
    found.remove(found.tables["alembic_version"])
    return found


def row_of(table: sa.Table, number: int) -> dict[str, Any]:
    """What a release that knows these columns has to say of a new row."""
    values: dict[str, Any] = {}
    for column in table.c:
        optional = column.nullable or column.server_default is not None
        if column.computed is not None or (optional and column.name not in VALUES):
            continue
        values[column.name] = VALUES.get(column.name, _value(column, number))
    return values


def _value(column: sa.Column[Any], number: int) -> Any:
    kind = column.type.python_type
    if column.foreign_keys or kind is int:
        return number
    return {datetime: AT, bytes: b"x", bool: False}.get(kind, f"{column.name} {number}")


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_what_an_older_release_writes_is_taken_read_and_changed_on_the_newest_schema(
    engines: tuple[sa.Engine, sa.Engine], revision: str
) -> None:
    old_engine, new_engine = engines
    migrate_to(old_engine, revision)
    upgrade(new_engine)
    old = tables_of(old_engine)
    assert {"articles", "deliveries", "attempts"} <= set(old.tables)
    with new_engine.execution_options(**{WRITES: True}).begin() as connection:
        for table in old.sorted_tables:
            for number in (1, 2):
                connection.execute(sa.insert(table), row_of(table, number))
            rows = connection.execute(sa.select(table)).mappings().all()
            assert len(rows) == 2
            assert set(rows[0]) == set(table.c.keys())
        deliveries = old.tables["deliveries"]
        sending = {"state": "sending", "lease_owner": "old", "lease_epoch": 1, "lease_expires_at": AT}
        done = {"state": "published", "lease_owner": None, "finalized_at": AT, "sent_at": AT, "part": 1}
        for values in (sending, {"committed_at": AT}, done):
            changed = connection.execute(sa.update(deliveries).where(deliveries.c.id == 1).values(values))
            assert changed.rowcount == 1
        for table in reversed(old.sorted_tables):
            assert connection.execute(sa.delete(table)).rowcount == 2


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_nothing_that_an_older_release_knows_is_gone_or_stricter(
    engines: tuple[sa.Engine, sa.Engine], revision: str
) -> None:
    migrate_to(engines[0], revision)
    upgrade(engines[1])
    old, new = (tables_of(engine) for engine in engines)
    for table in old.sorted_tables:
        now = new.tables[table.name]
        for column in table.c:
            assert now.c[column.name].nullable or not column.nullable
            assert str(now.c[column.name].type) == str(column.type)
        added = [column for column in now.c if column.name not in table.c]
        needed = [c.name for c in added if not (c.nullable or c.server_default is not None)]
        assert needed == [], table.name


UPGRADE = """
import sys
from bot.storage.store import open_store
sys.stdin.readline()
open_store(sys.argv[1], create=True, migrate=True).close()
"""


@pytest.mark.parametrize("before", ["", REVISIONS[0]])
def test_of_processes_that_start_at_once_one_migrates_and_the_others_wait(
    urls: tuple[str, str], engines: tuple[sa.Engine, sa.Engine], before: str
) -> None:
    if before:
        migrate_to(engines[0], before)
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, urls[0]], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for process in starts:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[1] for process in starts]
    assert [process.returncode for process in starts] == [0, 0, 0], said
    with engines[0].connect() as connection:
        assert current(connection) == HEAD
        assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar() == 1
