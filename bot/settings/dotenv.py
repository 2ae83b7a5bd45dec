"""Writes secrets into a `.env` file that is its owner's alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

__all__ = ["append"]


def append(path: Path, variables: Mapping[str, str]) -> None:
    """Set these variables in the file: lines that set them already go, the others stay as they are.

    Raises:
        OSError: it cannot be written.
    """
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in kept if _name(line) not in variables]
    lines = [*kept, *(f"{name}={_quoted(value)}" for name, value in variables.items())]
    beside = path.with_name(f"{path.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _name(line: str) -> str:
    return line.strip().removeprefix("export ").partition("=")[0].strip()


def _quoted(value: str) -> str:
    """In single quotes where anything in it might be read as more than itself."""
    plain = value.isascii() and all(each.isalnum() or each in "-_./:@+=" for each in value)
    return value if plain else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
