"""What a database says of itself: live or rehearsal, in use, moved away, or a copy that is not whole."""

from __future__ import annotations

import sqlalchemy as sa

from bot.domain.errors import UserError
from bot.ports.facts import MODE, MOVED, UNFINISHED
from bot.storage.engine import WRITES
from bot.storage.workers import SqlWorkers

__all__ = ["UNSURE", "half", "take_mode"]

UNSURE = "unsure"
"""In what a database says of where it was moved to: until the copy is known to be whole."""


def half(shown: str, source: str) -> str:
    """What is wrong with half a copy, and the cure."""
    order = f"sharewire db copy {_address(source)} {_address(shown)}"
    return (
        f"the database {shown} is an unfinished copy of {source}: `{order}` (with its password) once more "
        "finishes it; nothing is lost, and nothing shared twice"
    )


def _address(shown: str) -> str:
    return shown.replace("postgresql+psycopg:", "postgresql:") if "://" in shown else f"sqlite:///{shown}"


def take_mode(engine: sa.Engine, shown: str, mode: str) -> None:
    """Make a new database one of this mode.

    Raises:
        UserError: it is of the other mode, was moved away, or is half a copy.
    """
    with engine.begin() as connection:
        facts = SqlWorkers(connection)
        found, moved, unfinished = facts.get(MODE), facts.get(MOVED), facts.get(UNFINISHED)
    if unfinished:
        raise UserError(half(shown, unfinished))
    if moved and moved.get(UNSURE):
        order = f"sharewire db copy {_address(shown)} {_address(moved['to'])}"
        raise UserError(
            f"the database {shown} was moved to {moved['to']}, but that was cut short: `{order}` (with its "
            "password) once more finishes it; nothing is lost, and nothing shared twice"
        )
    if moved:
        raise UserError(
            f"the database {shown} was moved to {moved['to']} on {moved['at'][:10]}: "
            "set DATABASE_URL to it; only `sharewire db adopt` takes this one back into use"
        )
    if found is None:
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            SqlWorkers(connection).set(MODE, mode)
    elif found != mode:
        raise UserError(
            f"the database {shown} is of {found} mode and this is {mode} mode: give each mode a database "
            "of its own (DATABASE_URL); `sharewire db adopt` makes this one yours on purpose"
        )
