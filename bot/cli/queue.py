"""`sharewire queue …`: single shares, and what a person orders about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, in_zone, print_json, spoken
from bot.cli.single import Id, show
from bot.cli.words import edit
from bot.domain.wallclock import WallClock

__all__ = ["app"]

app = typer.Typer(invoke_without_command=True)


@app.callback()
def queue(context: typer.Context, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Look at single shares and decide about them; alone it lists them."""
    if context.invoked_subcommand is None:
        list_(config, as_json=as_json)
    elif config is not None or as_json:
        from bot.domain.errors import UserError

        word = context.invoked_subcommand
        raise UserError(f"say --config and --json behind the command: sharewire queue {word} --json")


app.command()(show)
app.command()(edit)

Why = Annotated[str, typer.Option("--reason", help="Kept with the share, shown by explain.")]


@app.command("list")
def list_(
    config: ConfigOption = None,
    *,
    state: Annotated[list[str] | None, typer.Option(help="Only this state; may be repeated.")] = None,
    account: Annotated[str, typer.Option(help="Only this account.")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 50,
    as_json: JsonOption = False,
) -> None:
    """Shares by due time, then what is done, newest first."""
    from bot.cli.session import Session
    from bot.domain.delivery import State
    from bot.domain.errors import UserError
    from bot.services.status import queue_document

    session = Session(config)
    unknown = [each for each in state or () if each not in list(State)]
    if unknown:
        raise UserError(f"there is no state {unknown[0]!r}: choose among {', '.join(State)}")
    with session.store.read() as tx:
        rows = tx.outbox.list(states=[State(s) for s in state or ()], account=account, limit=limit)
        articles = tx.articles.many({row.article for row in rows})
    titles = {id_: article.title or article.url for id_, article in articles.items()}
    documents = [queue_document(row, titles.get(row.article, "")) for row in rows]
    if as_json:
        print_json(documents)
    else:
        _table(documents, session.wall)


@app.command()
def hold(id_: Id, config: ConfigOption = None, *, reason: Why = "", as_json: JsonOption = False) -> None:
    """Keep a waiting share back until it is approved."""
    _order(config, as_json, "hold", id_, why=reason)


@app.command()
def approve(id_: Id, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Let a held share go."""
    _order(config, as_json, "approve", id_)


@app.command()
def skip(id_: Id, config: ConfigOption = None, *, reason: Why = "", as_json: JsonOption = False) -> None:
    """Do not share it; its slot is free again."""
    _order(config, as_json, "skip", id_, why=reason)


@app.command()
def retry(id_: Id, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Send a failed, missed or skipped share after all: at once, also in quiet hours."""
    _order(config, as_json, "retry", id_)


@app.command()
def resolve(
    id_: Id,
    config: ConfigOption = None,
    *,
    published: Annotated[str, typer.Option(metavar="URL", help="It is there, at this address.")] = "",
    again: Annotated[bool, typer.Option("--retry", help="It is not there: send it.")] = False,
    leave: Annotated[bool, typer.Option("--skip", help="Leave it, whatever became of it.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what became of an unconfirmed share, once you have looked at the account."""
    from bot.domain.delivery import State
    from bot.domain.errors import UserError

    chosen = [
        s
        for s, given in ((State.PUBLISHED, published), (State.QUEUED, again), (State.SKIPPED, leave))
        if given
    ]
    if len(chosen) != 1:
        raise UserError("say one of --published URL, --retry or --skip")
    if published and not published.startswith(("https://", "http://", "file://")):
        raise UserError(f"--published: {published!r} is no address: copy it from the post, https:// and all")
    _order(config, as_json, "resolve", id_, to=chosen[0], url=published)


@app.command()
def move(
    id_: Id,
    at: Annotated[
        str, typer.Argument(metavar="WHEN", help="A time of the configuration's zone: 2026-11-24T17:45.")
    ],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Pin a waiting share to a time."""
    from bot.cli.session import Session
    from bot.domain.errors import UserError

    try:
        when = datetime.fromisoformat(at)
    except ValueError:
        raise UserError(f"{at!r} is no time: write it as 2026-11-24T17:45") from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=ZoneInfo(Session(config).house.settings.timezone))
    _order(config, as_json, "move", id_, at=when)


def _order(config: Any, as_json: bool, verb: str, id_: int, **how: Any) -> None:
    from bot.cli.session import Session
    from bot.services import review
    from bot.services.explain import delivery_document
    from bot.services.status import queue_document

    session = Session(config)
    row = getattr(review, verb)(session.store, session.newsroom, id_, now=session.now, **how)
    document = queue_document(row) | delivery_document(row)
    if as_json:
        print_json(document)
    else:
        console().print(f"share {id_} on {row.account}: {spoken(document, session.wall)}", markup=False)


def _table(rows: list[dict[str, Any]], wall: WallClock) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table("id", "state", "account", "due", "article", "why / where", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            str(row["id"]),
            row["state"] + (f": {row['reason']}" if row["reason"] else ""),
            row["account"],
            wall.tell(datetime.fromisoformat(row["due_at"])) if row["due_at"] else "",
            escape((row["occasion"] + ": " if row["occasion"] != "new" else "") + row["title"][:60]),
            escape(row["remote_url"] or in_zone(row["detail"], wall)),
        )
    console().print(table if rows else "No shares.")
