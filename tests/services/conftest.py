"""A newsroom on a real SQLite store, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.domain.routing import Route
from bot.ports.newsroom import Account
from bot.ports.store import Store
from bot.storage.store import open_store
from tests.fakes.newsroom import Desk, account, newsroom
from tests.fakes.platform import FakePlatform


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    store.enlist("worker")
    yield store
    store.close()


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
def fedi(platform: FakePlatform) -> Account:
    return account("fedi", platform)


@pytest.fixture
def everything() -> Route:
    return Route("everything", ("site",), ("fedi",))


@pytest.fixture
def desk_of(store: Store) -> Callable[..., Desk]:
    """Makes a desk whose source has been seeded by an empty first poll."""

    def make(accounts: Sequence[Account], routes: Sequence[Route], *, seed: bool = True, **more: Any) -> Desk:
        desk = Desk(store, newsroom(accounts, routes, **more))
        for each in accounts:
            assert isinstance(each.connector, FakePlatform)
            each.connector.now = desk.clock.now
        if seed:
            desk.seed()
        return desk

    return make


@pytest.fixture
def desk(desk_of: Callable[..., Desk], fedi: Account, everything: Route) -> Desk:
    return desk_of([fedi], [everything])
