"""Prints for people (Rich; plain when piped) and for programs (one JSON document)."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "print_json"]

PIPED_WIDTH = 1000
"""Wide enough that what a program reads is never wrapped or cut."""


def print_json(document: Any) -> None:
    """Print one JSON document on stdout; times are ISO 8601 with zone."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=_plain) + "\n")


def console(*, err: bool = False) -> Console:
    """Standard output, or standard error, for people; without colours and wrapping when piped."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    return Console(
        file=stream, highlight=False, soft_wrap=False, width=None if stream.isatty() else PIPED_WIDTH
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, set | frozenset | tuple):
        return sorted(value)
    return str(value)
