"""Statements compiled once: on the way of every share, building and binding cost more than the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

__all__ = ["Prepared"]

Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement in one dialect: its text, what is bound to it and what comes back."""

    sql: str
    template: tuple[Any, ...]
    binds: tuple[tuple[int, str, Processor | None], ...]
    names: tuple[str, ...] | None
    columns: tuple[str, ...]
    results: tuple[tuple[str, Processor], ...]

    def bound(self, values: Mapping[str, Any]) -> Any:
        bound = list(self.template)
        for place, name, process in self.binds:
            value = values[name]
            bound[place] = value if process is None else process(value)
        return bound if self.names is None else dict(zip(self.names, bound, strict=True))

    def read(self, row: Any) -> dict[str, Any]:
        found = dict(zip(self.columns, row, strict=True))
        for name, process in self.results:
            if (value := found[name]) is not None:
                found[name] = process(value)
        return found


class Prepared:
    """An expression, sent as the text it always has, with the types of its columns and parameters.

    Parameters are bound by name; none may be an expanding list (`types.one_of` takes lists).
    """

    def __init__(self, statement: sa.Select[Any] | sa.Update | sa.Insert) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> int:
        """How many rows it changed."""
        cursor, _form = self._execute(connection, values)
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def one(self, connection: sa.Connection, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The columns of the one row it gives, None if it gives none."""
        cursor, form = self._execute(connection, values)
        rows = cursor.fetchall()
        cursor.close()
        if not rows:
            return None
        (row,) = rows
        return form.read(row)

    def _execute(self, connection: sa.Connection, values: Mapping[str, Any]) -> tuple[DBAPICursor, _Form]:
        """On the driver's cursor: SQLAlchemy's describes each of forty columns again, every time."""
        form = self._forms.get(connection.dialect.name)
        if form is None:
            form = self._forms[connection.dialect.name] = _compiled(self._statement, connection.dialect)
        cursor = connection.connection.cursor()
        bound = form.bound(values)
        try:
            cursor.execute(form.sql, bound)
        except Exception as error:
            raise _told(connection, form.sql, error) from error
        return cursor, form


def _told(connection: sa.Connection, sql: str, error: Exception) -> BaseException:
    """A driver's error in SQLAlchemy's words, as everywhere else; a connection that it ended is given up."""
    dialect = connection.dialect
    driver = dialect.loaded_dbapi
    if isinstance(error, driver.Error) and dialect.is_disconnect(error, connection.connection, None):
        connection.invalidate(error)
    return sa.exc.DBAPIError.instance(sql, None, error, driver.Error, dialect=dialect)


def _compiled(statement: sa.Select[Any] | sa.Update | sa.Insert, dialect: Dialect) -> _Form:
    compiled: Any = statement.compile(dialect=dialect)
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    template: list[Any] = []
    binds = []
    for place, name in enumerate(names):
        bind = compiled.binds[name]
        process = bind.type.dialect_impl(dialect).bind_processor(dialect)
        value = None if bind.required else bind.effective_value
        template.append(value if process is None or bind.required else process(value))
        if bind.required:
            binds.append((place, name, process))
    columns = [
        (str(column.key), column.type.dialect_impl(dialect).result_processor(dialect, None))
        for column in statement.exported_columns
    ]
    return _Form(
        sql=str(compiled),
        template=tuple(template),
        binds=tuple(binds),
        names=None if compiled.positional else tuple(names),
        columns=tuple(name for name, _ in columns),
        results=tuple((name, process) for name, process in columns if process is not None),
    )
