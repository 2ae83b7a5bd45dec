"""Moves everything from one database into another, of the same kind or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime

import sqlalchemy as sa

from bot.domain.errors import UserError
from bot.ports.facts import MOVED, UNFINISHED
from bot.storage.engine import parse
from bot.storage.schema import metadata
from bot.storage.standing import UNSURE, half
from bot.storage.store import SqlStore, open_store
from bot.storage.tables import facts

__all__ = ["Progress", "copy_database"]

Progress = Callable[[str, int, int], None]
"""Told of each table: its name, the rows copied so far, and how many there are."""
LOT = 1000
KEPT = facts.c.key != UNFINISHED


def copy_database(source_url: str, target_url: str, at: datetime, progress: Progress) -> dict[str, int]:
    """Copy all that the one holds into the other, which must be empty, and stamp the first as moved.

    The target counts as unfinished until all is there and counted, and the source has said that it is moved:
    whenever this is cut short, at most one of the two can be used, and the same order, given again, finishes
    it.

    Returns:
        The rows of each table.

    Raises:
        UserError: they are one, a worker lives on either, the target is not empty, or not all arrived.
    """
    if parse(source_url) == parse(target_url):
        raise UserError("FROM and TO are one database")
    with ExitStack() as stack:
        source = stack.enter_context(closing(open_store(source_url, mode=None)))
        source.alone()
        moved = _moved(source, shown(source_url), shown(target_url))
        target = stack.enter_context(
            closing(open_store(target_url, mode=None, create=not moved, migrate=not moved))
        )
        if moved and _is_whole(target):
            _say_moved(source, target_url, at)
            return {table.name: 0 for table in metadata.sorted_tables}
        target.alone()
        if moved:
            counts = _counts(source)
            _verify(source, target, counts)
            _release(source, target, target_url, at)
            return counts
        begun = _is_of(target, shown(source_url))
        if not begun:
            _require_empty(target, shown(target_url))
        with target.write() as tx:
            tx.workers.set(UNFINISHED, shown(source_url))
        with source.read() as old, target.write() as new:
            if begun:  # the source may have been in use since: all of it anew
                _empty(new.connection)
            counts = {
                table.name: _copy(old.connection, new.connection, table, progress)
                for table in metadata.sorted_tables
            }
            _number_on(new.connection)
        _verify(source, target, counts)
        with source.write() as tx:
            tx.workers.set(MOVED, {"to": shown(target_url), "at": at.isoformat(), UNSURE: True})
        _release(source, target, target_url, at)
        return counts


def shown(url: str) -> str:
    """The address as it may be printed: a file's name, or without its password."""
    parsed = parse(url)
    return (
        str(parsed.database)
        if parsed.host is None and parsed.get_backend_name() == "sqlite"
        else (parsed.set(drivername="postgresql").render_as_string(hide_password=True))
    )


def _moved(source: SqlStore, name: str, target: str) -> bool:
    """Whether it says that it was moved to this target, but not that it got there whole.

    Raises:
        UserError: it is not in use here: moved elsewhere, or itself half a copy.
    """
    with source.read() as tx:
        moved, unfinished = tx.workers.get(MOVED), tx.workers.get(UNFINISHED)
    if unfinished:
        raise UserError(half(name, unfinished))
    if moved and (moved["to"] != target or not moved.get(UNSURE)):
        raise UserError(f"the database {name} was moved to {moved['to']} already")
    return bool(moved)


def _is_whole(target: SqlStore) -> bool:
    with target.read() as tx:
        return tx.workers.get(UNFINISHED) is None


def _is_of(target: SqlStore, source: str) -> bool:
    """Whether it is what an earlier copy of the same source left, which nobody can have used since."""
    with target.read() as tx:
        return bool(tx.workers.get(UNFINISHED) == source)


def _release(source: SqlStore, target: SqlStore, target_url: str, at: datetime) -> None:
    """The target is in use from here on; last, the source says that it is sure of that."""
    with target.write() as tx:
        tx.workers.set(UNFINISHED, None)
    _say_moved(source, target_url, at)


def _say_moved(source: SqlStore, target_url: str, at: datetime) -> None:
    with source.write() as tx:
        tx.workers.set(MOVED, {"to": shown(target_url), "at": at.isoformat()})


def _empty(connection: sa.Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        connection.execute(sa.delete(table) if table is not facts else sa.delete(facts).where(KEPT))


def _counts(store: SqlStore) -> dict[str, int]:
    with store.read() as tx:
        return {table.name: _count(tx.connection, table) for table in metadata.sorted_tables}


def _require_empty(target: SqlStore, name: str) -> None:
    with target.read() as tx:
        full = [
            table.name
            for table in metadata.sorted_tables
            if table is not facts
            and tx.connection.scalar(sa.select(sa.literal(1)).select_from(table).limit(1))
        ]
    if full:
        raise UserError(f"the database {name} is not empty ({', '.join(full)}): name a new one")


def _copy(old: sa.Connection, new: sa.Connection, table: sa.Table, progress: Progress) -> int:
    """One table; what points into the same table is set once all of it is there."""
    total = _count(old, table)
    within = [c for c in table.c if any(key.column.table is table for key in c.foreign_keys)]
    columns = [column for column in table.c if column.computed is None]
    done, links = 0, []
    for rows in _lots(old, sa.select(*columns)):
        for row in rows:
            links += [
                {"b_id": row["id"], f"b_{c.name}": row[c.name]} for c in within if row[c.name] is not None
            ]
            row.update(dict.fromkeys((c.name for c in within), None))
        kept = [row for row in rows if table is not facts or row["key"] not in (MOVED, UNFINISHED)]
        if table is facts:
            new.execute(sa.delete(facts).where(facts.c.key.in_([row["key"] for row in kept])))
        if kept:
            new.execute(sa.insert(table), kept)
        done += len(rows)
        progress(table.name, done, total)
    for column in within:
        setting = sa.update(table).where(table.c.id == sa.bindparam("b_id"))
        if links:
            new.execute(setting.values({column.name: sa.bindparam(f"b_{column.name}")}), links)
    return total


def _lots(
    connection: sa.Connection, rows: sa.Select[tuple[object, ...]]
) -> Iterator[list[dict[str, object]]]:
    streamed = connection.execute(rows, execution_options={"yield_per": LOT})
    for lot in streamed.mappings().partitions():
        yield [dict(row) for row in lot]


def _number_on(connection: sa.Connection) -> None:
    """New rows get numbers after those that were copied; SQLite does that by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        numbered = table.autoincrement_column
        if numbered is not None and not numbered.foreign_keys:
            sequence = sa.func.pg_get_serial_sequence(table.name, numbered.name)
            last = sa.select(sa.func.max(numbered)).scalar_subquery()
            connection.execute(
                sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None)))
            )


def _verify(source: SqlStore, target: SqlStore, counts: dict[str, int]) -> None:
    with source.read() as old, target.read() as new:
        for table in metadata.sorted_tables:
            if table is facts:
                continue
            before, after = _count(old.connection, table), _count(new.connection, table)
            if not before == after == counts[table.name]:
                raise UserError(f"of {before} rows of {table.name} {after} arrived: nothing was moved")


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
