"""`sharewire db …`: the database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json

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


@app.command()
def backup(
    to: Annotated[Path | None, typer.Argument(help="A new file, or a folder; else beside it.")] = None,
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Copy the SQLite file as of one moment, while the worker goes on."""
    from bot.cli.session import Session
    from bot.storage.backup import backup as back_up

    session = Session(config)
    file = back_up(session.house.settings.database_url, to, session.now)
    size = file.stat().st_size
    if as_json:
        print_json({"file": str(file), "bytes": size, "at": session.now})
    else:
        console().print(f"{file} ({size / 1e6:.1f} MB)", markup=False)


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="sqlite:///data/sharewire.db")],
    target: Annotated[str, typer.Argument(metavar="TO", help="postgresql://user:password@host/name")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Move everything into another, empty database; FROM is stamped as moved, and no worker starts on it."""
    from bot.runtime.clock import SystemClock
    from bot.storage.copying import copy_database, shown

    out = console(err=True)

    def progress(table: str, done: int, total: int) -> None:
        if not as_json and (out.is_terminal or done == total):
            out.print(f"{table}: {done:,} of {total:,}", end="\r" if done < total else "\n", style="dim")

    counts = copy_database(source, target, SystemClock().now(), progress)
    if as_json:
        print_json({"from": shown(source), "to": shown(target), "rows": counts})
    else:
        console().print(
            f"{counted(sum(counts.values()), 'row')} copied; {shown(source)} is stamped as moved. "
            "Set DATABASE_URL to the new one.",
            markup=False,
        )


@app.command()
def adopt(
    config: ConfigOption = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take a database of the other mode, or one that was moved away, into use here on purpose."""
    from bot.cli.session import Session
    from bot.services.adopt import adopt as take_over
    from bot.services.adopt import meaning

    session = Session(config)
    store = session.house.open_store(as_is=True)
    try:
        store.alone()
        lines = meaning(store, session.house.mode)
        if lines and not yes:
            _ask(lines)
        if lines:
            take_over(store, session.house.mode, session.now)
    finally:
        store.close()
    if as_json:
        print_json({"adopted": bool(lines), "mode": session.house.mode})
    else:
        said = f"The database is of {session.house.mode} mode and in use here."
        console().print(said if lines else f"Nothing to adopt. {said}")


@app.command()
def prune(
    config: ConfigOption = None,
    *,
    older_than: Annotated[str, typer.Option("--older-than", help='By when it ended: "400d".')] = "400d",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Forget how old shares were tried and the bytes sent; what keeps them from going out again stays."""
    from bot.cli.session import Session
    from bot.domain.errors import UserError
    from bot.ports.durations import parse_duration
    from bot.services.prune import prune as forget

    session = Session(config)
    try:
        age = parse_duration(older_than)
    except ValueError as error:
        raise UserError(f"--older-than: {error}") from None
    out = console(err=True)

    def progress(rows: int) -> None:
        if out.is_terminal and not as_json:
            out.print(f"{rows:,} shares", end="\r", style="dim")

    done = forget(session.store, age, session.now, really=not dry_run, progress=progress)
    if as_json:
        print_json({"shares": done.rows, "attempts": done.attempts, "posts": done.posts, "dry_run": dry_run})
    else:
        would = "would lose" if dry_run else "lost"
        console().print(
            f"{counted(done.rows, 'old share')} {would} {counted(done.attempts, 'attempt')} "
            f"and {counted(done.posts, 'frozen post')}; the shares themselves stay."
        )


def _ask(lines: list[str]) -> None:
    from bot.domain.errors import UserError

    if not sys.stdin.isatty():
        raise UserError(" ".join([*lines, "Say --yes to go on."]))
    for line in lines:
        typer.echo(line)
    typer.confirm("Go on?", abort=True)
