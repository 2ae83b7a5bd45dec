"""What must come of a worker killed at each point, on each kind of platform; and the page's tables of it.

`python -m tests.crash.outcomes` writes the tables into docs/exactly-once.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.fakes.platforms import KINDS

__all__ = ["EDITING", "FOLLOWING", "POINTS", "SERVERS", "Cell", "expected", "expected_following", "table"]

PAGE = Path(__file__).parents[2] / "docs" / "exactly-once.md"
TABLES = ("killed", "killed-editing", "killed-deleting")
"""The places on the page that the tables stand in."""

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
FOLLOWING = ("unclaimed", "claimed", "marked", "server", "accepted", "answered", "shutdown")
"""The points that an edit and a deletion come to."""
EDITING = ("fedi", "forgetful", "hook", "mute")
"""Who can edit; all can delete."""
SERVERS = {"server": "late", "accepted": "hang", "shutdown": "late"}
"""How the platforms' public call behaves at the points that lie with them."""
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


def expected_following(point: str) -> int:
    """How often an edit or a deletion was sent in all, on any platform: once more where it had arrived."""
    return 1 if point in ("unclaimed", "claimed", "marked") else 2


def table(name: str) -> str:
    """A table of the page."""
    if name == "killed":
        kinds, points = tuple(KINDS), tuple(POINTS)
    else:
        kinds, points = EDITING if name == "killed-editing" else tuple(KINDS), FOLLOWING
    lines = [
        f"| killed … | {' | '.join(KINDS[id_] for id_ in kinds)} |",
        f"|---|{'---|' * len(kinds)}",
        *(f"| {POINTS[p]} | {' | '.join(_said(name, p, id_) for id_ in kinds)} |" for p in points),
    ]
    return "\n".join(lines) + "\n"


def _said(name: str, point: str, platform: str) -> str:
    if name == "killed":
        return str(expected(point, platform))
    return ("done", "done, sent twice")[expected_following(point) - 1]


def rewritten(page: str) -> str:
    """The page with the tables as they are now."""
    for name in TABLES:
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        before, rest = page.split(begin)
        page = before + begin + "\n" + table(name) + "\n" + end + rest.split(end)[1]
    return page


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text()))
