"""A worker frozen past its lease: when it wakes it passes no mark, overwrites and repeats nothing."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.rig import Rig
from tests.fakes.platforms import KINDS, one_of_each
from tests.fakes.site import Site
from tests.storage.databases import PostgresServer

pytestmark = pytest.mark.timeout(400)

SHORT = """
lease = "5s"
reconcile_after = "1s"
deadline = "4s"
"""
ASLEEP = 6.5
"""Seconds, longer than the lease."""
LOOKING = 3.5
"""Seconds in which an unknown is looked at more than once."""


@pytest.fixture
def rig_on(tmp_path: Path) -> Iterator[Callable[[str], Rig]]:
    platforms, rigs = one_of_each(), []
    with Site() as site:

        def make(database: str) -> Rig:
            rigs.append(Rig(tmp_path, site, platforms, database, SHORT))
            return rigs[-1]

        yield make
        for rig in rigs:
            rig.close()
    for each in platforms.values():
        each.close()


def once_everywhere(rig: Rig) -> bool:
    return all(rig.stands(id_, 0) == 1 for id_ in KINDS)


def published(rig: Rig) -> bool:
    return [row.state for row in rig.rows()] == ["published"] * len(KINDS)


def freeze(rig: Rig, at: str) -> Callable[[], None]:
    """A worker that all accounts' shares have brought to a point, stopped there; what wakes it."""
    frozen = rig.start(at)
    rig.wait(rig.seeded)
    rig.publish(1)
    rig.wait(lambda: rig.reached() == set(KINDS))
    frozen.send_signal(signal.SIGSTOP)

    def wake() -> None:
        rig.go(frozen)
        frozen.send_signal(signal.SIGCONT)

    return wake


def test_frozen_before_the_mark_it_is_refused_there(
    rig_on: Callable[[str], Rig], postgres: PostgresServer
) -> None:
    rig = rig_on(postgres.fresh())
    wake = freeze(rig, "preparing")
    rig.start()
    rig.wait(lambda: once_everywhere(rig))
    wake()
    rig.wait(lambda: rig.log.read_text().count("share.lease_lost") == len(KINDS))
    rig.wait(lambda: published(rig))
    assert once_everywhere(rig)
    assert [len(fake.writes()) for fake in rig.platforms.values()] == [1] * len(KINDS)


@pytest.mark.parametrize("at", ["marked", "answered"])
def test_frozen_after_the_mark_it_does_no_harm_when_it_wakes(
    rig_on: Callable[[str], Rig], postgres: PostgresServer, at: str
) -> None:
    rig = rig_on(postgres.fresh())
    wake = freeze(rig, at)
    rig.start()
    rig.wait(lambda: rig.log.read_text().count("share.recovered") == len(KINDS))
    time.sleep(LOOKING)
    assert not {row.account for row in rig.rows() if row.state == "queued"}
    wake()
    rig.wait(lambda: published(rig))
    assert once_everywhere(rig)


def test_a_machine_that_slept_between_mark_and_send_sends_once(rig_on: Callable[[str], Rig]) -> None:
    """Alone on its database: it finds its own leases over, and its own threads at work."""
    rig = rig_on("")
    wake = freeze(rig, "marked")
    time.sleep(ASLEEP)
    rig.workers[0].send_signal(signal.SIGCONT)
    rig.wait(lambda: rig.log.read_text().count("share.recovered") == len(KINDS))
    time.sleep(LOOKING)
    assert {row.state for row in rig.rows() if row.account in ("main_x", "fedi", "forgetful")} == {"unknown"}
    wake()
    rig.wait(lambda: published(rig))
    assert once_everywhere(rig)
