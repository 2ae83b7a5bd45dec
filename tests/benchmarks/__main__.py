"""`make bench`: each figure as a ratio against a raw limit or a peer, measured in turns in one run."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import structlog
from rich.console import Console
from rich.table import Table

from tests.benchmarks import delivering, outbox, parsing, polling, process, scaling, text
from tests.benchmarks.measure import Figure

SUITES: dict[str, Callable[[], list[Figure]]] = {
    "text": text.figures,
    "parsing": parsing.figures,
    "polling": polling.figures,
    "outbox": outbox.figures,
    "scaling": scaling.figures,
    "delivering": delivering.figures,
    "process": process.figures,
}


def main(names: list[str]) -> None:
    """Run the suites named, or all."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(width=150)
    table = Table("what", "measured", "against", "ratio or value", "to reach", "", box=None, pad_edge=False)
    for name in names or SUITES:
        console.print(f"{name} ...", style="dim")
        for figure in SUITES[name]():
            reached = {True: "reached", False: "MISSED", None: ""}[figure.reached]
            table.add_row(figure.what, figure.measured, figure.against, figure.value, figure.reach, reached)
    console.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
