"""`sharewire catalogue`: learn what a source published before, for evergreen rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json
from bot.cli.share import a_day

if TYPE_CHECKING:
    from bot.services.catalogue import Catalogued

__all__ = ["catalogue"]


def catalogue(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The source's id.")],
    config: ConfigOption = None,
    *,
    since: Annotated[str, typer.Option(help="How far back: 2024-01-01.")],
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many articles.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Learn a source's history; shares nothing. Run it again to go on or to fill in."""
    from bot.cli.session import Session
    from bot.domain.errors import UserError
    from bot.services.catalogue import catalogue as learn

    session = Session(config)
    feed = session.newsroom.sources.get(source)
    if feed is None:
        names = ", ".join(sorted(session.newsroom.sources))
        raise UserError(f"there is no [sources.{source}]: choose among {names}")
    start = a_day(since, session.newsroom.timezone)
    store = session.house.open_store(create=True, migrate=True)
    with _progress(quiet=as_json) as tell:
        steps = learn(store, session.newsroom, feed, session.now, since=start, limit=limit, tell=tell)
        done = session.fetch(steps, private=feed.private, folder=feed.folder)
    if as_json:
        print_json(done)
        return
    out = console()
    said = f"learnt: {counted(done.learnt, 'article')}, on {counted(done.pages, 'page')}"
    out.print(said + (f", back to {done.oldest:%Y-%m-%d}" if done.oldest else ""))
    if done.left:
        out.print(f"left to the worker as news: {counted(done.left, 'article')}")
    if not done.complete:
        out.print("there is more: run it again with a higher --limit to go on", style="yellow")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[Catalogued], None]]:
    """A line that counts on a terminal; silence where a program reads."""
    out = console(err=True)
    if quiet or not out.is_terminal:
        yield lambda _: None
        return
    with out.status("asking for the first page") as line:

        def tell(done: Catalogued) -> None:
            back = f", back to {done.oldest:%Y-%m-%d}" if done.oldest else ""
            line.update(f"{counted(done.pages, 'page')}, {counted(done.learnt, 'new article')}{back}")

        yield tell
