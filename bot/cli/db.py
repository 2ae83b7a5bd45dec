"""`sharewire db …`: the database."""

from __future__ import annotations

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, print_json

__all__ = ["app"]

app = typer.Typer(help="Look after the database.", no_args_is_help=True)


@app.command()
def upgrade(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Create the database, or bring its schema up to this release; safe to repeat."""
    from bot.cli.session import Session

    session = Session(config)
    session.house.open_store(create=True, migrate=True).close()
    if as_json:
        print_json({"current": True})
    else:
        console().print("The database is current.")
