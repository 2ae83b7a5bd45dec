"""`sharewire demo`: the main job on an embedded default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    folder: Annotated[Path, typer.Option(help="Where its posts go; emptied first.")] = Path("out/demo"),
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two articles.")] = 4.0,
) -> None:
    """A small news site, a worker and accounts that write files: no secrets, no network, no risk."""
    from bot.demo.show import run_demo

    if not run_demo(folder, every):
        raise typer.Exit(1)
