"""`sharewire demo`: the main job on an embedded default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["demo"]


def demo(
    folder: Annotated[Path, typer.Option(help="Where its posts go; emptied first.")] = Path("out/demo"),
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two articles.")] = 4.0,
) -> None:
    """A small news site, a worker and accounts that write files: no secrets, no network, no risk."""
    from bot.demo.show import run_demo
    from bot.runtime.clock import SystemClock

    if not run_demo(folder, every, SystemClock(), _employ):
        raise typer.Exit(1)


def _employ(house: Any, store: Any, on_change: Any) -> tuple[Callable[[], None], Callable[[], None]]:
    from bot.runtime.scheduler import Clockwork
    from bot.runtime.worker import Worker

    worker = Worker(store, house.newsroom(), clock=house.clock, on_change=on_change)
    return Clockwork(house, worker).run, worker.stop
