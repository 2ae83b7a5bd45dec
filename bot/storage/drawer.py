"""What every drawer of a transaction stands on: its connection, and inserts that give way."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

__all__ = ["Drawer", "in_lots", "insert_of", "values_of"]

T = TypeVar("T")
LOT = 500
"""Values in one IN list, well below the databases' limits."""


class Drawer:
    """One part of a transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    @property
    def on_postgres(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT."""
        return insert_of(table, self.on_postgres)


def insert_of(table: sa.Table, on_postgres: bool) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT."""
    if on_postgres:
        from sqlalchemy.dialects import postgresql  # all its drivers come with it

        return postgresql.insert(table)
    return sqlite.insert(table)


def values_of(record: Any) -> dict[str, Any]:
    """A record's fields by name, as they are: `asdict` would copy every date."""
    return {each.name: getattr(record, each.name) for each in fields(record)}


def in_lots(values: Collection[T]) -> Iterator[Sequence[T]]:
    """The values, 500 at a time."""
    kept = list(values)
    for start in range(0, len(kept), LOT):
        yield kept[start : start + LOT]
