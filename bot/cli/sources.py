"""`sharewire sources …`: what a source showed or lost all at once, let go or left."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json

__all__ = ["app"]

app = typer.Typer(
    help="What a source showed as new, or lost, all at once: decide about all of it.", no_args_is_help=True
)

WAYS = {
    "cancel": "cancelled, for they still wait",
    "delete": "to be deleted",
    "alert": "to be taken down by hand, each told as an alert",
    "leave": "left as they are",
    "wait": "just being sent, looked at again in a minute",
}
Id = Annotated[str, typer.Argument(metavar="SOURCE", help="The source's id.")]


@app.command()
def release(source: Id, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Share what was held: it goes out as its accounts allow."""
    _let_go(config, source, as_json, share=True)


@app.command()
def skip(source: Id, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Leave what was held: it is not shared."""
    _let_go(config, source, as_json, share=False)


@app.command()
def withdraw(
    source: Id,
    config: ConfigOption = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take back all that the source has lost at once: what waits is cancelled, the rest as accounts say."""
    _decide(config, source, as_json, withdrawn=True, dry_run=dry_run)


@app.command()
def keep(source: Id, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Take back nothing of what the source has lost at once: what waits goes on."""
    _decide(config, source, as_json, withdrawn=False)


def _decide(config: Any, source: str, as_json: bool, *, withdrawn: bool, dry_run: bool = False) -> None:
    from bot.cli.session import Session
    from bot.services.lost import decide_held, foresee_held

    session = Session(config)
    if dry_run:
        count, ways = foresee_held(session.store, session.newsroom, source)
    else:
        count, ways = decide_held(session.store, session.newsroom, source, session.now, withdrawn=withdrawn)
    if as_json:
        print_json({"source": source, "articles": count, "withdrawn": withdrawn, "shares": dict(ways)})
        return
    did = "would be taken back" if dry_run else "taken back" if withdrawn else "kept"
    console().print(f"{did}: {counted(count, 'article')} of {source}", markup=False)
    for way, number in sorted(ways.items()):
        console().print(f"  {counted(number, 'share')}: {WAYS[way]}", markup=False)


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
