"""What any test may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.storage.databases import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real Postgres; `postgres.fresh()` is the URL of a new database."""
    with postgres_server() as server:
        yield server
