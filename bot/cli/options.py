"""The options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["ConfigOption", "JsonOption"]

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The configuration; without it BOT_CONFIG, then config/bot.toml.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
