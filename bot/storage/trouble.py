"""What a database's refusal means for the operator: one line that names the place and the cure."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

from bot.domain.errors import StoreError

__all__ = ["in_words"]

PUT_BACK = "stop the worker, put the last backup back, then `sharewire recover --restored`"
SAYINGS = {
    "database or disk is full": "the disk is full: make room; nothing is sent until then",
    "disk I/O error": "the disk cannot be read or written: look at it; nothing is sent until then",
    "attempt to write a readonly database": (
        "it is read-only: give it, its -wal file and its folder to the user that runs Sharewire"
    ),
    "unable to open database file": "it cannot be opened: does its folder exist, and may it be written to?",
    "database disk image is malformed": f"it is corrupt: {PUT_BACK}",
    "file is not a database": f"it is no SQLite database, or a corrupt one: {PUT_BACK}",
    "database is locked": "another program holds it for longer than 10 seconds: end that program",
}
"""SQLite's words (https://www.sqlite.org/rescode.html, read 2026-11-25), and ours."""


def in_words(error: Exception, shown: str) -> StoreError | None:
    """The trouble of a database that cannot be used just now; None for what is a fault of ours."""
    cause = getattr(error, "orig", None) or error
    said = str(cause).strip().splitlines() or [type(cause).__name__]
    if isinstance(cause, sqlite3.Error):
        meaning = next((text for words, text in SAYINGS.items() if words in said[0]), "")
        return StoreError(f"the database {shown}: {meaning}") if meaning else None
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        return StoreError(f"the database {shown} does not answer as it should, it is tried again: {said[0]}")
    return None
