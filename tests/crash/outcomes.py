"""What must come of a worker killed at each point, on each kind of platform; and the page's table of it.

`python -m tests.crash.outcomes` writes the table into docs/exactly-once.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.fakes.platforms import KINDS

__all__ = ["POINTS", "Cell", "expected", "table"]

PAGE = Path(__file__).parents[2] / "docs" / "exactly-once.md"
BEGIN, END = "<!-- killed: begin -->\n", "<!-- killed: end -->\n"

POINTS = {
    "sighted": "between sighting and decision",
    "deciding": "between decision and share, before both are committed",
    "unclaimed": "before the claim",
    "claimed": "after the claim",
    "rendered": "after rendering",
    "preparing": "while preparing, pictures uploaded",
    "marked": "between mark and send",
    "server": "while the server works",
    "accepted": "the server has accepted, its answer not come",
    "answered": "the answer has come, not recorded",
    "shutdown": "while shutting down, the server at work",
}
UNMARKED = ("sighted", "deciding", "unclaimed", "claimed", "rendered", "preparing")


@dataclass(frozen=True, slots=True)
class Cell:
    """After the restart: the share's state, how often it stands, and how often it was sent in all."""

    state: str
    stands: int
    sends: int

    def __str__(self) -> str:
        if self.state == "unknown":
            return f"unknown, a person decides; stands {('not at all', 'once')[self.stands]}"
        return "once" if self.sends == 1 else "once, sent twice under one key"


def expected(point: str, platform: str) -> Cell:
    """The one rule of the table."""
    if point in UNMARKED:
        return Cell("published", 1, 1)
    arrived = point != "marked"
    if platform == "mute":
        return Cell("unknown", int(arrived), int(arrived))
    if platform == "hook":
        return Cell("published", 1, 1 + arrived)
    return Cell("published", 1, 1)


def table() -> str:
    """The page's table."""
    lines = [
        f"| killed … | {' | '.join(KINDS.values())} |",
        f"|---|{'---|' * len(KINDS)}",
        *(
            f"| {words} | {' | '.join(str(expected(p, id_)) for id_ in KINDS)} |"
            for p, words in POINTS.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def rewritten(page: str) -> str:
    """The page with the table as it is now."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text()))
