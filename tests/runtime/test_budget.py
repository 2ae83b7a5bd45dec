"""Two workers on one Postgres never spend what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.domain.budget import Budget, month_of
from bot.domain.cost import Prices
from bot.domain.delivery import State
from bot.domain.routing import Route
from bot.runtime.worker import Worker
from bot.storage.store import SqlStore, open_store
from tests.fakes.newsroom import Desk, StoppedClock, account, entry, newsroom
from tests.fakes.platform import FakePlatform
from tests.storage.databases import PostgresServer
from tests.storage.desk import at_once

PRICES = Prices(post=15_000, post_with_link=200_000)


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.fresh()


@pytest.fixture
def stores(url: str) -> Iterator[list[SqlStore]]:
    opened = [open_store(url, create=True, migrate=True) for _ in range(2)]
    yield opened
    for store in opened:
        store.close()


def test_two_workers_cannot_overspend(stores: list[SqlStore]) -> None:
    platforms = {name: FakePlatform() for name in ("main_x", "second_x")}
    budget = Budget(per_month=1_500_000, reserve=0, near=1_500_000)
    accounts = [
        replace(account(name, platform), prices=PRICES, budget=budget) for name, platform in platforms.items()
    ]
    wired = newsroom(accounts, [Route("all", ("site",), tuple(platforms))])
    clock = StoppedClock()
    desk = Desk(stores[0], wired, clock)
    desk.seed()
    desk.poll(*(entry(number) for number in range(20)))
    workers = [Worker(store, wired, name=f"w{i}", clock=clock) for i, store in enumerate(stores)]
    at_once([worker.pass_ for worker in workers])
    with stores[0].read() as tx:
        spent = tx.spending.by_account(*month_of(clock.now()))
        counts = tx.outbox.counts()
    assert spent == {"main_x": 1_400_000, "second_x": 1_400_000}
    assert [len(platform.sent) for platform in platforms.values()] == [7, 7]
    assert (counts[State.PUBLISHED], counts[State.SKIPPED]) == (14, 26)
