"""`sharewire run`: the worker."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import print_json

__all__ = ["run"]


def run(
    config: ConfigOption = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="One whole pass, then end: 1 if it failed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Poll, decide and deliver until stopped (SIGTERM drains, SIGHUP reloads)."""
    from bot.cli.session import Session
    from bot.runtime.scheduler import Clockwork, run_once
    from bot.runtime.worker import Worker

    session = Session(config, level="INFO")
    store = session.house.open_store(create=True, migrate=True)
    worker = Worker(store, session.newsroom, clock=session.clock)
    try:
        if not once:
            Clockwork(session.house, worker).run()
            return
        troubles = run_once(session.house, worker)
    finally:
        store.close()
    if as_json:
        print_json({"troubles": troubles})
    else:
        for line in troubles:
            typer.echo(line, err=True)
    if troubles:
        raise typer.Exit(1)
