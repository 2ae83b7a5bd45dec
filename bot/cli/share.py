"""`sharewire share` and `sharewire backfill`: shares on a person's word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json
from bot.domain.errors import UserError

__all__ = ["a_day", "backfill", "share"]


def share(
    article: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="An address, an article's number, or `latest`.")
    ],
    config: ConfigOption = None,
    *,
    account: Annotated[list[str] | None, typer.Option(help="Only here; may be repeated.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Even where it was shared before.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Share an article as soon as its accounts allow; the worker sends it."""
    from bot.cli.session import Session
    from bot.services.share import share as order

    session = Session(config)
    store = session.house.open_store(create=True, migrate=True)
    unknown = [each for each in account or () if each not in session.newsroom.accounts]
    if unknown:
        names = ", ".join(session.newsroom.accounts)
        raise UserError(f"there is no [accounts.{unknown[0]}]: choose among {names}")
    found = session.articles(article)[0]
    if not found.id and article == "latest":
        raise UserError("the worker has met no article yet: give its address")
    accounts = account or session.newsroom.accounts_of(found.source) or tuple(session.newsroom.accounts)
    done = order(store, session.newsroom, found, accounts, session.now, again=again)
    if as_json:
        print_json({"deliveries": done.deliveries, "already": done.already})
        return
    with store.read() as tx:
        rows = [row for id_ in done.deliveries if (row := tx.outbox.get(id_))]
    for row in rows:
        console().print(f"share {row.id} is queued on {row.account}: {found.title}", markup=False)
    for name in done.already:
        console().print(f"{name} had it before; --again shares it once more", markup=False)


def backfill(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The source's id.")],
    config: ConfigOption = None,
    *,
    since: Annotated[str, typer.Option(help="A date: 2026-11-01.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many articles.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Share what a source had published before Sharewire met it."""
    from bot.cli.session import Session
    from bot.services.backfill import backfill as order
    from bot.services.backfill import read_first

    session = Session(config)
    what, start = (session.store, session.newsroom, source), a_day(since, session.newsroom.timezone)
    feed = session.newsroom.sources.get(source)
    with _progress(quiet=as_json) as tell:
        steps = read_first(*what, session.now, since=start, limit=limit, tell=tell)
        session.fetch(steps, private=feed.private if feed else None)
    done = order(*what, session.now, since=start, limit=limit)
    if as_json:
        print_json({"deliveries": done.deliveries})
    else:
        made = counted(len(done.deliveries), "share")
        console().print(f"queued: {made}; `sharewire plan` shows when they go out")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A line that counts on a terminal; silence where a program reads."""
    out = console(err=True)
    if quiet or not out.is_terminal:
        yield lambda _: None
        return
    with out.status("looking for old articles") as line:
        yield lambda read: line.update(f"{counted(read, 'page')} asked for")


def a_day(text: str, zone: str) -> datetime:
    """The beginning of a day that a person named, by the desk's clock.

    Raises:
        UserError: it is no date.
    """
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"--since: {text!r} is no date: write it as 2026-11-01") from None
    return start if start.tzinfo else start.replace(tzinfo=ZoneInfo(zone))
