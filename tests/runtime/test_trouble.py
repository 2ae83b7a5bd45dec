"""The disk is full, or the server gone, in the middle of a share: it goes out once, when that is over."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.errors import StoreError
from bot.domain.outcome import Policy
from bot.domain.routing import Route
from bot.runtime import worker as runtime
from bot.runtime.worker import Worker
from bot.storage.outbox import SqlOutbox
from bot.storage.store import SqlStore, open_store
from tests.fakes.newsroom import Desk, account, entry, newsroom
from tests.fakes.platform import FakePlatform
from tests.storage.databases import PostgresServer

ROUTE = Route("everything", ("site",), ("fedi",), max_age=timedelta(0))
POLICY = Policy(retry_first=timedelta(milliseconds=10), reconcile_after=timedelta(milliseconds=200))


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.fresh() if request.param == "postgres" else f"sqlite:///{tmp_path}/x.db"


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = open_store(url, create=True, migrate=True)
    yield store
    store.close()


@pytest.fixture
def trouble(url: str) -> Callable[[], None]:
    """What befalls a transaction that has written and not committed."""

    def full() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    def away() -> None:
        with closing(open_store(url)) as other, other.read() as tx:
            tx.connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )

    return away if url.startswith("postgres") else full


@pytest.mark.parametrize("step", ["claim", "mark", "record"])
@pytest.mark.parametrize("times", [1, 3])
def test_in_the_middle_of_a_share_nothing_is_lost_and_nothing_goes_out_twice(
    store: SqlStore, trouble: Callable[[], None], step: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "LOOK_EVERY", 0.01)
    real, left = getattr(SqlOutbox, step), [times]

    def troubled(*args: Any, **more: Any) -> Any:
        done = real(*args, **more)
        if done and left[0]:
            left[0] -= 1
            trouble()
        return done

    monkeypatch.setattr(SqlOutbox, step, troubled)
    platform = FakePlatform()
    wired = newsroom([account("fedi", platform)], [ROUTE], policy=POLICY)
    worker = Worker(store, wired, name="worker")
    platform.now = worker.clock.now
    worker.begin()
    desk = Desk(store, wired, clock=worker.clock)  # type: ignore[arg-type]
    desk.seed()
    desk.poll(entry(1, published_at=None))
    with capture_logs() as said:
        thread = threading.Thread(target=worker.run, daemon=True)
        thread.start()
        end = time.monotonic() + 30
        while states(desk) != ["fedi published"]:
            assert time.monotonic() < end, said
            time.sleep(0.05)
            worker_job(worker)
        worker.stop()
        thread.join(10)
    assert not thread.is_alive()
    assert left == [0]
    assert [sent.text for sent in platform.sent] == [f"Article 1 {entry(1).url}"]
    assert [each for each in said if "exc_info" in each] == []


def states(desk: Desk) -> list[str]:
    """The test's own look may meet the trouble, too."""
    with suppress(StoreError):
        return desk.states()
    return []


def worker_job(worker: Worker) -> None:
    """What the clockwork does every five seconds; a trouble of the database's is none of its own."""
    with suppress(StoreError):
        worker.recover()
        worker.settle()
