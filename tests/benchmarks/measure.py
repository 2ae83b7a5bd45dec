"""Timing in turns, so that a machine whose speed drifts does not favour one side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Figure", "per_call", "turns"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `reached` is None where there is nothing to reach."""

    what: str
    measured: str
    against: str
    value: str
    reach: str
    reached: bool | None


def per_call(fn: Callable[[], object], calls: int) -> float:
    """Seconds for one call, over so many."""
    began = time.perf_counter()
    for _ in range(calls):
        fn()
    return (time.perf_counter() - began) / calls


def turns(*sides: tuple[Callable[[], object], int], rounds: int = 5) -> list[float]:
    """The median seconds a call of each side, measured A B A B …"""
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for i, (fn, calls) in enumerate(sides):
            times[i].append(per_call(fn, calls))
    return [statistics.median(each) for each in times]
