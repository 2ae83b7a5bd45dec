"""A worker process with many sources: its memory, what its rounds of polls cost, how late they are."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.ports.records import SourceRow
from bot.runtime.clock import SystemClock
from bot.storage.store import SqlStore, open_store
from tests.benchmarks.feeds import feed_url, serving
from tests.benchmarks.measure import Figure
from tests.benchmarks.polling import written
from tests.benchmarks.process import cpu_of, memory_of

__all__ = ["figures"]

SOURCES = 1000
"""`crowd=10000` has 10,000: some minutes."""
EVERY = "2m"
PATIENCE = 1500.0
MOST = 400


def figures(count: int = SOURCES) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, serving() as feeds:
        config = written(folder, [feed_url(feeds.port, n) for n in range(count)], every=EVERY)
        with _worker(config, Path(folder) / "log") as (worker, ready):
            store = open_store(f"sqlite:///{folder}/bench.db")
            began = cpu_of(worker)
            _wait(lambda: _seeded(store) == count)
            first = cpu_of(worker) - began
            before, at = _rows(store), SystemClock().now()
            began = cpu_of(worker)
            _wait(lambda: all(_asked_again(before[id_], row) for id_, row in _rows(store).items()))
            again = cpu_of(worker) - began
            late = sorted(
                (row.last_ok_at - due).total_seconds()
                for id_, row in _rows(store).items()
                if row.last_ok_at and (due := before[id_].next_poll_at) and due > at
            )
            most, now = memory_of(worker, "VmHWM"), memory_of(worker, "VmRSS")
            store.close()
    each = f"{count:,} sources, one account"
    late = late or [0.0]
    p99 = late[len(late) * 99 // 100]
    return [
        Figure(
            f"{each}: most memory",
            f"{most:.0f} MB",
            f"{now:.0f} MB at the end",
            "",
            f"≤ {MOST} MB",
            most <= MOST,
        ),
        Figure(f"{each}: ready", f"{ready:.2f} s CPU", "", "", "", None),
        Figure(
            f"{each}: first poll, {10 * count:,} articles",
            f"{first:.1f} s CPU",
            "",
            f"{first / count * 1e3:.2f} ms a feed",
            "",
            None,
        ),
        Figure(
            f"{each}: nothing new", f"{again:.1f} s CPU", "", f"{again / count * 1e3:.2f} ms a feed", "", None
        ),
        Figure(
            f"{each}: a poll after its time",
            f"p99 {p99:.1f} s",
            f"median {statistics.median(late):.1f} s",
            "",
            "",
            None,
        ),
    ]


def _asked_again(before: SourceRow, now: SourceRow) -> bool:
    due, at = before.next_poll_at, now.last_ok_at
    return due is not None and at is not None and at >= due


def _seeded(store: SqlStore) -> int:
    return sum(row.seeded_at is not None for row in _rows(store).values())


def _rows(store: SqlStore) -> dict[str, SourceRow]:
    with store.read() as tx:
        return tx.sources.rows()


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < deadline, "the worker does not come to an end"
        time.sleep(2)


@contextmanager
def _worker(config: Path, log: Path) -> Iterator[tuple[int, float]]:
    """Its process id, and the CPU seconds until it was ready."""
    command = [sys.executable, "-m", "bot", "run", "--config", str(config)]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as worker:
        try:
            while b"worker.ready" not in log.read_bytes():
                time.sleep(0.05)
                assert worker.poll() is None, log.read_text()
            yield worker.pid, cpu_of(worker.pid)
        finally:
            worker.terminate()
            worker.wait(60)
