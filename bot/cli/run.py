"""`sharewire run`: the worker."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import print_json
from bot.domain.errors import UserError

if TYPE_CHECKING:
    from bot.cli.session import Session
    from bot.runtime.scheduler import Door
    from bot.runtime.worker import Worker

__all__ = ["run"]

log = structlog.get_logger(__name__)


def run(
    config: ConfigOption = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="One whole pass, then end: 1 if it failed.")] = False,
    web: Annotated[
        bool, typer.Option("--web", help="Also listen for pushes: `web` in docs/configuration.md.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Poll, decide and deliver until stopped (SIGTERM drains, SIGHUP reloads)."""
    from bot.cli.session import Session
    from bot.runtime.scheduler import Clockwork, run_once
    from bot.runtime.worker import Worker
    from bot.settings.fleeting import fleeting
    from bot.settings.loading import secret_files

    if once and web:
        raise UserError("--once ends after one pass, --web listens: say one of them")
    session = Session(config, level="INFO")
    for problem in fleeting(secret_files(session.house.loaded)[0]):
        log.warning("database.fleeting", detail=str(problem))
    store = session.house.open_store(create=True, migrate=True)
    worker = Worker(store, session.newsroom, clock=session.clock)
    try:
        if not once:
            Clockwork(session.house, worker, _door(session, worker) if web else None).run()
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


def _door(session: Session, worker: Worker) -> Door:
    """What listens, once its address is ours."""
    from bot.runtime.poller import Poller
    from bot.web.app import Door as Web
    from bot.web.serve import bind, serve

    table = session.house.settings.web
    listening = bind(table.host, table.port, os.environ)

    async def door(poller: Poller) -> None:
        web = Web(
            store=poller.store,
            newsroom=poller.newsroom,
            clock=poller.clock,
            worker=worker.name,
            take=poller.pushed,
            hurry=poller.hurry,
        )
        await serve(web.app(), listening)

    return door
