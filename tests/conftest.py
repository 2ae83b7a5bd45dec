"""What any test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.databases import PostgresServer, postgres_server

CRASH = Path(__file__).with_name("crash")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have each process begin with its share of the crash tests: they wait more than they work.

    At the end of the run, with nothing beside them, they would be most of it. Each process of `--dist
    worksteal` is given a stretch of the list.
    """
    count = getattr(config, "workerinput", {}).get("workercount", 1)
    slow = [item for item in items if item.path.is_relative_to(CRASH)]
    rest = [item for item in items if not item.path.is_relative_to(CRASH)]
    cuts = [len(rest) * n // count for n in range(count + 1)]
    items[:] = [item for n in range(count) for item in slow[n::count] + rest[cuts[n] : cuts[n + 1]]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real Postgres; `postgres.fresh()` is the URL of a new database."""
    with postgres_server() as server:
        yield server
