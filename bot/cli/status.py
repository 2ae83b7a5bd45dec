"""`sharewire status`: how the installation is."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, in_zone, local, price, print_json
from bot.domain.wallclock import WallClock

__all__ = ["status"]


def status(
    config: ConfigOption = None,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Again every two seconds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what waits, what is late, what is paused; exit 1 if something needs a person."""
    from bot.cli.session import Session
    from bot.services.status import status as look
    from bot.settings.problems import ConfigError, Problem

    try:
        session = Session(config)
        newsroom = session.newsroom
    except ConfigError as error:
        kept = "mend it for the status to be shown; a running worker keeps the configuration it had"
        raise ConfigError([*error.problems, Problem("", "", kept)]) from None
    while True:
        document = look(session.store, newsroom, session.now)
        if as_json:
            print_json(document)
        else:
            if watch:
                console().clear()
            _print(document, session.wall)
        if not watch:
            break
        time.sleep(2)
    if document["problems"] or document["overdue"]:
        raise typer.Exit(1)


def _print(document: dict[str, Any], wall: WallClock) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    counts = {state: n for state, n in document["counts"].items() if n}
    out.print("shares: " + (", ".join(f"{n} {state}" for state, n in counts.items()) or "none yet"))
    if document["overdue"]:
        out.print(f"{document['overdue']} overdue: is the worker running?", style="red")
    if document["unrouted"]:
        articles = counted(document["unrouted"], "article")
        out.print(f"taken by no route in the last day: {articles}", style="yellow")
    if document["unsure_language"]:
        articles = counted(document["unsure_language"], "article")
        out.print(f"of no language that is sure, in the last day: {articles}", style="yellow")
    table = Table("source", "last polled", "next", "trouble", box=None, pad_edge=False)
    for row in document["sources"]:
        table.add_row(
            row["id"],
            local(row["last_polled_at"], wall) or "never",
            local(row["next_poll_at"], wall),
            escape(row["error"]) if row["failures"] else ", ".join(row["wrong"]),
        )
    out.print(table)
    columns = ("account", "platform", "handle", "state", "allowed now", "this month")
    table = Table(*columns, box=None, pad_edge=False)
    for row in document["accounts"]:
        state = "paused" if row["paused"] else "waits: a share is unconfirmed" if row["unwell"] else "fine"
        state = f"waits until {local(row['throttled_until'], wall)}" if row["throttled_until"] else state
        allowed = _allowed(row["limits"], wall)
        table.add_row(row["id"], row["platform"], row["handle"], state, allowed, _month(row["budget"]))
    out.print(table)
    for rule in document["rules"]:
        at = local(rule["next_at"], wall) or "never"
        out.print(f"{rule['rule']} acts next {at}", style="dim", markup=False)
    for line in document["problems"]:
        out.print(f"! {in_zone(line, wall)}", style="red", markup=False)


def _allowed(limits: list[dict[str, Any]], wall: WallClock) -> str:
    """What the platform said it still takes: the tightest of its limits."""
    tightest = min(limits, key=lambda each: each["remaining"], default=None)
    if tightest is None:
        return ""
    of = f" of {tightest['limit']}" if tightest["limit"] else ""
    return f"{tightest['remaining']}{of} until {local(tightest['resets_at'], wall)}"


def _month(budget: dict[str, Any] | None) -> str:
    """What was spent of what there is."""
    if budget is None:
        return ""
    of = f" of {price(budget['usd_per_month'])}" if budget["usd_per_month"] is not None else ""
    return f"{price(budget['spent_usd'])}{of} spent"
