"""Workers on one Postgres beside procrastinate; what a past of 10⁴ and 10⁶ shares costs (docs/scaling.md)."""

from __future__ import annotations

import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bot.storage.store import SqlStore, open_store
from tests.benchmarks.history import add_history
from tests.benchmarks.measure import Figure, per_call
from tests.benchmarks.outbox import cycle, fill
from tests.storage.databases import PostgresServer, postgres_server

__all__ = ["figures"]

PASTS = (0, 10**4, 10**6)
ROUNDS, CYCLES = 7, 60
WORKERS = (1, 2, 4)
SHARES, ACCOUNTS = 2000, 8
PEER = Path(__file__).with_name("procrastinating.py")
PEER_HOME = Path(sys.prefix) / "bench-procrastinate"
"""Where the peer is installed, on demand and beside our own packages: nothing of ours needs it."""
PEER_JOBS = 1000


def figures() -> list[Figure]:
    with postgres_server(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        return [
            *_growth("SQLite", [f"sqlite:///{folder}/{past}.db" for past in PASTS]),
            *_growth("Postgres", [server.fresh() for _ in PASTS]),
            *_workers(server),
        ]


def _growth(name: str, urls: Sequence[str]) -> list[Figure]:
    """Claim, mark and complete with each past, in turns."""
    stores = [open_store(url, create=True, migrate=True) for url in urls]
    for store, past in zip(stores, PASTS, strict=True):
        fill(store, (ROUNDS + 1) * CYCLES)
        add_history(store, past)
        per_call(lambda s=store: cycle(s), CYCLES)  # type: ignore[misc]
    times: list[list[float]] = [[] for _ in stores]
    for _ in range(ROUNDS):
        for store, each in zip(stores, times, strict=True):
            each.append(per_call(lambda s=store: cycle(s), CYCLES))  # type: ignore[misc]
    for store in stores:
        store.close()
    empty = statistics.median(times[0])
    return [
        _grown(name, past, statistics.median(each), empty) for past, each in zip(PASTS, times, strict=True)
    ]


def _grown(name: str, past: int, seconds: float, empty: float) -> Figure:
    return Figure(
        f"{name}: claim + mark + complete after {past:,} delivered",
        f"{1 / seconds:.0f}/s",
        f"after 0: {1 / empty:.0f}/s" if past else "",
        f"{empty / seconds:.2f}",
        "≥ 0.9" if past == max(PASTS) else "",
        empty / seconds >= 0.9 if past == max(PASTS) else None,
    )


def _workers(server: PostgresServer) -> list[Figure]:
    """So many processes on one database, and the peer at each of its concurrencies on the same server."""
    whole = {count: _shares_a_second(server.fresh(), count) for count in WORKERS}
    claims = {count: _shares_a_second(server.fresh(), count, marked=False) for count in WORKERS}
    theirs = _peer(server.fresh())
    best = max(theirs.values(), default=0.0)
    return [
        _beside("Postgres: claim + mark + complete", whole, best),
        _beside("Postgres: claim + complete, as a queue's job", claims, best, reach=True),
    ] + [
        Figure(f"procrastinate at concurrency {count}", f"{rate:.0f} jobs/s", "", "", "", None)
        for count, rate in theirs.items()
    ]


def _beside(what: str, ours: Mapping[int, float], best: float, *, reach: bool = False) -> Figure:
    """What each number of workers did in a second; the ratio is that of the most workers."""
    ratio = ours[max(ours)] / best if best else 0.0
    return Figure(
        f"{what}, {' / '.join(map(str, ours))} workers",
        f"{' / '.join(f'{rate:.0f}' for rate in ours.values())} a second",
        f"procrastinate {best:.0f} jobs/s" if best else "procrastinate could not be installed",
        f"{ratio:.1f} ×" if best else "",
        "≥ 3 ×" if reach else "",
        ratio >= 3 if reach and best else None,
    )


def _shares_a_second(url: str, workers: int, *, marked: bool = True) -> float:
    store = open_store(url, create=True, migrate=True)
    fill(store, SHARES, ACCOUNTS)
    add_history(store, 0)
    store.close()
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers + 1)
    each = [context.Process(target=_work, args=(url, f"w{n}", barrier, marked)) for n in range(workers)]
    for process in each:
        process.start()
    barrier.wait()
    began = time.perf_counter()
    for process in each:
        process.join()
    return SHARES / (time.perf_counter() - began)


def _work(url: str, worker: str, barrier: Barrier, marked: bool) -> None:
    """Until all is published: nothing to claim may mean that each account is at work elsewhere."""
    store: SqlStore = open_store(url)
    accounts = [f"a{n}" for n in range(ACCOUNTS)]
    barrier.wait()
    while cycle(store, accounts, worker, marked=marked) or _left(store):
        pass
    store.close()


def _left(store: SqlStore) -> bool:
    with store.read() as tx:
        return tx.outbox.next_due([f"a{n}" for n in range(ACCOUNTS)]) is not None


def _peer(url: str) -> dict[str, float]:
    """Jobs a second by concurrency; nothing if it is not to be had."""
    if not PEER_HOME.exists():
        install = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--target",
            str(PEER_HOME),
            "procrastinate",
        ]
        if subprocess.run(install, check=False, capture_output=True).returncode:
            return {}
    done = subprocess.run(
        [sys.executable, str(PEER), url, str(PEER_JOBS)],
        env={"PYTHONPATH": str(PEER_HOME), "PATH": ""},
        check=True,
        capture_output=True,
        text=True,
    )
    return {line.split()[0]: float(line.split()[1]) for line in done.stdout.splitlines()}
