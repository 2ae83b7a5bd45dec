"""The clockwork: signals, reloads, and an end that comes."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.bootstrap import House, open_house
from bot.ports.records import PROGRAM, Pause
from bot.runtime.clock import SystemClock
from bot.runtime.scheduler import Clockwork, run_once
from bot.runtime.worker import Worker

CONFIG = """
database = "sqlite:///{folder}/test.db"
[sources.site]
kind = "feed"
url = "http://127.0.0.1:1/feed/"
allow_private = true
[accounts.folder]
platform = "file"
folder = "{folder}/out"
[[routes]]
name = "everything"
sources = ["site"]
accounts = ["folder"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "bot.toml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return path


@pytest.fixture
def house(config: Path) -> Iterator[House]:
    house = open_house(config, SystemClock(), environ={})
    store = house.open_store(create=True, migrate=True)
    yield house
    store.close()


@pytest.fixture
def clockwork(house: House) -> Iterator[Clockwork]:
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    assert house.store is not None
    yield Clockwork(house, Worker(house.store, house.newsroom()))
    list(map(signal.signal, before.keys(), before.values()))


def problems(clockwork: Clockwork) -> list[str]:
    with clockwork.worker.store.read() as tx:
        return list(tx.workers.get("problems") or [])


def test_a_bad_edit_keeps_the_old_configuration_and_says_so(clockwork: Clockwork, config: Path) -> None:
    before, good = clockwork.worker.newsroom, config.read_text()
    config.write_text(good.replace('accounts = ["folder"]', 'accounts = ["foldr"]'))
    clockwork.reload()
    assert clockwork.worker.newsroom is before
    assert "foldr" in " ".join(problems(clockwork))
    config.write_text(good)
    clockwork.reload()
    assert clockwork.worker.newsroom is not before
    assert problems(clockwork) == []


def test_a_file_that_is_no_toml_keeps_the_old_configuration(clockwork: Clockwork, config: Path) -> None:
    before = clockwork.worker.newsroom
    config.write_text("[accounts")
    clockwork.reload()
    assert clockwork.worker.newsroom is before
    assert problems(clockwork)


def test_an_account_whose_table_did_not_change_keeps_its_adapter(clockwork: Clockwork, config: Path) -> None:
    before = clockwork.worker.newsroom.accounts["folder"]
    config.write_text(config.read_text() + "max_age = '2h'\n")
    clockwork.reload()
    assert clockwork.worker.newsroom.routes[0].max_age.total_seconds() == 7200
    assert clockwork.worker.newsroom.accounts["folder"] is before


def test_sigterm_ends_it(clockwork: Clockwork) -> None:
    killed = threading.Event()

    def kill() -> None:
        while not clockwork.scheduler.running:  # before, the signal would end the tests
            time.sleep(0.02)
        killed.set()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=kill, daemon=True).start()
    clockwork.run()
    assert killed.is_set()
    assert clockwork.worker.stopping.is_set()


def test_who_waits_for_a_tick_does_not_wait_for_ever_at_the_end(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    clockwork.worker.begin()
    clockwork.polling.start()
    started = threading.Event()

    async def hang() -> None:
        started.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(type(clockwork.polling.poller), "tick", lambda _: hang())
    waiting = threading.Thread(target=clockwork._poll, daemon=True)
    waiting.start()
    assert started.wait(5)
    clockwork.polling.stop()
    waiting.join(5)
    assert not waiting.is_alive()


def test_one_pass_names_the_source_that_could_not_be_read(house: House) -> None:
    assert house.store is not None
    troubles = run_once(house, Worker(house.store, house.newsroom()))
    assert [each.partition(":")[0] for each in troubles] == ["source site"]


def test_one_pass_names_the_account_that_refused_us_not_the_one_a_person_paused(house: House) -> None:
    assert house.store is not None
    clock = SystemClock()
    with house.store.write() as tx:
        tx.accounts.pause(Pause("account:folder", clock.now(), None, "401 wrong password", PROGRAM))
        tx.accounts.pause(Pause("route:everything", clock.now(), None, "a storm", "person"))
    troubles = run_once(house, Worker(house.store, house.newsroom()))
    assert troubles[1:] == [
        "account:folder is paused: 401 wrong password: mend it, then sharewire resume --account folder"
    ]
