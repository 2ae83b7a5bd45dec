"""`sharewire plan`: what goes out in the coming hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.foresight import day_of, print_calendar, show_difference
from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, price, print_json

__all__ = ["plan"]


def plan(
    config: ConfigOption = None,
    *,
    hours: Annotated[float, typer.Option(min=0.1, help="How far to look.")] = 24,
    days: Annotated[float, typer.Option(min=0, help="How far to look, in days.")] = 0,
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
    if diff:
        show_difference(session, as_json=as_json)
        return
    hours = days * 24 or hours
    rows = foresee(session.store, session.newsroom, session.now, timedelta(hours=hours))
    if ics:
        print_calendar(rows, session.now)
        return
    if as_json:
        print_json(rows)
        return
    if not rows:
        console().print(f"Nothing is planned for the next {hours:g} hours.")
        return
    _calendar(rows, ZoneInfo(session.newsroom.timezone))


def _table(rows: list[dict[str, Any]], zone: ZoneInfo) -> None:
    from rich.markup import escape
    from rich.table import Table

    priced = any(row["cost_usd"] is not None for row in rows)
    columns = ("when", "account", "route", "article", "text", "count", *(("cost",) if priced else ()))
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        at = datetime.fromisoformat(row["at"]).astimezone(zone) if row["at"] else None
        when = at.strftime("%H:%M") if at else row["state"] + (f": {row['reason']}" if row["reason"] else "")
        first = row["parts"][0] if row["parts"] else {"text": row["error"], "count": "", "limit": ""}
        table.add_row(
            when + (" ~" if row["tentative"] else ""),
            row["account"],
            row["route"],
            escape(row["title"][:60]),
            escape(first["text"]),
            f"{first['count']}/{first['limit']}" if row["parts"] else "error",
            *((_cost(row),) if priced else ()),
        )
    console().print(table)


def _calendar(rows: list[dict[str, Any]], zone: ZoneInfo) -> None:
    """A table a day."""
    for day, group in groupby(rows, key=lambda row: day_of(row, zone)):
        of_day = list(group)
        console().print(f"{day} ({counted(len(of_day), 'share')})", style="bold")
        _table(of_day, zone)
    if any(row["tentative"] for row in rows):
        console().print("~ tentative: a newer article may take this slot", style="dim")
    for over in dict.fromkeys(
        f"{row['account']}: {row['over_budget']}" for row in rows if row["over_budget"]
    ):
        console().print(f"! {over}", style="yellow", markup=False)


def _cost(row: dict[str, Any]) -> str:
    if row["cost_usd"] is None:
        return ""
    return price(row["cost_usd"]) + (" !" if row["over_budget"] else "")
