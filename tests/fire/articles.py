"""A newsday under fire: articles by six ways at once, a worker killed at random moments; then the count."""

from __future__ import annotations

import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fire.desk import Desk, desk
from tests.fire.messengers import Messengers
from tests.fire.newsday import Newsday
from tests.fire.press import WAYS, Press
from tests.fire.verdict import Verdict, is_explained, judge

__all__ = ["Day", "Outcome", "live"]

EARLY = 0.2
"""How many of the kills come at any moment of a worker's start."""
BEHIND = 5
"""The newsroom goes on once no more articles than these wait to be met, or after PATIENCE."""
PATIENCE = 20
STILL = 45
"""Seconds without any change after which what is wrong stays wrong."""
CAME, REST = 2, 300


@dataclass(frozen=True, slots=True)
class Day:
    """What is lived through. The same seed makes the same day, not the same interleaving."""

    seed: int
    articles: int = 60
    kills: int = 25
    before: int = 6


@dataclass(slots=True)
class Outcome:
    """The figures."""

    day: Day
    kills: int = 0
    posts: int = 0
    pushes: int = 0
    lost_pushes: int = 0
    replays: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    unexplained: list[str] = field(default_factory=list)
    seconds: float = 0

    @property
    def wrong(self) -> list[str]:
        return [*self.verdict.faults, *self.unexplained]

    def __str__(self) -> str:
        happened = ", ".join(f"{name} {count}" for name, count in sorted(self.happened.items()))
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        found = self.verdict
        return (
            f"seed {self.day.seed}: {self.day.articles} articles by {len(WAYS)} ways on 2 accounts, "
            f"{self.kills} kills, {self.seconds:.0f} s\n"
            f"  {happened}\n"
            f"  {self.pushes} pushes taken, {self.replays} came again, {self.lost_pushes} lost; "
            f"bad answers: {faults}\n"
            f"  {self.posts} posts; {len(found.duplicates)} duplicates, {len(found.lost)} lost, "
            f"{len(self.unexplained)} unexplained, {len(found.stale)} stale, {len(found.early)} early"
        )


def live(day: Day, folder: Path) -> Outcome:
    """Live through one day; its figures and faults."""
    with _stage(day, folder) as house:
        return house.live()


class House:
    """A worker between the press and its accounts."""

    def __init__(self, day: Day, rig: Desk, press: Press, messengers: Messengers) -> None:
        self.day, self.rig, self.press, self.messengers = day, rig, press, messengers
        self.newsday = Newsday(press, messengers, day.seed)
        self.dice = random.Random(f"{day.seed} house")
        self.outcome = Outcome(day)

    def live(self) -> Outcome:
        """Before, the day, its end, the rest, the count."""
        began = time.monotonic()
        self.newsday.before(self.day.before)
        self.worker = self.rig.start()
        self.rig.wait(lambda: self._said("source.baseline") >= len(WAYS) and self._said("hub.verified") > 0)
        self.press.began = time.monotonic()
        for number in range(1, self.day.articles + 1):
            self.newsday.publish()
            for _ in range(self.dice.randint(0, 2)):
                time.sleep(self.dice.uniform(0, 1))
                self.newsday.happen()
            self._pause()
            if self.outcome.kills < self.day.kills * number // self.day.articles:
                self._strike()
        self.newsday.end()
        self.press.over()
        self._rest()
        self.worker.send_signal(signal.SIGTERM)
        self.worker.wait(40)
        self._count()
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _said(self, event: str) -> int:
        return self.rig.log.read_text(errors="replace").count(f'"event": "{event}"')

    def _pause(self) -> None:
        """A moment; longer while the worker is far behind."""
        time.sleep(self.dice.uniform(0.5, 2))
        end = time.monotonic() + PATIENCE
        while self._unmet() > BEHIND and time.monotonic() < end:
            time.sleep(0.1)

    def _unmet(self) -> int:
        with self.rig.store.read() as tx:
            met = tx.articles.count()
        return sum(1 for each in self.press.stories.values() if each.born or each.public_at) - met

    def _strike(self) -> None:
        """Any moment of a worker's life: now and then while it starts, mostly while it works."""
        if self.dice.random() < EARLY:
            time.sleep(self.dice.uniform(0.1, 1.5))
        else:
            self.rig.wait(lambda: self.rig.ready(self.worker), 120)
            time.sleep(self.dice.uniform(0, 2))
        self.rig.kill(self.worker)
        self.outcome.kills += 1
        self.worker = self.rig.start()

    def _rest(self) -> None:
        """Until all is as it should be and has been for a while, or nothing moves any more."""
        self.rig.wait(lambda: self.messengers.idle and self.rig.ready(self.worker), 120)
        came, before, since = 0, "", time.monotonic()
        end = since + REST
        while came <= CAME and time.monotonic() < end and time.monotonic() < since + STILL:
            polls = self._polls()
            self.rig.wait(lambda polls=polls: self._polls() > polls, 120)  # type: ignore[misc]
            faults = self._judge().faults
            came = 0 if faults else came + 1
            if str(faults) != before:
                before, since = str(faults), time.monotonic()

    def _polls(self) -> float:
        """When the source was read that was not read for longest."""
        with self.rig.store.read() as tx:
            rows = tx.sources.rows()
        polled = [rows[way].last_ok_at for way in WAYS if way != "push"]
        return min(each.timestamp() if each else 0 for each in polled)

    def _judge(self) -> Verdict:
        return judge(self.press, self.rig.store, self.rig.platforms)

    def _count(self) -> None:
        outcome = self.outcome
        outcome.verdict = self._judge()
        outcome.happened = self.newsday.happened
        for weather in self.press.weathers.values():
            outcome.faults += weather.faults()
        told = self.messengers
        outcome.pushes, outcome.lost_pushes, outcome.replays = told.sent, told.lost, told.replayed
        outcome.posts = sum(len(fake.stored()) for fake in self.rig.platforms.values())
        for story in outcome.verdict.unshared:
            document = self.rig.ask("explain", self.press.link(story))
            never_met = document["article"]["id"] is None
            if not is_explained(document) and not (never_met and story.away):
                outcome.unexplained.append(f"{story.id} {story.slug!r}: nothing says why it is not shared")


@contextmanager
def _stage(day: Day, folder: Path) -> Iterator[House]:
    with ExitStack() as stack:
        press = stack.enter_context(Press(day.seed))
        stack.enter_context(press.hub)
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
        rig = desk(folder, press, port)
        stack.callback(rig.close)
        for fake in rig.platforms.values():
            stack.enter_context(fake)
        messengers = Messengers(press, f"http://127.0.0.1:{port}", day.seed)
        stack.callback(messengers.close)
        yield House(day, rig, press, messengers)
