"""`sharewire sources …`: whether each answers; what one showed or lost all at once, let go or left."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, local, print_json
from bot.domain.wallclock import WallClock

__all__ = ["app", "ask", "print_answers"]

app = typer.Typer(
    help="Whether each source answers; what one showed as new, or lost, all at once: decide about all of it.",
    no_args_is_help=True,
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
def check(
    source: Annotated[str, typer.Argument(metavar="[SOURCE]", help="Only this source.")] = "",
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Read each source once, by hand: what it shows now, and what is wrong with it; stores nothing."""
    from bot.cli.session import Session

    session = Session(config)
    answers = ask(session, source)
    if as_json:
        print_json(answers)
    else:
        print_answers(answers, session.wall)
    if any(answer["error"] or answer["wrong"] for answer in answers):
        raise typer.Exit(1)


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


def ask(session: Any, source: str = "") -> list[dict[str, Any]]:
    """What every source, or one, shows at this moment.

    Raises:
        UserError: there is no such source.
    """
    from bot.domain.errors import SourceError, UserError
    from bot.services.explain import iso

    sources = session.newsroom.sources
    if source and source not in sources:
        raise UserError(f"there is no [sources.{source}]: choose among {', '.join(sorted(sources))}")
    answers = []
    for id_, said in session.harvests([source] if source else sources).items():
        failed = isinstance(said, SourceError)
        entries = () if failed else said.entries
        newest = max((entry.published_at for entry in entries if entry.published_at), default=None)
        answers.append(
            {
                "source": id_,
                "kind": sources[id_].options.kind,
                "articles": len(entries),
                "newest": iso(newest),
                "error": str(said) if failed else "",
                "wrong": {} if failed else dict(said.wrong),
                "notes": [] if failed else list(said.notes),
            }
        )
    return answers


def print_answers(answers: list[dict[str, Any]], wall: WallClock) -> None:
    """A line for each source, and one for each thing that is not as it should be."""
    out = console()
    for answer in answers:
        name = f"{answer['source']} ({answer['kind']})"
        if answer["error"]:
            out.print(f"error: {name}: {answer['error']}", style="red", markup=False)
        else:
            newest = f", the newest of {local(answer['newest'], wall)}" if answer["newest"] else ""
            out.print(f"{name}: {counted(answer['articles'], 'article')}{newest}", markup=False)
        for line in answer["wrong"].values():
            out.print(f"error: {name}: {line}", style="red", markup=False)
        for line in answer["notes"]:
            out.print(f"warning: {name}: {line}", style="yellow", markup=False)
