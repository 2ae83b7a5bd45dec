"""Delivered a second at 30 ms a call, on eight accounts, beside what the latency alone allows."""

from __future__ import annotations

import tempfile
import time

from bot.domain.post import Accepted, Prepared, Ref
from bot.ports.newsroom import Account
from bot.runtime.worker import Worker
from bot.storage.store import open_store
from tests.benchmarks.measure import Figure
from tests.benchmarks.outbox import fill
from tests.fakes.newsroom import account, newsroom
from tests.fakes.platform import FakePlatform

__all__ = ["figures"]

ACCOUNTS, EACH, LATENCY = 8, 50, 0.03


class SlowPlatform(FakePlatform):
    """Answers after 30 ms."""

    def publish(self, prepared: Prepared, part: int, key: str, reply_to: Ref | None) -> Accepted:
        time.sleep(LATENCY)
        return super().publish(prepared, part, key, reply_to)


def figures() -> list[Figure]:
    accounts: list[Account] = [account(f"a{i}", SlowPlatform()) for i in range(ACCOUNTS)]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.db", create=True, migrate=True)
        fill(store, ACCOUNTS * EACH, ACCOUNTS)
        worker = Worker(store, newsroom(accounts, []))
        store.enlist(worker.name)
        began = time.perf_counter()
        worker.pass_()
        rate = ACCOUNTS * EACH / (time.perf_counter() - began)
        store.close()
    most = ACCOUNTS / LATENCY
    return [
        Figure(
            "delivered at 30 ms a call, 8 accounts",
            f"{rate:.0f}/s",
            f"8 / 30 ms = {most:.0f}/s",
            f"{rate / most:.2f}",
            "≥ 0.6",
            rate / most >= 0.6,
        )
    ]
