"""Brings a database's schema to this release, one process at a time; Alembic is loaded only for that."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bot.domain.errors import UserError
from bot.storage.engine import WRITES

__all__ = ["HEAD", "REVISIONS", "current", "require_known", "upgrade"]

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012")
"""Every revision this release knows, oldest first."""
HEAD = REVISIONS[-1]
TURN = 7_241_350_198_001
"""The advisory lock of whoever migrates a Postgres database."""


def current(connection: sa.Connection) -> str | None:
    """The schema's revision, None for a database without tables of ours."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def require_known(revision: str | None) -> None:
    """Raise UserError for a schema that a newer release has made."""
    if revision is not None and revision not in REVISIONS:
        raise UserError(
            f"the database's schema ({revision}) is newer than this release of Sharewire ({HEAD}): "
            "run the release that made it, or a newer one"
        )


def upgrade(engine: sa.Engine) -> None:
    """Run the missing migrations in one transaction, after whoever else is at it.

    Raises:
        UserError: the schema is newer than this release.
    """
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TURN)))
        revision = current(connection)
        require_known(revision)
        if revision != HEAD:
            _run(connection)


def _run(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    scripts = str(Path(__file__).with_name("migrations"))
    config.set_main_option("script_location", scripts.replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
