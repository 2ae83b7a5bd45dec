"""`make bench`: each figure as a ratio against a raw limit or a peer, measured in turns in one run."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import structlog
from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    content,
    crowd,
    delivering,
    lateness,
    outbox,
    parsing,
    polling,
    process,
    scaling,
    text,
)
from tests.benchmarks.measure import Figure

SUITES: dict[str, Callable[..., list[Figure]]] = {
    "text": text.figures,
    "parsing": parsing.figures,
    "content": content.figures,
    "polling": polling.figures,
    "outbox": outbox.figures,
    "scaling": scaling.figures,
    "delivering": delivering.figures,
    "lateness": lateness.figures,
    "process": process.figures,
    "crowd": crowd.figures,
}


def main(names: list[str]) -> None:
    """Run the suites named, or all; `crowd=10000` says how many."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(width=150)
    table = Table("what", "measured", "against", "ratio or value", "to reach", "", box=None, pad_edge=False)
    for name in names or SUITES:
        console.print(f"{name} ...", style="dim")
        suite, _, count = name.partition("=")
        for figure in SUITES[suite](*map(int, filter(None, [count]))):
            reached = {True: "reached", False: "MISSED", None: ""}[figure.reached]
            table.add_row(figure.what, figure.measured, figure.against, figure.value, figure.reach, reached)
    console.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
