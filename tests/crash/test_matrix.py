"""Killed at each point of a share's way, on each platform: what docs/exactly-once.md says comes of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.launch import EVERYBODY
from tests.crash.launch import POINTS as STOPS
from tests.crash.outcomes import PAGE, PLATFORMS, POINTS, Cell, expected, rewritten
from tests.crash.rig import Rig
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.server import FakeServer
from tests.fakes.site import Site
from tests.fakes.webhook import FakeWebhook
from tests.fakes.x import FakeX

SERVERS = {"server": "late", "accepted": "hang", "shutdown": "late"}
"""How the platforms' public call behaves at the points that lie with them."""
CALM = """
lease = "30s"
reconcile_after = "1s"
deadline = "20s"
"""


def one_of_each() -> dict[str, FakeServer]:
    """A platform of each kind, by the account's id."""
    forgetful, mute = FakeMastodon(), FakeWebhook()
    forgetful.honours_keys = mute.dedupes = False
    fakes: tuple[FakeServer, ...] = (FakeX(), FakeMastodon(), forgetful, FakeBluesky(), FakeWebhook(), mute)
    return dict(zip(PLATFORMS, fakes, strict=True))


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
    return rig.reached() in ({EVERYBODY}, set(PLATFORMS))


def settled(rig: Rig) -> bool:
    """Nothing is left that would come right by itself."""
    rows = rig.rows()
    return len(rows) == len(PLATFORMS) and all(
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
    assert found == {id_: expected(point, id_) for id_ in PLATFORMS}


def test_the_page_says_so() -> None:
    page = PAGE.read_text()
    assert rewritten(page) == page, "run `make matrix`"
