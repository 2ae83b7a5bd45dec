"""The command `sharewire` and its nouns."""

from __future__ import annotations

from typing import Annotated

import typer

from bot import __version__
from bot.cli import accounts, alerts, config, db, queue, sources, templates
from bot.cli.catalogue import catalogue
from bot.cli.check import check
from bot.cli.correct import correct, withdraw
from bot.cli.demo import demo
from bot.cli.explain import explain
from bot.cli.init import init
from bot.cli.pause import pause, resume
from bot.cli.plan import plan
from bot.cli.preview import preview
from bot.cli.recover import recover
from bot.cli.run import run
from bot.cli.share import backfill, share
from bot.cli.simulate import simulate
from bot.cli.status import status

__all__ = ["app"]

app = typer.Typer(
    name="sharewire",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Shares each newly published article on every account, at the hour the desk chose, exactly once.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sharewire {__version__}")
        raise typer.Exit


@app.callback()
def sharewire(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="The version, and end.")
    ] = False,
) -> None:
    del version


for command in (
    run,
    demo,
    init,
    check,
    preview,
    plan,
    simulate,
    explain,
    status,
    pause,
    resume,
    share,
    backfill,
    recover,
    catalogue,
    correct,
    withdraw,
):
    app.command()(command)
app.add_typer(accounts.app, name="accounts")
app.add_typer(queue.app, name="queue")
app.add_typer(sources.app, name="sources")
app.add_typer(templates.app, name="templates")
app.add_typer(config.app, name="config")
app.add_typer(db.app, name="db")
app.add_typer(alerts.app, name="alerts")
