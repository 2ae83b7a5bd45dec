"""Prints for people (Rich; plain when piped) and for programs (one JSON document)."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.wallclock import SHORT, WallClock

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "counted", "in_zone", "local", "price", "print_json", "print_text", "spoken"]

UNSEEN = re.compile("[\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]+")
"""A terminal obeys it, or it turns directions, or cannot be written; JSON does not escape it by itself."""
IN_UTC = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC")
AMENDED = {"edit": "corrected", "withdraw": "deleted there"}
"""What became of the post that stood, where what was sent is no further one."""
PIPED_WIDTH = 1000
"""Wide enough that what a program reads is never wrapped or cut."""


def print_json(document: Any) -> None:
    """Print one JSON document on stdout; times are ISO 8601 with zone."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write(UNSEEN.sub(_escaped, text) + "\n")


def console(*, err: bool = False) -> Console:
    """Standard output, or standard error, for people; without colours and wrapping when piped."""
    from bot.cli.screen import Screen

    stream = sys.stderr if err else sys.stdout
    return Screen(
        file=stream, highlight=False, soft_wrap=False, width=None if stream.isatty() else PIPED_WIDTH
    )


def print_text(out: Console, text: str, head: str, foot: str = "", *, style: str = "none") -> None:
    """A text with its head and foot: framed on a terminal, plain lines when piped."""
    from rich.markup import escape
    from rich.panel import Panel

    if out.is_terminal:
        out.print(Panel(escape(text), title=escape(head), subtitle=escape(foot) or None, border_style=style))
    else:
        out.print(f"== {head}" + (f" ({foot})" if foot else ""), markup=False)
        out.print(text + "\n", markup=False)


def local(at: str | None, clock: WallClock) -> str:
    """A document's ISO time as the desk's clock shows it; empty for None."""
    return clock.tell(datetime.fromisoformat(at), f"{SHORT}:%S") if at else ""


def spoken(row: dict[str, Any], clock: WallClock) -> str:
    """A share document's `why`, its times as the desk's clock shows them."""
    said: str = row["why"]
    said = said.replace(row["due_at"], local(row["due_at"], clock)) if row["due_at"] else said
    if row["state"] == "published":
        said = AMENDED.get(row["occasion"].partition(":")[0], "published") + said.removeprefix("published")
    return in_zone(said, clock)


def in_zone(said: str, clock: WallClock) -> str:
    """A reason or a detail with its UTC times as the desk's clock shows them."""

    def here(found: re.Match[str]) -> str:
        return clock.tell(datetime.fromisoformat(f"{found[1]}+00:00"))

    return IN_UTC.sub(here, said)


def counted(count: int, noun: str) -> str:
    """`1 route`, `2 routes`."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def price(dollars: float) -> str:
    """A document's dollars: `$0.20`, `$0.015`."""
    return f"${dollars:.2f}" if round(dollars, 2) == dollars else f"${dollars:.6f}".rstrip("0")


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"\\u{ord(each):04x}" for each in found[0])


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
