"""Several workers on one Postgres: each poll and share once, whatever becomes of database and deploys."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.rig import Rig, once_each
from tests.fakes.platforms import KINDS, one_of_each
from tests.fakes.site import Site
from tests.storage.databases import PostgresServer, postgres_server

pytestmark = pytest.mark.timeout(400)

ARTICLES = 4


@pytest.fixture
def rig_on(tmp_path: Path) -> Iterator[Callable[[str], Rig]]:
    platforms, rigs = one_of_each(), []
    with Site() as site:

        def make(database: str) -> Rig:
            rigs.append(Rig(tmp_path, site, platforms, database))
            return rigs[-1]

        yield make
        for rig in rigs:
            rig.close()
    for each in platforms.values():
        each.close()


def test_each_poll_and_each_share_happens_once(
    rig_on: Callable[[str], Rig], postgres: PostgresServer
) -> None:
    rig = rig_on(postgres.fresh())
    rig.start()
    rig.wait(rig.seeded)
    workers = [rig.start(), rig.start()]
    rig.wait(lambda: all(rig.ready(worker) for worker in workers), 60)
    before, began = len(rig.site.asked), time.monotonic()
    rig.publish(ARTICLES)
    rig.wait(lambda: rig.all_there(ARTICLES))
    time.sleep(3)
    polls = sum(request.url == "/feed" for request in rig.site.asked[before:])
    assert polls <= time.monotonic() - began + 1
    once_each(rig, ARTICLES)
    assert {id_: len(fake.writes()) for id_, fake in rig.platforms.items()} == dict.fromkeys(KINDS, ARTICLES)


@pytest.mark.timeout(200)
def test_a_postgres_that_restarts_in_the_middle_loses_nothing(rig_on: Callable[[str], Rig]) -> None:
    with postgres_server() as postgres:
        rig = rig_on(postgres.fresh())
        workers = [rig.start(), rig.start()]
        rig.wait(lambda: rig.seeded() and all(rig.ready(worker) for worker in workers), 60)
        for fake in rig.platforms.values():
            fake.script_write("slow", times=2)
        rig.publish(ARTICLES)
        rig.wait(lambda: any(fake.writes() for fake in rig.platforms.values()))
        postgres.restart()
        rig.wait(lambda: rig.all_there(ARTICLES), 90)
        rig.wait(lambda: {row.state for row in rig.rows()} == {"published"}, 60)
        once_each(rig, ARTICLES)
        assert [worker.poll() for worker in workers] == [None, None]


def test_an_account_wired_in_only_one_of_two_releases_gets_everything(
    rig_on: Callable[[str], Rig], postgres: PostgresServer
) -> None:
    rig = rig_on(postgres.fresh())
    older = rig.write("older.toml", [id_ for id_ in KINDS if id_ not in ("sky", "main_x")])
    old = rig.start(config=older)
    rig.wait(rig.seeded)
    new = rig.start()
    rig.wait(lambda: rig.ready(new))
    rig.publish(ARTICLES)
    rig.wait(lambda: rig.all_there(ARTICLES), 60)
    again = rig.start(config=older)
    rig.wait(lambda: rig.ready(again))
    rig.publish(ARTICLES + 1)
    rig.wait(lambda: rig.all_there(ARTICLES + 1), 60)
    assert [worker.poll() for worker in (old, new, again)] == [None] * 3
    once_each(rig, ARTICLES + 1)
