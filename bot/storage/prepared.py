"""Statements compiled once: on the way of every share, building and binding cost more than the database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

__all__ = ["IDLE", "Follower", "Prepared"]

Processor = Callable[[Any], Any]
Follower = Callable[[Mapping[str, sa.ColumnElement[Any]]], sa.Update | sa.Insert]
"""What is written because a row was: told that row's returned columns."""
Statement = sa.Select[Any] | sa.Update | sa.Insert

IDLE = 0
"""libpq's word for a connection that has said nothing yet in its transaction."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement in one dialect: its text, what is bound to it and what comes back."""

    sql: str
    template: tuple[Any, ...]
    binds: tuple[tuple[str, Processor | None, tuple[int, ...]], ...]
    names: tuple[str, ...] | None
    columns: tuple[str, ...]
    results: tuple[tuple[str, Processor], ...]

    def bound(self, values: Mapping[str, Any]) -> Any:
        bound = list(self.template)
        for name, process, places in self.binds:
            value = values[name] if process is None else process(values[name])
            for place in places:
                bound[place] = value
        return bound if self.names is None else dict(zip(self.names, bound, strict=True))

    def read(self, row: Any) -> dict[str, Any]:
        found = dict(zip(self.columns, row, strict=True))
        for name, process in self.results:
            if (value := found[name]) is not None:
                found[name] = process(value)
        return found


class Prepared:
    """An expression, sent as the text it always has, with the types of its columns and parameters.

    Parameters are bound by name, those of a plain INSERT by the names of its `columns`; none may be an
    expanding list (`types.one_of` takes lists). Followers are written for the row that it returns, on
    Postgres in the same breath: there each word is a way to the server and back, on SQLite it is a call.
    """

    def __init__(self, statement: Statement, *followers: Follower, columns: Collection[str] = ()) -> None:
        self._statement = statement
        self._followers = followers
        self._columns = columns
        self._forms: dict[str, tuple[_Form, ...]] = {}

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> int:
        """How many rows it changed."""
        if self._followers:
            return 0 if self.one(connection, values) is None else 1
        cursor = _execute(connection, self._in(connection)[0], values)
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def one(self, connection: sa.Connection, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The columns of the one row it gives, None if it gives none."""
        form, *followers = self._in(connection)
        cursor = _execute(connection, form, values)
        rows = cursor.fetchall()
        cursor.close()
        if not rows:
            return None
        (row,) = rows
        found = form.read(row)
        for each in followers:
            known = {f"{DONE}{name}": value for name, value in found.items()}
            _execute(connection, each, {**values, **known}).close()
        return found

    def all(self, connection: sa.Connection, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The columns of every row it gives."""
        (form,) = self._in(connection)
        cursor = _execute(connection, form, values)
        rows = cursor.fetchall()
        cursor.close()
        return [form.read(row) for row in rows]

    def many(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each of these; nothing of what they give is read."""
        (form,) = self._in(connection)
        if rows:
            _sent(connection, form, [form.bound(values) for values in rows], "executemany").close()

    def each(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The columns of the one row that it gives for each of these, in their order."""
        if connection.dialect.name != "postgresql":
            return [one for values in rows if (one := self.one(connection, values))]
        (form,) = self._in(connection)
        bound = [form.bound(values) for values in rows]
        cursor: Any = _sent(connection, form, bound, "executemany", returning=True)
        found = [form.read(cursor.fetchone())]
        while cursor.nextset():
            found.append(form.read(cursor.fetchone()))
        cursor.close()
        return found

    def _in(self, connection: sa.Connection) -> tuple[_Form, ...]:
        """As this database is told it."""
        dialect = connection.dialect
        forms = self._forms.get(dialect.name)
        if forms is None:
            said = _said(self._statement, self._followers, together=dialect.name == "postgresql")
            forms = self._forms[dialect.name] = tuple(
                _compiled(each, dialect, self._columns) for each in said
            )
        return forms


DONE = "done_"
"""Before the names of a row's columns, where they are bound to what follows from it."""


def _said(
    statement: Statement, followers: tuple[Follower, ...], *, together: bool
) -> Iterable[sa.ClauseElement]:
    """One statement for all, where a database takes it, or one after the other."""
    if not followers:
        return [statement]
    columns = {str(column.key): column.type for column in statement.exported_columns}
    if not together:
        row = {name: sa.bindparam(f"{DONE}{name}", type_=kind) for name, kind in columns.items()}
        return [statement, *(each(row) for each in followers)]
    done = statement.cte("done")
    whole = sa.select(*(done.c[name] for name in columns))
    for number, each in enumerate(followers):
        whole = whole.add_cte(each(dict(done.c.items())).cte(f"then{number}"))
    return [whole]


def _execute(connection: sa.Connection, form: _Form, values: Mapping[str, Any]) -> DBAPICursor:
    return _sent(connection, form, form.bound(values), "execute")


def _sent(connection: sa.Connection, form: _Form, bound: Any, how: str, **more: bool) -> DBAPICursor:
    """On the driver's cursor: SQLAlchemy's describes each of forty columns again, every time."""
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    send = getattr(cursor, how)
    try:
        if connection.dialect.name == "postgresql" and driver.info.transaction_status == IDLE:
            with driver.pipeline():  # BEGIN goes along, instead of its own way there and back
                send(form.sql, bound, **more)
        else:
            send(form.sql, bound, **more)
    except Exception as error:
        raise _told(connection, form.sql, error) from error
    return cursor  # type: ignore[no-any-return]


def _told(connection: sa.Connection, sql: str, error: Exception) -> BaseException:
    """A driver's error in SQLAlchemy's words, as everywhere else; a connection that it ended is given up."""
    dialect = connection.dialect
    driver = dialect.loaded_dbapi
    if isinstance(error, driver.Error) and dialect.is_disconnect(error, connection.connection, None):
        connection.invalidate(error)
    return sa.exc.DBAPIError.instance(sql, None, error, driver.Error, dialect=dialect)


def _compiled(statement: sa.ClauseElement, dialect: Dialect, written: Collection[str]) -> _Form:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(written) or None)
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    template: list[Any] = []
    binds: dict[str, tuple[Processor | None, list[int]]] = {}
    for place, name in enumerate(names):
        bind = compiled.binds[name]
        process = bind.type.dialect_impl(dialect).bind_processor(dialect)
        value = None if bind.required else bind.effective_value
        template.append(value if process is None or bind.required else process(value))
        if bind.required:
            binds.setdefault(name, (process, []))[1].append(place)
    returned: Any = getattr(statement, "exported_columns", ())
    columns = [
        (str(column.key), column.type.dialect_impl(dialect).result_processor(dialect, None))
        for column in returned
    ]
    return _Form(
        sql=str(compiled),
        template=tuple(template),
        binds=tuple((name, process, tuple(places)) for name, (process, places) in binds.items()),
        names=None if compiled.positional else tuple(names),
        columns=tuple(name for name, _ in columns),
        results=tuple((name, process) for name, process in columns if process is not None),
    )
