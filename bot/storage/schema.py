"""What every table is made of: the one MetaData, and columns and indexes as we spell them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Index, Integer
from sqlalchemy.sql import ColumnElement

from bot.domain.delivery import State
from bot.storage.types import Words

__all__ = ["among", "count", "flag", "for_postgres", "metadata", "partial", "words"]

metadata = sa.MetaData()


def among(column: ColumnElement[Any], *states: State) -> ColumnElement[bool]:
    """`column IN (…)` with the words written out: a bound value would not match a partial index."""
    spelt: list[ColumnElement[Any]] = [sa.literal_column(f"'{state}'") for state in states]
    return column == spelt[0] if len(spelt) == 1 else column.in_(spelt)


def partial(name: str, *columns: Any, where: ColumnElement[bool], unique: bool = False) -> Index:
    """An index over the rows that fulfil `where`; Postgres is told by `for_postgres`."""
    return Index(name, *columns, unique=unique, sqlite_where=where)


def for_postgres() -> None:
    """Say of the partial indexes in Postgres' words, too: with these come all its drivers, 2 MB of them."""
    for table in metadata.tables.values():
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


def words(name: str, default: str | None = "") -> Column[str]:
    """Text that is never NULL."""
    return Column(name, Words, nullable=False, server_default=default)


def count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


def flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=sa.false())
