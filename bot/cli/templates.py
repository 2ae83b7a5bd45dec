"""`sharewire templates …`: whether the editors' templates hold, before any article meets them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json

if TYPE_CHECKING:
    from bot.services.lint import Fault, Findings

__all__ = ["app"]

app = typer.Typer(help="Try the templates.", no_args_is_help=True)
NAMED = 3
"""Articles that a fault names; of more it tells the number."""


@app.command()
def lint(
    sets: Annotated[
        list[str] | None, typer.Argument(metavar="[SET]...", help="Template sets; without one, all.")
    ] = None,
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Try every template on articles that are hard to tell, on every account; exit 1 if one fails."""
    from bot.cli.session import Session
    from bot.services.lint import lint as tried

    session = Session(config)
    newsroom, renderer = session.newsroom_for_templates()
    found = tried(newsroom, renderer, session.now, sets or ())
    if as_json:
        print_json({**asdict(found), "faults": [asdict(fault) for fault in found.faults]})
    else:
        _print_findings(found)
    if any(fault.level == "error" for fault in found.faults):
        raise typer.Exit(1)


@app.command("test")
def examples(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Files of examples; without one, all.")
    ] = None,
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Tell your own examples (templates/tests/*.toml) and compare; exit 1 if one reads otherwise."""
    from bot.cli.session import Session
    from bot.domain.errors import UserError
    from bot.services.examples import tell
    from bot.settings.examples import read_examples

    session = Session(config)
    newsroom, _ = session.newsroom_for_templates()
    source = next(iter(newsroom.sources), "")
    rows = []
    for path, example in read_examples(Path(session.house.settings.templates), files or ()):
        try:
            outcome = tell(newsroom, example.asked(source, newsroom.timezone), session.now)
        except UserError as error:
            raise UserError(f"{path}: tests.{example.name}: {error}") from error
        rows.append({"file": str(path), "name": example.name, "account": example.account, **asdict(outcome)})
    if as_json:
        print_json([{**row, "ok": not row["differs"]} for row in rows])
    else:
        _print_outcomes(rows)
    if any(row["differs"] for row in rows):
        raise typer.Exit(1)


def _print_outcomes(rows: list[dict[str, Any]]) -> None:
    out = console()
    for row in rows:
        if not row["differs"]:
            continue
        place = f"{row['file']}: {row['name']} ({row['account']}, {row['template']})"
        out.print(f"{place} reads otherwise: - is expected, + is what it says", style="red", markup=False)
        for line in row["differs"]:
            style = {"-": "red", "+": "green"}.get(line[:1], "dim")
            out.print(f"  {line}", style=style, markup=False)
    wrong = sum(bool(row["differs"]) for row in rows)
    out.print(f"{counted(len(rows), 'example')}: " + (f"{wrong} otherwise" if wrong else "all as expected"))


def _print_findings(found: Findings) -> None:
    out = console()
    for fault in found.faults:
        style = "red" if fault.level == "error" else "yellow"
        out.print(f"{fault.level}: {fault.file}:{fault.line}: {fault.message}", style=style, markup=False)
        if fault.articles:
            out.print(f"  {fault.platform}: {_articles(fault)}", style="dim", markup=False)
    wrong = sum(fault.level == "error" for fault in found.faults)
    tried = f"{counted(len(found.sets), 'template set')} ({', '.join(found.sets)})"
    on = f"{counted(found.articles, 'hard article')}, {counted(found.accounts, 'account')}"
    out.print(f"{tried} tried on {on}: {counted(wrong, 'error') if wrong else 'fine'}", markup=False)


def _articles(fault: Fault) -> str:
    more = len(fault.articles) - NAMED
    return ", ".join(fault.articles[:NAMED]) + (f" and {counted(more, 'article')} more" if more > 0 else "")
