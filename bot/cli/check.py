"""`sharewire check`: reads the configuration over, without a database and without network."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json

if TYPE_CHECKING:
    from bot.settings.problems import Problem

__all__ = ["check"]


def check(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Find mistakes in the configuration; exit 1 if there is an error."""
    from bot.bootstrap import renderer_of
    from bot.domain.errors import UserError
    from bot.settings.checks import check as problems_of
    from bot.settings.checks import crowding
    from bot.settings.loading import load
    from bot.settings.problems import ConfigError, Problem

    rooms: list[str] = []
    summary = ""
    try:
        loaded = load(config)
    except ConfigError as error:
        problems = list(error.problems)
    else:
        settings = loaded.settings
        try:
            compile_set = renderer_of(loaded).compile_set
        except UserError as error:
            problems, compile_set = [Problem(str(error), "", "")], None
        else:
            problems = []
        found = problems_of(settings, file=loaded.path, compile_templates=compile_set)
        problems += [*found, *loaded.warnings]
        counts = (
            f"{counted(len(settings.sources), 'source')}, {counted(len(settings.accounts), 'account')}, "
            f"{counted(len(settings.routes), 'route')}, {counted(len(settings.schedules), 'schedule')}"
        )
        summary = f"{loaded.path} is fine: {counts}, mode {settings.mode}"
        if not _errors(problems):
            rooms = crowding(settings)
    if as_json:
        print_json({"problems": [asdict(problem) for problem in problems], "places": rooms})
    else:
        out = console()
        for problem in problems:
            style = "red" if problem.level == "error" else "yellow"
            out.print(f"{problem.level}: {problem}", style=style, markup=False)
        for line in rooms:
            out.print(line, markup=False)
        if not _errors(problems):
            out.print(summary, markup=False)
    if _errors(problems):
        raise typer.Exit(1)


def _errors(problems: list[Problem]) -> bool:
    return any(problem.level == "error" for problem in problems)
