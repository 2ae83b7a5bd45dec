"""`sharewire sources …`: what a source showed all at once, let go or left."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json

__all__ = ["app"]

app = typer.Typer(
    help="Old articles that a source showed as new: let them go, or leave them.", no_args_is_help=True
)

Id = Annotated[str, typer.Argument(metavar="SOURCE", help="The source's id.")]


@app.command()
def release(source: Id, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Share what was held: it goes out as its accounts allow."""
    _let_go(config, source, as_json, share=True)


@app.command()
def skip(source: Id, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Leave what was held: it is not shared."""
    _let_go(config, source, as_json, share=False)


def _let_go(config: Any, source: str, as_json: bool, *, share: bool) -> None:
    from bot.cli.session import Session
    from bot.services.flood import let_go

    session = Session(config)
    count = let_go(session.store, session.newsroom, source, session.now, share=share)
    if as_json:
        print_json({"source": source, "shares": count, "released": share})
    else:
        did = "queued" if share else "skipped"
        console().print(f"{did}: {counted(count, 'share')} of {source}", markup=False)
