"""`sharewire check`: reads the configuration over, without network unless asked to."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json
from bot.domain.wallclock import WallClock

if TYPE_CHECKING:
    from bot.domain.article import Article
    from bot.ports.render import TemplateSets
    from bot.settings.loading import Loaded
    from bot.settings.problems import Problem

__all__ = ["check"]

WEEK = timedelta(days=7)
MOST = 5_000
"""Of so many articles the rate is as good as that of all."""


def check(
    config: ConfigOption = None,
    *,
    online: Annotated[
        bool, typer.Option("--online", help="Ask each source and each account's platform, too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find mistakes in the configuration; exit 1 if there is an error."""
    from bot.bootstrap import renderer_of
    from bot.cli import accounts, sources
    from bot.domain.errors import UserError
    from bot.settings.checks import check as problems_of
    from bot.settings.crowding import crowding
    from bot.settings.fleeting import fleeting
    from bot.settings.loading import load, secret_files
    from bot.settings.permissions import exposed
    from bot.settings.problems import ConfigError, Problem

    rooms: list[str] = []
    shown: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    summary, zone = "", "UTC"
    try:
        loaded = load(config)
    except ConfigError as error:
        problems = list(error.problems)
    else:
        settings = loaded.settings
        zone = settings.timezone
        try:
            renderer = renderer_of(loaded)
        except UserError as error:
            problems = [Problem(str(error), "", ""), *problems_of(settings, file=loaded.path)]
        else:
            problems = problems_of(settings, file=loaded.path, compile_templates=renderer.compile_set)
            problems += _reworded(loaded, renderer)
        files = secret_files(loaded)
        problems += [*loaded.warnings, *exposed(*files), *fleeting(files[0])]
        counts = (
            f"{counted(len(settings.sources), 'source')}, {counted(len(settings.accounts), 'account')}, "
            f"{counted(len(settings.routes), 'route')}, {counted(len(settings.schedules), 'schedule')}"
        )
        summary = f"{loaded.path} is fine: {counts}, mode {settings.mode}"
        if not _errors(problems):
            rooms, problems = crowding(settings, *_met(loaded)), [*problems, *_renamed(loaded)]
            shown, answers = _asked(config) if online else ([], [])
    if as_json:
        document = {"problems": [asdict(problem) for problem in problems], "places": rooms}
        print_json(document | ({"sources": shown, "accounts": answers} if online else {}))
    else:
        out = console()
        for problem in problems:
            style = "red" if problem.level == "error" else "yellow"
            out.print(f"{problem.level}: {problem}", style=style, markup=False)
        for line in rooms:
            out.print(line, markup=False)
        if not _errors(problems):
            out.print(summary, markup=False)
        sources.print_answers(shown, _wall(zone))
        accounts.print_answers(answers)
    unwell = any(each["error"] or each["wrong"] for each in shown) or any(each["error"] for each in answers)
    if _errors(problems) or unwell:
        raise typer.Exit(1)


def _wall(zone: str) -> WallClock:
    from bot.runtime.clock import SystemClock

    return WallClock(ZoneInfo(zone), SystemClock().now())


def _reworded(loaded: Loaded, renderer: TemplateSets) -> list[Problem]:
    from bot.settings.problems import Problem
    from bot.settings.rewording import same_words

    said = same_words(loaded.settings, renderer.variants)
    return [Problem(str(loaded.path), key, message, "warning") for key, message in said]


def _asked(config: Path | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the sources and the accounts say."""
    from bot.cli import accounts, sources
    from bot.cli.session import Session

    session = Session(config)
    return sources.ask(session), accounts.ask(session)


def _renamed(loaded: Loaded) -> list[Problem]:
    """A source that is new beside one that is gone: without `was` its first poll only learns."""
    from bot.bootstrap import House
    from bot.domain.errors import UserError
    from bot.runtime.clock import SystemClock
    from bot.settings.problems import Problem

    try:
        store = House(loaded, SystemClock()).open_store()
    except UserError:
        return []
    with store.read() as tx:
        met = {id_ for id_, row in tx.sources.rows().items() if row.seeded_at}
    store.close()
    wanted = loaded.settings.sources
    gone = sorted(met - {*wanted, *(old for each in wanted.values() for old in each.was)})
    new = [id_ for id_, each in wanted.items() if id_ not in met and not met & set(each.was)]
    if not gone:
        return []
    said = (
        f'is new: its first poll only learns; if it is {" or ".join(gone)} renamed, write was = ["{gone[0]}"]'
    )
    return [Problem(str(loaded.path), f"sources.{id_}", said, "warning") for id_ in new]


def _met(loaded: Loaded) -> tuple[list[Article], float]:
    """The news of the last week, and in how many days it came: fewer, where there was none before."""
    from bot.bootstrap import House
    from bot.domain.errors import UserError
    from bot.runtime.clock import SystemClock

    clock = SystemClock()
    try:
        store = House(loaded, clock).open_store()
    except UserError:
        return [], 1
    now = clock.now()
    with store.read() as tx:
        met = tx.articles.news_since(now - WEEK, MOST)
    store.close()
    return met, max(1, (now - met[-1].first_seen_at) / timedelta(days=1)) if met else 1


def _errors(problems: list[Problem]) -> bool:
    return any(problem.level == "error" for problem in problems)
