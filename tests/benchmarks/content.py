"""What is right of what is read off real pages: the corpus of tests/extract/pages."""

from __future__ import annotations

from tests.benchmarks.measure import Figure
from tests.extract.test_pages import EXPECTED, WANTED, read

__all__ = ["figures"]


def figures() -> list[Figure]:
    return [_right(key) for key in WANTED]


def _right(key: str) -> Figure:
    pages = len(EXPECTED)
    right = sum(read(name)[key] == EXPECTED[name][key] for name in EXPECTED)
    return Figure(f"pages: {key} right", f"{right} of {pages}", "", f"{right / pages:.0%}", "", None)
