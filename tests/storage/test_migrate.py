"""The migrations make exactly the tables that the code has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import bot.storage
from bot.storage.engine import make_engine, parse
from bot.storage.migrate import REVISIONS, upgrade
from bot.storage.schema import metadata
from tests.storage.databases import PostgresServer


@pytest.fixture(params=["sqlite", "postgres"])
def engines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[sa.Engine, sa.Engine]]:
    """Two empty databases of one kind."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        urls = [server.fresh(), server.fresh()]
    else:
        urls = [f"sqlite:///{tmp_path}/{name}.db" for name in ("a", "b")]
    first, second = (make_engine(parse(url)) for url in urls)
    yield first, second
    first.dispose()
    second.dispose()


SQLITE = "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE '%alembic%'"
POSTGRES = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
UNION ALL SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


def words(sql: str) -> list[str]:
    """A statement without its line breaks and quotes, its clauses in one order."""
    flat = " ".join(sql.replace('"', "").split())
    inner = flat[flat.find("(") + 1 : -1]
    return sorted(part.strip() for part in inner.split(", ")) if flat.startswith("CREATE TABLE") else [flat]


def shape(engine: sa.Engine) -> dict[Any, Any]:
    """Every table, index and rule of the database."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            return {row[0]: row[1] for row in connection.exec_driver_sql(POSTGRES)}
        rows = connection.exec_driver_sql(SQLITE.replace("tbl_name", "coalesce(sql, '')"))
        return {row[:2]: words(row[2]) for row in rows}


def test_the_migrations_make_what_the_tables_say(engines: tuple[sa.Engine, sa.Engine]) -> None:
    migrated, created = engines
    upgrade(migrated)
    metadata.create_all(created)
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert shape(migrated) == shape(created)
    assert len(shape(created)) > 30


def test_migrating_again_changes_nothing(engines: tuple[sa.Engine, sa.Engine]) -> None:
    upgrade(engines[0])
    before = shape(engines[0])
    upgrade(engines[0])
    assert shape(engines[0]) == before


def test_every_revision_is_known_by_name_without_loading_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(bot.storage.__path__[0]) / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([each.revision for each in scripts.walk_revisions()])) == REVISIONS
