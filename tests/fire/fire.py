"""The fire: workers killed at random moments, in bad weather, over some hundred shares; then the count."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.domain.delivery import Delivery, State
from tests.crash.rig import Rig
from tests.fakes.platforms import KINDS, one_of_each
from tests.fakes.site import Site
from tests.fire.proxy import Proxy
from tests.fire.weather import Weather

__all__ = ["Fire", "Plan", "Report", "burn"]

DELIVERY = """
lease = "4s"
reconcile_after = "2s"
deadline = "2s"
retry = { first = "1s", max = "2s", attempts = 100 }
"""
EARLY = 0.2
"""How many of the kills come at any moment of a worker's start."""
FROZEN = 6.0
"""Seconds that a stopped worker sleeps: longer than its lease."""
REFLECTION = timedelta(seconds=5)
"""A person who is told of a share in doubt does not look there at once."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is burnt. The same seed gives the same weather and the same moments, not the same interleaving."""

    seed: int
    kills: int
    articles: int
    workers: int = 1
    database: str = ""
    """A Postgres of its own; "" for SQLite."""


@dataclass(slots=True)
class Report:
    """The figures."""

    plan: Plan
    shares: int = 0
    stands: int = 0
    duplicates: int = 0
    lost: int = 0
    kills: int = 0
    frozen: int = 0
    cut: int = 0
    outages: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    parked: int = 0
    unexplained: int = 0
    most_struck: int = 0
    attempts: int = 0
    seconds: float = 0

    def __str__(self) -> str:
        faults = ", ".join(f"{mode} {count}" for mode, count in sorted(self.faults.items()))
        database = "Postgres" if self.plan.database else "SQLite"
        return (
            f"seed {self.plan.seed}: {self.plan.workers} worker(s) on {database}, {self.shares} shares, "
            f"{self.seconds:.0f} s\n"
            f"  {self.kills} kills, {self.frozen} frozen past their lease, {self.cut} times all connections "
            f"cut, {self.outages} outages ({faults})\n"
            f"  {self.duplicates} duplicates, {self.lost} lost; {self.attempts} attempts, {self.parked} left "
            f"to a person, {self.unexplained} of them without a reason; at most {self.most_struck} article "
            "in doubt an outage"
        )


class Fire:
    """One fire from its seed."""

    def __init__(self, plan: Plan, rig: Rig, proxies: Mapping[str, Proxy]) -> None:
        self.plan, self.rig, self.proxies = plan, rig, proxies
        self.dice = random.Random(plan.seed)
        self.report = Report(plan)

    def burn(self) -> Report:
        """Light it, let it burn down, settle what is parked, count."""
        began = time.monotonic()
        self.alive = [self.rig.start() for _ in range(self.plan.workers)]
        self.rig.wait(self.rig.seeded)
        for proxy in self.proxies.values():
            proxy.began = time.monotonic()
        for number in range(1, self.plan.kills + 1):
            self.rig.publish(-(-self.plan.articles * number // self.plan.kills))
            self._wait()
            self._strike(number)
            self._person()
        for proxy in self.proxies.values():
            proxy.weather.over = True
        self.rig.wait(self._quiet, 400)
        for worker in self.alive:
            worker.send_signal(signal.SIGTERM)
        for worker in self.alive:
            worker.wait(40)
        self._count()
        self.report.seconds = time.monotonic() - began
        return self.report

    def _wait(self) -> None:
        """Any moment of a worker's life: now and then while it starts, mostly while it works."""
        if self.dice.random() < EARLY:
            time.sleep(self.dice.uniform(0.1, 1.5))
            return
        self.rig.wait(lambda: any(self.rig.ready(worker) for worker in self.alive), 300)
        time.sleep(self.dice.uniform(0, 2))

    def _strike(self, number: int) -> None:
        """Kill one; on Postgres at times freeze another, or cut every connection."""
        victim = self.dice.randrange(len(self.alive))
        if self.plan.database and number % 4 == 0:
            self._freeze(self.alive[victim])
        if self.plan.database and number % 5 == 0:
            self._cut()
        self.rig.kill(self.alive[victim])
        self.report.kills += 1
        self.alive[victim] = self.rig.start()

    def _freeze(self, worker: subprocess.Popen[bytes]) -> None:
        """Past its lease; then it wakes, and has a moment to do harm."""
        worker.send_signal(signal.SIGSTOP)
        time.sleep(FROZEN)
        worker.send_signal(signal.SIGCONT)
        time.sleep(self.dice.uniform(0.2, 1))
        self.report.frozen += 1

    def _cut(self) -> None:
        """End every connection to the database but our own."""
        with self.rig.store.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        self.report.cut += 1

    def _quiet(self) -> bool:
        """Every share is out, those left to a person by that person's word."""
        self._person()
        rows = self.rig.rows()
        done = sum(row.state is State.PUBLISHED for row in rows)
        return done == len(rows) == self.plan.articles * len(KINDS)

    def _person(self) -> None:
        """Looks, once its platform works again, at each account with a parked share; says what is there."""
        for row in self.rig.rows():
            proxy, now = self.proxies[row.account], datetime.now(UTC)
            if row.state is not State.UNKNOWN or row.settle_at is not None or row.committed_at is None:
                continue
            if now < row.committed_at + REFLECTION or proxy.weather.at(proxy.second) is not None:
                continue
            self.report.parked += 1
            self.report.unexplained += not row.detail
            stands = self._stands(row)
            say = ["--published", f"https://social.example/{row.id}"] if stands else ["--retry"]
            self.rig.ask("queue", "resolve", str(row.id), *say)

    def _stands(self, row: Delivery) -> int:
        with self.rig.store.read() as tx:
            article = tx.articles.get(row.article)
        assert article is not None
        return self.rig.links(row.account)[article.url]

    def _count(self) -> None:
        """What the public sees, against what was published."""
        report = self.report
        for id_ in self.rig.platforms:
            links = self.rig.links(id_)
            report.stands += sum(links.values())
            report.duplicates += sum(count - 1 for count in links.values() if count > 1)
            report.lost += sum(
                links[self.rig.site.url(f"/a/{number}/")] == 0 for number in range(self.plan.articles)
            )
        rows = self.rig.rows()
        report.shares = len(rows)
        with self.rig.store.read() as tx:
            report.attempts = sum(len(tx.outbox.attempts(row.id)) for row in rows)
        weathers = [proxy.weather for proxy in self.proxies.values()]
        report.outages = sum(len(weather.met) for weather in weathers)
        report.faults = sum((weather.faults() for weather in weathers), Counter())
        report.most_struck = max(weather.most_struck() for weather in weathers)


@contextmanager
def stage(plan: Plan, folder: Path) -> Iterator[Fire]:
    """The site, the platforms, each behind its proxy, and the rig of a fire."""
    with ExitStack() as stack:
        site = stack.enter_context(Site())
        platforms = one_of_each()
        for fake in platforms.values():
            stack.enter_context(fake)
        proxies = {
            id_: stack.enter_context(Proxy(fake, Weather(f"{plan.seed} {id_}", fake)))
            for id_, fake in platforms.items()
        }
        rig = Rig(folder, site, platforms, plan.database, DELIVERY)
        stack.callback(rig.close)
        yield Fire(plan, rig, proxies)


def burn(plan: Plan, folder: Path) -> tuple[Report, Sequence[Delivery]]:
    """One fire in a folder of its own; its figures, and every share at its end."""
    with stage(plan, folder) as fire:
        return fire.burn(), fire.rig.rows()
