"""A whole copy of a live SQLite file, while everybody goes on writing to it."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from bot.domain.errors import UserError
from bot.ports.facts import BACKUP
from bot.storage.engine import file_of, parse

__all__ = ["backup"]

SET = "INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


def backup(url: str, to: Path | None, at: datetime) -> Path:
    """Copy the database of `url` to a new file, its owner's alone, as of one moment; which file it is.

    Raises:
        UserError: it is Postgres, it cannot be read, or the file is there already or cannot be written.
    """
    file = file_of(parse(url))
    if file is None:
        raise UserError("this database is a Postgres: back it up with pg_dump, which needs no worker to stop")
    if not file.exists():
        raise UserError(f"there is no database at {file} yet")
    target = to or file.with_name(f"{file.stem}-{at:%Y%m%dT%H%M%SZ}.db")
    if target.is_dir():
        target = target / f"{file.stem}-{at:%Y%m%dT%H%M%SZ}.db"
    if target.exists():
        raise UserError(f"{target} is there already: name another file")
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
        _copy(file, part, at)
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            part.unlink()
        raise UserError(f"{file} cannot be backed up to {target}: {_said(error)}") from error
    return target


def _copy(file: Path, part: Path, at: datetime) -> None:
    with (
        closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True)) as source,
        closing(sqlite3.connect(part, isolation_level=None)) as target,
    ):
        source.backup(target)  # at one go: in steps it would begin anew whenever a worker wrote
        target.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
        target.execute(SET, (BACKUP, json.dumps(at.isoformat())))
        found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)


def _said(error: OSError | sqlite3.Error) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
