"""A worker cut off from its Postgres past its lease, nobody told: another sends; mended, it does no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.crash.rig import Rig, once_each
from tests.crash.wire import Wire
from tests.fakes.platforms import KINDS, one_of_each
from tests.fakes.site import Site
from tests.storage.databases import PostgresServer

pytestmark = pytest.mark.timeout(400)

SHORT = """
lease = "5s"
reconcile_after = "1s"
deadline = "4s"
"""
PATIENT = "?options=-c%20idle_in_transaction_session_timeout%3D3s"
"""The server ends a session that sits in a transaction after so long; ours is a minute."""


@pytest.fixture
def apart(tmp_path: Path, postgres: PostgresServer) -> Iterator[tuple[Rig, Wire]]:
    """A rig on Postgres, and the way that a worker may be given to it."""
    platforms = one_of_each()
    with ExitStack() as stack:
        site = stack.enter_context(Site())
        for each in platforms.values():
            stack.enter_context(each)
        database = postgres.fresh()
        wire = stack.enter_context(Wire(database))
        rig = Rig(tmp_path, site, platforms, database, SHORT)
        stack.callback(rig.close)
        yield rig, wire


def published(rig: Rig, count: int) -> bool:
    return [row.state for row in rig.rows()] == ["published"] * len(KINDS) * count


def cut_off(rig: Rig, wire: Wire, at: str, cut: Callable[[], None]) -> None:
    """One worker over the wire, its shares at a point; one beside it; then the wire is cut."""
    first = rig.start(at, database=wire.url + PATIENT)
    rig.wait(rig.seeded)
    rig.publish(1)
    rig.wait(lambda: rig.reached() == set(KINDS))
    second = rig.start()
    rig.wait(lambda: rig.ready(second))
    cut()
    rig.go(first)
    rig.wait(lambda: wire.is_cut)


def comes_back(rig: Rig) -> None:
    """Alone, and by itself, the worker that was cut off sends what comes next."""
    rig.kill(rig.workers[1])
    rig.publish(2)
    rig.wait(lambda: published(rig, 2))
    assert rig.workers[0].poll() is None
    once_each(rig, 2)


def test_cut_off_before_the_mark_it_is_refused_there(apart: tuple[Rig, Wire]) -> None:
    rig, wire = apart
    cut_off(rig, wire, "preparing", wire.cut)
    rig.wait(lambda: published(rig, 1))
    wire.mend()
    rig.wait(lambda: rig.log.read_text().count("share.lease_lost") == len(KINDS))
    assert {id_: len(fake.writes()) for id_, fake in rig.platforms.items()} == dict.fromkeys(KINDS, 1)
    comes_back(rig)


def test_cut_off_with_a_transaction_open_it_holds_nothing_up(apart: tuple[Rig, Wire]) -> None:
    """What a session holds that nobody speaks for is let go by the server."""
    rig, wire = apart
    cut_off(rig, wire, "preparing", wire.cut_at_commit)
    rig.wait(lambda: published(rig, 1))
    wire.mend()
    comes_back(rig)


def test_cut_off_after_the_mark_what_it_sent_is_believed(apart: tuple[Rig, Wire]) -> None:
    rig, wire = apart
    cut_off(rig, wire, "marked", wire.cut)
    rig.wait(lambda: rig.log.read_text().count("share.recovered") == len(KINDS))
    rig.wait(lambda: all(rig.stands(id_, 0) == 1 for id_ in KINDS))
    wire.mend()
    rig.wait(lambda: published(rig, 1))
    comes_back(rig)
