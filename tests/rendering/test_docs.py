"""docs/templates.md says what the code does: every variable, alias, filter and block, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from bot.rendering.compiling import BLOCKS
from bot.rendering.filters import FILTERS
from bot.rendering.values import ALIASES, VARIABLES

DOC = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")


def table(heading: str) -> set[str]:
    section = DOC.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_every_variable_is_documented() -> None:
    assert table("What you can print") == {*VARIABLES, *ALIASES}


def test_every_filter_is_documented() -> None:
    assert table("Filters") == set(FILTERS)


def test_every_block_is_documented() -> None:
    assert set(re.findall(r"block (\w+)", DOC)) == {*BLOCKS, "text"}
