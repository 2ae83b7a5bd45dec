"""What any test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.storage.databases import PostgresServer, postgres_server

CRASH = Path(__file__).with_name("crash")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have all processes but one begin with a share of the crash tests, which wait more than they work.

    The one works meanwhile. At the end of the run, with nothing beside them, they would be most of it. Each
    process of `--dist worksteal` is given a stretch of the list.
    """
    count = getattr(config, "workerinput", {}).get("workercount", 1)
    crews = max(count - 1, 1)
    slow = [item for item in items if item.path.is_relative_to(CRASH)]
    rest = iter([item for item in items if not item.path.is_relative_to(CRASH)])
    spread: list[pytest.Item] = []
    for n in range(crews):
        share = slow[n::crews]
        spread += [*share, *islice(rest, max(len(items) // count - len(share), 0))]
    items[:] = [*spread, *rest]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real Postgres; `postgres.fresh()` is the URL of a new database."""
    with postgres_server() as server:
        yield server
