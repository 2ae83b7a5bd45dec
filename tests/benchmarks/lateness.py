"""How long after its time a scheduled share goes out while a worker reads fifty changed feeds a second."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.bootstrap import open_house
from bot.domain.post import Accepted, Prepared, Ref
from bot.domain.routing import Route
from bot.domain.slots import Place
from bot.observe.logs import configure
from bot.ports.store import Store
from bot.runtime.clock import SystemClock
from bot.runtime.scheduler import PollerThread, keep_for_good
from bot.runtime.worker import Worker
from bot.storage.store import open_store
from tests.benchmarks.feeds import Feeds, feed_url, serving
from tests.benchmarks.measure import Figure
from tests.benchmarks.outbox import fill
from tests.benchmarks.polling import written
from tests.fakes.newsroom import account, newsroom
from tests.fakes.platform import FakePlatform

__all__ = ["figures"]

FEEDS, A_SECOND = 50, 50
SHARES = 200
APART = timedelta(milliseconds=100)
ACCOUNTS = 8
REACH = 25.0


class Punctual(FakePlatform):
    """Notes when each call came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[datetime] = []

    def publish(self, prepared: Prepared, part: int, key: str, reply_to: Ref | None) -> Accepted:
        self.came.append(SystemClock().now())
        return super().publish(prepared, part, key, reply_to)


def _schedule(store: Store, begin: datetime) -> list[datetime]:
    """Give each share a time of its own."""
    due = [begin + n * APART for n in range(SHARES)]
    with store.write() as tx:
        waiting = sorted(row.id for n in range(ACCOUNTS) for row in tx.outbox.waiting(f"a{n}"))
        tx.outbox.place([Place(id_, at) for id_, at in zip(waiting, due, strict=True)], begin, timedelta(0))
    return due


@dataclass(slots=True)
class Reading:
    """Polls of all feeds, over and over, each round with one new article in every feed."""

    polling: PollerThread
    feeds: Feeds
    rounds: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.over.is_set():
            began = time.monotonic()
            self.feeds.publish()
            self.polling.call(self.polling.poller.everything()).result()
            self.rounds += 1
            self.over.wait(max(0.0, FEEDS / A_SECOND - (time.monotonic() - began)))


def figures() -> list[Figure]:
    configure("json", "ERROR")
    idle, _ = _measure(reading=False)
    busy, rate = _measure(reading=True)
    p99 = _p99(busy)
    return [
        Figure(
            f"a share after its time, p99, {rate:.0f} feeds/s read",
            f"{p99:.1f} ms",
            f"median {statistics.median(busy):.1f} ms; nothing read: p99 {_p99(idle):.1f} ms",
            "",
            f"≤ {REACH:.0f} ms",
            p99 <= REACH,
        )
    ]


def _p99(late: list[float]) -> float:
    return sorted(late)[len(late) * 99 // 100]


def _measure(*, reading: bool) -> tuple[list[float], float]:
    """Milliseconds after its time of each share, and the feeds read a second."""
    with tempfile.TemporaryDirectory() as folder, serving() as feeds:
        house = open_house(written(folder, [feed_url(feeds.port, n) for n in range(FEEDS)]), SystemClock())
        store = open_store(f"sqlite:///{folder}/bench.db", create=True, migrate=True)
        platforms = [Punctual() for _ in range(ACCOUNTS)]
        fill(store, SHARES, ACCOUNTS)
        wired = [account(f"a{n}", platform) for n, platform in enumerate(platforms)]
        # What is read is stored and decided, and shared by no route: these shares alone go out.
        routes = [Route("all", ("elsewhere",), tuple(each.id for each in wired))]
        room = newsroom(wired, routes, sources=list(house.newsroom().sources.values()))
        worker = Worker(store, room)
        worker.begin()
        polling = PollerThread(house, worker)
        polling.start()
        polling.call(polling.poller.everything()).result()
        keep_for_good()
        due = _schedule(store, SystemClock().now() + timedelta(seconds=2))
        run = threading.Thread(target=worker.run)
        run.start()
        reader = Reading(polling, feeds)
        beside = threading.Thread(target=reader.run) if reading else None
        began = time.monotonic()
        if beside:
            beside.start()
        while sum(len(each.came) for each in platforms) < SHARES:
            time.sleep(0.1)
        rate = reader.rounds * FEEDS / (time.monotonic() - began)
        reader.over.set()
        if beside:
            beside.join()
        worker.stop()
        run.join()
        polling.stop()
        store.close()
    came = sorted(at for each in platforms for at in each.came)
    return [(at - planned) / timedelta(milliseconds=1) for at, planned in zip(came, due, strict=True)], rate
