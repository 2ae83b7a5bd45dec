"""`sharewire plan`: what goes out in the coming hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.foresight import day_of, print_calendar, show_difference
from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, price, print_json
from bot.domain.wallclock import WallClock

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["plan"]

INDENT = 9
"""The text stands under the account."""


def plan(
    config: ConfigOption = None,
    *,
    hours: Annotated[float, typer.Option(min=0.1, help="How far to look.")] = 24,
    days: Annotated[float, typer.Option(min=0, help="How far to look, in days.")] = 0,
    short: Annotated[
        bool, typer.Option("--short", help="A line for each share, with its title alone.")
    ] = False,
    ics: Annotated[bool, typer.Option("--ics", help="A calendar file on stdout.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="What the file as it is now changes against what is in force.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what will go out when, with its text; tentative rows may still change. Writes nothing."""
    from bot.cli.session import Session
    from bot.services.plan import plan as foresee

    session = Session(config)
    hours = days * 24 or hours
    if diff:
        show_difference(session, timedelta(hours=hours), as_json=as_json)
        return
    rows = foresee(session.store, session.newsroom, session.now, timedelta(hours=hours))
    if ics:
        print_calendar(rows, session.now)
        return
    if as_json:
        print_json(rows)
        return
    if not rows:
        span = f"{days:g} days" if days else f"{hours:g} hours"
        console().print(f"Nothing is planned for the next {span}.")
        return
    _calendar(rows, session.wall, short=short)


def _calendar(rows: list[dict[str, Any]], wall: WallClock, *, short: bool) -> None:
    """A list a day: each share's time, place and length, and below it what it says."""
    out = console()
    widths = tuple(max(len(each(row)) for row in rows) for each in (_account, _rule))
    placeless = [row for row in rows if _is_placeless(row)]
    placed = [row for row in rows if not _is_placeless(row)]
    for day, group in groupby(placed, key=lambda row: day_of(row, wall)):
        of_day = list(group)
        out.print(f"{day} ({counted(len(of_day), 'share')})", style="bold")
        for row in of_day:
            _share(out, row, wall, widths, short=short)
    _without_places(out, placeless)
    if any(row["tentative"] for row in placed):
        out.print("~ tentative: a newer article may take this slot", style="dim")
    for over in dict.fromkeys(
        f"{row['account']}: {row['over_budget']}" for row in rows if row["over_budget"]
    ):
        out.print(f"! {over}", style="yellow", markup=False)


def _is_placeless(row: dict[str, Any]) -> bool:
    """Whether it waits for nothing but a place, and none is free as far as can be foreseen."""
    return row["at"] is None and row["state"] in ("queued", "planned")


def _without_places(out: Console, rows: list[dict[str, Any]]) -> None:
    """A line for each article: what it says is shown once it has a place."""
    if not rows:
        return
    out.print(f"no place yet ({counted(len(rows), 'share')})", style="bold")
    for _, same in groupby(rows, key=lambda row: (row["article"], row["occasion"], row["title"])):
        some = list(same)
        accounts = ", ".join(dict.fromkeys(map(_account, some)))
        again = "" if some[0]["occasion"] == "new" else f"{some[0]['occasion']}: "
        out.print(
            f"  {again}{some[0]['title']} ({accounts})",
            style="dim",
            markup=False,
            overflow="ellipsis",
            no_wrap=True,
        )


def _share(
    out: Console, row: dict[str, Any], wall: WallClock, widths: tuple[int, ...], *, short: bool
) -> None:
    from rich.padding import Padding
    from rich.text import Text

    at = datetime.fromisoformat(row["at"]) if row["at"] else None
    when = wall.tell(at, "%H:%M") if at else row["state"] + (f": {row['reason']}" if row["reason"] else "")
    first = row["parts"][0] if row["parts"] else None
    length = "not sent" if row["error"] else f"{first['count']}/{first['limit']}" if first else ""
    more = f" and {len(row['parts']) - 1} more" if len(row["parts"]) > 1 else ""
    head = [
        (when + (" ~" if row["tentative"] else "")).ljust(7),
        _account(row).ljust(widths[0]),
        _rule(row).ljust(widths[1]),
        *([row["title"]] if short else [f"{length}{more}", _cost(row)]),
        *(["by hand"] if row["by_hand"] else []),
    ]
    out.print("  ".join(head).rstrip(), markup=False, overflow="ellipsis" if short else "fold", no_wrap=short)
    said = row["error"] or "\n\n".join(part["text"] for part in row["parts"]) or row["note"]
    if not short or row["error"]:
        body = Text(said if not row["note"] else f"{row['title']}: {row['note']}", style=_style(row))
        out.print(Padding(body, (0, 0, 0, INDENT), expand=False))


def _account(row: dict[str, Any]) -> str:
    return str(row["account"])


def _rule(row: dict[str, Any]) -> str:
    """By which rule, and as what if it is not the news itself."""
    return str(row["route"]) + (f" {row['occasion']}" if row["occasion"] != "new" else "")


def _style(row: dict[str, Any]) -> str:
    return "red" if row["error"] else "dim" if row["note"] else ""


def _cost(row: dict[str, Any]) -> str:
    if row["cost_usd"] is None:
        return ""
    return price(row["cost_usd"]) + (" !" if row["over_budget"] else "")
