"""`sharewire config …`: what is in force, what the file may say, which variables there are."""

from __future__ import annotations

from dataclasses import asdict

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, print_json

__all__ = ["app"]

app = typer.Typer(help="Show the configuration.", no_args_is_help=True)


@app.command()
def show(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Every value in force and where it comes from; secrets as ***."""
    from bot.settings.loading import load
    from bot.settings.showing import values

    rows = values(load(config))
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    _table(
        ("key", "value", "from"),
        [(row.key, _text(row.value), row.origin) for row in rows],
    )


@app.command()
def schema() -> None:
    """The JSON Schema of the file, for editors."""
    from bot.settings.schema import json_schema

    print_json(json_schema())


@app.command()
def env(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """The environment variables that are set or could be, and which are missing."""
    from bot.settings.loading import load
    from bot.settings.showing import variables

    rows = variables(load(config))
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    _table(
        ("variable", "key", "state", "from"),
        [(row.name, row.key, row.state, row.origin) for row in rows],
    )


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
