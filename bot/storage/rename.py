"""Keeps the memory of a source or account that was given another id in the configuration."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.storage.drawer import Drawer

__all__ = ["ensure"]


def ensure(
    drawer: Drawer, table: sa.Table, named: Sequence[sa.Column[Any]], ids: Mapping[str, Collection[str]]
) -> list[tuple[str, str]]:
    """A row in `table` for each id; the first former id that has one, while the new has none, is renamed.

    Args:
        drawer: the transaction.
        table: keyed by `id`.
        named: the columns of other tables that hold its ids.
        ids: each id with those it had before.

    Returns:
        The renames made, (new, old).
    """
    there = set(drawer.connection.scalars(sa.select(table.c.id)))
    renamed = []
    for new, former in ids.items():
        old = next((each for each in former if each in there), None)
        if new in there or old is None:
            continue
        for column in (table.c.id, *named):
            drawer.connection.execute(sa.update(column.table).where(column == old).values({column.name: new}))
        there = there - {old} | {new}
        renamed.append((new, old))
    missing = [{"id": each} for each in ids if each not in there]
    if missing:
        drawer.connection.execute(drawer.insert(table).on_conflict_do_nothing(), missing)
    return renamed
