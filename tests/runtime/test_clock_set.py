"""The machine's clock is set while the worker runs: it goes on polling and delivering, either way."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import time_machine

from bot.bootstrap import open_house
from bot.runtime.clock import SystemClock
from bot.runtime.scheduler import Clockwork
from bot.runtime.worker import Worker
from tests.fakes.site import Site

CONFIG = """
database = "sqlite:///{folder}/test.db"
[sources.site]
kind = "feed"
url = "{feed}"
every = "1s"
enrich = false
allow_private = true
[accounts.folder]
platform = "file"
folder = "{folder}/out"
[[routes]]
name = "everything"
sources = ["site"]
accounts = ["folder"]
"""
SECONDS = 20


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        site.feed("/feed", rss(0))
        yield site


def rss(count: int) -> str:
    """A feed of so many articles, published at this moment."""
    now = format_datetime(datetime.now(UTC))
    items = "".join(
        f"<item><title>Article {n}</title><link>https://news.example/{n}/</link><guid>{n}</guid>"
        f"<pubDate>{now}</pubDate></item>"
        for n in range(count)
    )
    return f'<rss version="2.0"><channel><title>Site</title>{items}</channel></rss>'


@pytest.fixture
def clockwork(tmp_path: Path, site: Site) -> Iterator[Clockwork]:
    path = tmp_path / "bot.toml"
    path.write_text(CONFIG.format(folder=tmp_path, feed=site.url("/feed")))
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    house = open_house(path, SystemClock(), environ={})
    store = house.open_store(create=True, migrate=True)
    yield Clockwork(house, Worker(store, house.newsroom()))
    store.close()
    list(map(signal.signal, before.keys(), before.values()))


def within(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold in time; `monotonic` is left alone by the changes of the clock."""
    end = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("by", [timedelta(hours=-3), timedelta(hours=3), timedelta(days=-400)])
def test_the_clock_is_set(clockwork: Clockwork, site: Site, tmp_path: Path, by: timedelta) -> None:
    seen: list[bool] = []

    def shared(count: int) -> bool:
        return len(list((tmp_path / "out").glob("*/posts/*.json"))) >= count

    def play(travel: time_machine.Traveller) -> None:
        try:
            seen.append(within(lambda: len(site.asked) > 1))
            site.feed("/feed", rss(1))
            seen.append(within(lambda: shared(1)))
            travel.shift(by)
            site.feed("/feed", rss(2))
            seen.append(within(lambda: shared(2)))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    with time_machine.travel(datetime.now(UTC), tick=True) as travel:
        player = threading.Thread(target=play, args=(travel,), daemon=True)
        player.start()
        clockwork.run()
        player.join(5)
    assert seen == [True, True, True]
