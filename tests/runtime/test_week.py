"""The whole worker over simulated weeks in which the clocks change, against a calendar of the test's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.bootstrap import open_house
from bot.domain.alert import Message, messages
from bot.domain.delivery import State
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.runtime.poller import Poller
from bot.runtime.worker import Worker
from tests.fakes.newsroom import StoppedClock
from tests.fakes.site import Site

CONFIG = """
database = "sqlite:///{folder}/test.db"
timezone = "{zone}"
[sources.site]
kind = "feed"
url = "{feed}"
every = "2h"
enrich = false
allow_private = true
[accounts.slotted]
platform = "file"
folder = "{folder}"
schedule = "day"
card = {{ check = "off" }}
on_withdrawal = "ignore"
[accounts.awake]
platform = "file"
folder = "{folder}"
schedule = "night"
card = {{ check = "off" }}
on_withdrawal = "ignore"
[schedules.day]
slots = {{ mon-fri = ["08:00", "12:30", "17:45"], sat-sun = ["02:30", "10:00"] }}
[schedules.night]
quiet = ["22:00-06:30"]
[[routes]]
name = "slots"
sources = ["site"]
accounts = ["slotted"]
timing = "slot"
[[routes]]
name = "now"
sources = ["site"]
accounts = ["awake"]
"""
WALLS = {**dict.fromkeys(range(5), ("08:00", "12:30", "17:45")), **dict.fromkeys((5, 6), ("02:30", "10:00"))}
STEP = timedelta(minutes=15)
WEEKS = {
    "spring": (datetime(2026, 3, 25, tzinfo=UTC), "Europe/Berlin"),
    "autumn": (datetime(2026, 10, 21, tzinfo=UTC), "Europe/Berlin"),
}


def instants(begin: datetime, days: int = 7) -> list[datetime]:
    return [begin + n * STEP for n in range(days * 24 * 4)]


def calendar(begin: datetime, zone: str) -> list[datetime]:
    """When the slots are, found by reading a wall clock in that zone every quarter of an hour."""
    out, seen, before = [], set(), ""
    for at in instants(begin - timedelta(days=1), 9):
        local = at.astimezone(ZoneInfo(zone))
        wall = f"{local:%H:%M}"
        for slot in WALLS[local.weekday()]:
            # A slot that the clock jumped over comes when it lands; one that it shows twice came already.
            jumped = before < slot < wall and f"{local - STEP:%H:%M}" != before
            key: tuple[date, str] = (local.date(), slot)
            if (slot == wall or jumped) and key not in seen:
                seen.add(key)
                out.append(at)
        before = wall
    return [at for at in out if begin <= at < begin + timedelta(days=7)]


def waking(begin: datetime, zone: str) -> list[datetime]:
    """When what is found a quarter past every other hour goes out, if nothing does from 22:00 to 06:30."""
    out, found = [], 0
    for at in instants(begin)[1:]:
        found += at.minute == 15 and at.hour % 2 == 0
        if "06:30" <= f"{at.astimezone(ZoneInfo(zone)):%H:%M}" < "22:00":
            out += [at] * found
            found = 0
    return out


def rss(shown: list[tuple[int, datetime]]) -> str:
    items = "".join(
        f"<item><title>Article {n}</title><link>https://news.example/{n}/</link><guid>{n}</guid>"
        f"<pubDate>{format_datetime(at)}</pubDate></item>"
        for n, at in reversed(shown[-30:])
    )
    return f'<rss version="2.0"><channel><title>Site</title>{items}</channel></rss>'


@dataclass
class House:
    """A site that publishes an article every other hour, and a worker that looks each quarter of an hour."""

    site: Site
    folder: Path
    zone: str
    clock: StoppedClock
    config: str = CONFIG
    shown: list[tuple[int, datetime]] = field(default_factory=list)
    polled: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = self.folder / "bot.toml"
        config.write_text(self.config.format(folder=self.folder, zone=self.zone, feed=self.site.url("/feed")))
        self.site.feed("/feed", rss([]))
        house = open_house(config, self.clock, environ={})
        self.worker = Worker(house.open_store(create=True, migrate=True), house.newsroom(), clock=self.clock)
        self.worker.begin()

    async def live(self, times: list[datetime]) -> None:
        """The worker's steps at these times."""
        async with AsyncExitStack() as stack:
            poller = Poller(
                store=self.worker.store,
                newsroom=lambda: self.worker.newsroom,
                worker=self.worker.name,
                clock=self.clock,
                fetcher=await stack.enter_async_context(Fetcher("")),
                offloader=await stack.enter_async_context(Offloader()),
                wake=self.worker.wake,
            )
            for at in times:
                self.clock.at = at
                asked = len(self.site.asked)
                await poller.tick()
                await asyncio.gather(*poller.tasks)
                self.polled += [at] * (len(self.site.asked) - asked)
                self.worker.pass_()
                self.publish(at)

    def publish(self, at: datetime) -> None:
        """An article, if it is time for one."""
        if at.minute == 0 and at.hour % 2 == 0:
            self.shown.append((len(self.shown), at))
            self.site.feed("/feed", rss(self.shown))

    def sent(self, account: str) -> list[datetime]:
        """When the account's posts were made."""
        posts = (self.folder / account / "posts").glob("*.json")
        return sorted(datetime.fromisoformat(json.loads(file.read_text())["at"]) for file in posts)

    def messages(self, event: str) -> Sequence[Message]:
        """What a channel that wants it would be told now."""
        now = self.clock.now()
        with self.worker.store.write() as tx:
            return messages(tx.alerts.take(now, now, timedelta(minutes=1)), {event})

    def restart(self, at: datetime) -> None:
        """Another worker on what the one before left."""
        self.clock.at = at
        self.worker = Worker(self.worker.store, self.worker.newsroom, clock=self.clock)
        self.worker.begin()

    def counts(self) -> dict[State, int]:
        with self.worker.store.read() as tx:
            return tx.outbox.counts()


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture(params=WEEKS)
def week(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Iterator[House]:
    begin, zone = WEEKS[request.param]
    house = House(site, tmp_path, zone, StoppedClock(begin))
    yield house
    house.worker.store.close()


def test_a_week_goes_by_the_calendar(week: House) -> None:
    begin = week.clock.at
    asyncio.run(week.live(instants(begin)))
    assert week.sent("slotted") == calendar(begin, week.zone)
    assert week.sent("awake") == waking(begin, week.zone)
    hours = [at.replace(minute=0) for at in week.polled]
    assert hours == sorted({at.replace(minute=0) for at in instants(begin) if at.hour % 2 == 0})
    assert State.MISSED not in week.counts()


def test_after_two_days_down_there_is_no_flood_and_one_message(site: Site, tmp_path: Path) -> None:
    begin, zone = datetime(2026, 4, 1, tzinfo=UTC), "Africa/Kigali"
    config = CONFIG.replace('quiet = ["22:00-06:30"]', 'min_gap = "1h"').replace(
        "sources = [", 'max_age = "24h"\nsources = ['
    )
    house = House(site, tmp_path, zone, StoppedClock(begin), config)
    day, down, after = (instants(begin + timedelta(days=n), k) for n, k in ((0, 1), (1, 2), (3, 1)))
    asyncio.run(house.live(day))
    for at in down:
        house.publish(at)
    asked = len(house.polled)
    house.restart(after[0])
    asyncio.run(house.live(after))
    counts, told = house.counts(), house.messages("missed")
    house.worker.store.close()

    late = [at for at in house.sent("slotted") if at >= after[0]]
    assert late == [at for at in calendar(begin, zone) if after[0] <= at < after[0] + timedelta(days=1)]
    awake = [at for at in house.sent("awake") if at >= after[0]]
    assert all(later - sooner >= timedelta(hours=1) for sooner, later in pairwise(awake))
    assert house.polled[asked:].count(after[0]) == 1
    assert counts[State.MISSED] > 20
    assert [each.title for each in told] == [f"Sharewire: {counts[State.MISSED]} shares missed"]
