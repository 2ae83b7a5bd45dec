"""Killed at each point of a share's way, on each platform: what docs/exactly-once.md says comes of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.launch import EVERYBODY
from tests.crash.launch import POINTS as STOPS
from tests.crash.outcomes import PAGE, POINTS, SERVERS, Cell, expected, rewritten
from tests.crash.rig import Rig
from tests.fakes.platforms import KINDS, one_of_each
from tests.fakes.site import Site

pytestmark = pytest.mark.timeout(400)

CALM = """
lease = "30s"
reconcile_after = "1s"
deadline = "20s"

[prices.x]
post = 0.015
read = 0
"""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    platforms = one_of_each()
    with Site() as site:
        rig = Rig(tmp_path, site, platforms, delivery=CALM)
        yield rig
        rig.close()
    for each in platforms.values():
        each.close()


def everybody_there(rig: Rig, point: str) -> bool:
    """Whether all have come to the point: in the worker, or at the platforms."""
    if point in SERVERS:
        return all(fake.writes() for fake in rig.platforms.values())
    return rig.reached() in ({EVERYBODY}, set(KINDS))


def settled(rig: Rig) -> bool:
    """Nothing is left that would come right by itself."""
    rows = rig.rows()
    return len(rows) == len(KINDS) and all(
        row.state == "published" or (row.state == "unknown" and row.settle_at is None) for row in rows
    )


@pytest.mark.parametrize("point", POINTS)
def test_killed_there_and_started_again(rig: Rig, point: str) -> None:
    for fake in rig.platforms.values():
        if point in SERVERS:
            fake.script_write(SERVERS[point])
    rig.start(point if point in STOPS else "")
    rig.wait(rig.seeded)
    rig.publish(1)
    rig.wait(lambda: everybody_there(rig, point))
    if point == "shutdown":
        rig.workers[-1].send_signal(signal.SIGTERM)
        rig.wait(lambda: "worker.stopping" in rig.log.read_text())
    rig.kill(rig.workers[-1])
    for fake in rig.platforms.values():
        fake.released.set()
    rig.start()
    rig.wait(lambda: settled(rig))
    found = {
        row.account: Cell(row.state, rig.stands(row.account, 0), len(rig.platforms[row.account].writes()))
        for row in rig.rows()
    }
    assert found == {id_: expected(point, id_) for id_ in KINDS}
    assert rig.spent("main_x") == 15_000 * rig.stands("main_x", 0)  # an address without a name is no link


def test_the_page_says_so() -> None:
    page = PAGE.read_text()
    assert rewritten(page) == page, "run `make matrix`"
