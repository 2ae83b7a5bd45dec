"""Finds files of secrets that others on the machine can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.settings.problems import Problem

__all__ = ["exposed"]

OTHERS = stat.S_IRWXG | stat.S_IRWXO
BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite writes beside a database holds parts of it."""


def exposed(database: Path | None, dotenv: Path, secrets: Iterable[Path] = ()) -> list[Problem]:
    """A warning for each file or folder that is not its owner's alone, with the chmod that mends it.

    Args:
        database: the SQLite file, None where there is none.
        dotenv: the `.env` file.
        secrets: folders with a file a secret; what we may not write there is somebody else's to mend.
    """
    if os.name != "posix":
        return []
    files = [dotenv]
    if database is not None:
        files += [database.with_name(database.name + end) for end in BESIDE]
    open_files = [(path, "600") for path in files if _open_to_others(path)]
    open_folders = [(path, "-R go=") for path in secrets if os.access(path, os.W_OK) and _any_open(path)]
    return [_problem(path, mode) for path, mode in (*open_files, *open_folders)]


def _problem(path: Path, mode: str) -> Problem:
    now = stat.S_IMODE(path.stat().st_mode)
    return Problem(
        str(path), "", f"others can read or change it (mode {now:04o}): chmod {mode} {path}", "warning"
    )


def _open_to_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False


def _any_open(folder: Path) -> bool:
    return any(_open_to_others(path) for path in _files(folder))


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from (path for path in folder.iterdir() if path.is_file())
    except OSError:
        return
