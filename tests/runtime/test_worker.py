"""The worker's own frame: threads that hang, faults, reloads and the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Ambiguous
from bot.domain.outcome import Policy
from bot.domain.post import Findable
from bot.domain.routing import Route
from bot.domain.schedule import Schedule
from bot.domain.slots import Place
from bot.ports.newsroom import Newsroom
from bot.ports.records import Pause
from bot.ports.store import Store
from bot.runtime import worker as runtime
from bot.runtime.clock import SystemClock, call_within
from bot.runtime.worker import Worker
from bot.services.review import pause
from bot.storage.store import open_store
from tests.fakes.newsroom import Desk, StoppedClock, account, entry, newsroom
from tests.fakes.platform import FakePlatform

ROUTE = Route("everything", ("site",), ("fedi",), max_age=timedelta(0))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    yield store
    store.close()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What hangs in a test waits for this, and is let go at its end."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
def worker_of(store: Store) -> Callable[..., Worker]:
    """A worker whose source has shown one article."""

    def make(platform: FakePlatform, *, clock: Any = None, **more: Any) -> Worker:
        wired = newsroom([account("fedi", platform)], [more.pop("route", ROUTE)], **more)
        worker = Worker(store, wired, name="worker", clock=clock or SystemClock())
        platform.now = worker.clock.now
        worker.begin()
        desk = Desk(store, wired, clock=worker.clock)  # type: ignore[arg-type]
        desk.seed()
        desk.poll(entry(1, published_at=None))
        return worker

    return make


def states(store: Store) -> list[str]:
    with store.read() as tx:
        return [str(row.state) for row in sorted(tx.outbox.list(), key=lambda row: row.id)]


def wait(holds: Callable[[], bool]) -> None:
    """Until something holds, or the test has failed."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.005)


def test_a_pass_delivers_what_is_due(worker_of: Callable[..., Worker], platform: FakePlatform) -> None:
    worker = worker_of(platform)
    worker.pass_()
    assert states(worker.store) == ["published"]
    assert worker.troubles == []


def test_a_publish_that_hangs_at_the_end_is_unknown(
    worker_of: Callable[..., Worker],
    platform: FakePlatform,
    gate: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime, "DRAIN", 0.05)
    monkeypatch.setattr(platform, "publish", lambda *_: gate.wait(10))
    worker = worker_of(platform)
    worker.step()
    wait(lambda: bool(marked(worker.store)))
    worker.drain()
    assert states(worker.store) == ["unknown"]


def marked(store: Store) -> list[int]:
    with store.read() as tx:
        return [row.id for row in tx.outbox.list() if row.committed_at]


def test_a_worker_that_ends_while_preparing_leaves_the_share_queued_and_posts_nothing(
    worker_of: Callable[..., Worker],
    platform: FakePlatform,
    gate: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime, "DRAIN", 0.05)
    platform.on_prepare = lambda: gate.wait(10)
    worker = worker_of(platform)
    worker.step()
    wait(lambda: "prepare" in platform.calls)
    worker.stop()
    worker.run()
    assert states(worker.store) == ["queued"]
    gate.set()
    wait(lambda: not worker.flying)
    assert (states(worker.store), platform.sent) == (["queued"], [])


def test_what_finishes_while_draining_is_recorded(
    worker_of: Callable[..., Worker], platform: FakePlatform, gate: threading.Event
) -> None:
    platform.on_prepare = lambda: gate.wait(10)
    worker = worker_of(platform)
    worker.step()
    threading.Timer(0.05, gate.set).start()
    worker.drain()
    assert (states(worker.store), len(platform.sent)) == (["published"], 1)


def test_a_refused_mark_makes_no_public_call(
    worker_of: Callable[..., Worker], platform: FakePlatform
) -> None:
    worker = worker_of(platform)
    platform.on_prepare = lambda: pause(worker.store, "all", worker.clock.now(), None, "hold on")
    worker.pass_()
    assert (states(worker.store), platform.sent) == (["queued"], [])


def test_a_fault_of_ours_ends_one_try_and_not_the_account(
    worker_of: Callable[..., Worker], platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = worker_of(platform)
    monkeypatch.setattr(type(worker.courier), "carry_out", lambda *_: 1 / 0)
    worker.step()
    wait(lambda: not worker.flying)
    worker.recover()
    assert states(worker.store) == ["queued"]
    assert worker.troubles == ["share 1: a fault of ours, see the log"]
    worker.renew()
    assert worker.courier.owed == {}


def test_a_database_that_is_away_for_a_moment_does_not_end_the_worker(
    worker_of: Callable[..., Worker], platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "LOOK_EVERY", 0.01)
    worker = worker_of(platform)
    real, failures = worker.store.write, [OSError("away"), OSError("away")]

    def write(*, lasting: bool = True, first: bool = False) -> Any:
        return _raise(failures.pop()) if failures else real(lasting=lasting, first=first)

    monkeypatch.setattr(worker.store, "write", write)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    wait(lambda: states(worker.store) == ["published"])
    worker.stop()
    thread.join(5)
    assert not thread.is_alive()


def _raise(error: Exception) -> None:
    raise error


def test_a_share_that_something_keeps_does_not_make_the_others_late(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "LOOK_EVERY", 60.0)
    kept, prompt = FakePlatform(), FakePlatform()
    route = replace(ROUTE, accounts=("fedi", "other"))
    worker = Worker(store, newsroom([account("fedi", kept), account("other", prompt)], [route]))
    worker.begin()
    desk = Desk(store, worker.newsroom, clock=worker.clock)  # type: ignore[arg-type]
    desk.seed()
    desk.poll(entry(1, published_at=None))
    soon = worker.clock.now() + timedelta(seconds=1)
    with store.write() as tx:
        tx.accounts.pause(Pause("account:fedi", worker.clock.now(), None, "ill", "desk"))
        waiting = tx.outbox.waiting("other")
        tx.outbox.place([Place(row.id, soon) for row in waiting], worker.clock.now(), timedelta(0))
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    wait(lambda: len(prompt.sent) == 1)
    worker.stop()
    thread.join(5)
    assert kept.sent == []


def test_what_is_in_flight_at_a_reload_ends_once(
    worker_of: Callable[..., Worker], platform: FakePlatform, gate: threading.Event
) -> None:
    platform.on_prepare = lambda: gate.wait(10)
    worker = worker_of(platform)
    worker.step()
    wait(lambda: "prepare" in platform.calls)
    worker.take_up(replace(worker.newsroom))
    assert worker.step() == 0
    gate.set()
    wait(lambda: not worker.flying)
    worker.pass_()
    assert (states(worker.store), len(platform.sent)) == (["published"], 1)


def test_an_account_that_a_reload_takes_away_holds_its_shares_and_gives_them_back(
    worker_of: Callable[..., Worker], platform: FakePlatform
) -> None:
    worker = worker_of(platform)
    before = worker.newsroom
    without: Newsroom = replace(before, accounts={}, routes=())
    worker.take_up(without)
    assert (states(worker.store), worker.step()) == (["held"], 0)
    worker.take_up(before)
    worker.pass_()
    assert (states(worker.store), len(platform.sent)) == (["published"], 1)


def test_what_a_reload_finds_owed_is_still_paid(
    worker_of: Callable[..., Worker], platform: FakePlatform
) -> None:
    worker = worker_of(platform)
    row = worker.courier.claim()
    assert row is not None
    worker.courier.owe(row)
    worker.take_up(replace(worker.newsroom))
    worker.recover()
    assert states(worker.store) == ["queued"]


def test_after_a_sleep_the_gap_between_posts_still_holds(
    worker_of: Callable[..., Worker], platform: FakePlatform, store: Store
) -> None:
    clock = StoppedClock()
    hourly = Schedule("day", min_gap=timedelta(hours=1))
    worker = worker_of(
        platform,
        clock=clock,
        route=Route("everything", ("site",), ("fedi",), schedule="day"),
        schedules={"day": hourly},
    )
    desk = Desk(store, worker.newsroom, clock=clock)
    desk.poll(entry(2, published_at=None), entry(3, published_at=None), entry(4, published_at=None))
    worker.pass_()
    assert len(platform.sent) == 1
    clock.forward(timedelta(hours=6))
    worker.pass_()
    assert len(platform.sent) == 2


def test_an_unknown_is_looked_at_by_the_worker(worker_of: Callable[..., Worker], store: Store) -> None:
    platform = FakePlatform(replay=(Findable(),), after=[Ambiguous("the answer was lost")])
    worker = worker_of(platform, policy=Policy(reconcile_after=timedelta(0)))
    worker.pass_()
    assert states(store) == ["unknown"]
    worker.settle()
    assert (states(store), len(platform.sent)) == (["published"], 1)


def test_a_call_that_overruns_is_left_behind(gate: threading.Event) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="no answer within"):
        call_within(lambda: gate.wait(10), timedelta(seconds=0.02))
    assert time.monotonic() - began < 8


def test_a_library_that_ends_the_process_ends_only_its_call() -> None:
    with pytest.raises(RuntimeError, match="SystemExit in a call"):
        call_within(_end, timedelta(seconds=1))


def _end() -> None:
    raise SystemExit(3)
