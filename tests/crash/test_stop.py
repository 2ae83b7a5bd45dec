"""Stop means stop: what comes while an upload is under way holds the post at the mark."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage.tables import articles
from tests.crash.rig import Rig, once_each
from tests.fakes.platforms import KINDS, one_of_each
from tests.fakes.site import Site

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Every account has uploaded what it needs for an article, and is about to mark its share."""
    platforms = one_of_each()
    with Site() as site:
        rig = Rig(tmp_path, site, platforms)
        rig.start("preparing")
        rig.wait(rig.seeded)
        rig.publish(1)
        rig.wait(lambda: rig.reached() == set(KINDS))
        yield rig
        rig.close()
    for each in platforms.values():
        each.close()


def stopped(rig: Rig) -> bool:
    """No share is being sent any more."""
    return rig.log.read_text().count("share.released") == len(KINDS)


def public_calls(rig: Rig) -> int:
    return sum(len(fake.writes()) for fake in rig.platforms.values())


def test_a_pause_stops_every_share_at_the_mark_and_resume_lets_each_out_once(rig: Rig) -> None:
    rig.ask("pause", "--all", "--for", "6h", "--reason", "wait for the court")
    rig.go(rig.workers[0])
    rig.wait(lambda: stopped(rig))
    assert {(str(row.state), str(row.reason)) for row in rig.rows()} == {("queued", "pause")}
    assert public_calls(rig) == 0
    rig.ask("resume", "--all")
    rig.wait(lambda: rig.all_there(1))
    once_each(rig, 1)
    assert public_calls(rig) == len(KINDS)


def test_a_withdrawal_stops_every_share_at_the_mark(rig: Rig) -> None:
    with rig.store.engine.begin() as connection:
        connection.execute(sa.update(articles).values(withdrawn_at=datetime.now(UTC)))
    rig.go(rig.workers[0])
    rig.wait(lambda: stopped(rig))
    rig.publish(2)
    rig.wait(lambda: all(rig.stands(id_, 1) for id_ in KINDS))
    assert {id_: rig.stands(id_, 0) for id_ in KINDS} == dict.fromkeys(KINDS, 0)
    assert public_calls(rig) == len(KINDS)
