"""`sharewire alerts`: who hears of what, what is open, and whether it gets through."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, print_json
from bot.domain.errors import AlertError, UserError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Who hears of what, and whether it gets through.")


@app.command("list")
def list_(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """The alerts that are open, oldest first."""
    from bot.cli.session import Session

    session = Session(config)
    with session.store.read() as tx:
        rows = [
            {"event": str(e.event), "key": e.key, "text": e.text, "at": e.at, "unsent": e.next_at is not None}
            for e in tx.alerts.open()
        ]
    if as_json:
        print_json(rows)
        return
    out = console()
    for row in rows:
        unsent = " (not sent yet)" if row["unsent"] else ""
        out.print(f"{row['event']}: {row['text']}{unsent}", markup=False)
    if not rows:
        out.print("No alert is open.")


@app.command("test")
def try_out(
    channel: Annotated[str, typer.Argument(metavar="[ID]", help="Only this one, by its id.")] = "",
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Send a test message to every address; exit 1 if one did not take it."""
    from bot.cli.session import Session
    from bot.observe.alerts import AppriseNotifier

    session = Session(config)
    channels = [each for each in session.newsroom.channels if channel in ("", each.id)]
    if not channels:
        if session.house.settings.mode == "rehearsal":
            raise UserError("this is a rehearsal, in which nobody is told: try it with mode live")
        named = f"[alerts.{channel}]" if channel else "[alerts.<id>] table"
        path = session.house.loaded.path
        raise UserError(f"there is no {named} in {path}: docs/configuration.md says how to write one")
    said: list[dict[str, Any]] = []
    for each in channels:
        if not each.urls:
            said.append({"channel": each.id, "address": 0, "error": "has no address"})
        for number, url in enumerate(each.urls, 1):
            error = ""
            try:
                AppriseNotifier().send(url, "Sharewire: a test", "If you read this, alerts reach you.")
            except AlertError as trouble:
                error = str(trouble)
            said.append({"channel": each.id, "address": number, "error": error})
    if as_json:
        print_json(said)
    else:
        for row in said:
            console().print(
                f"{row['channel']}, address {row['address']}: {row['error'] or 'told'}", markup=False
            )
    if any(row["error"] for row in said):
        raise typer.Exit(1)
