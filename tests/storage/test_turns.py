"""Who writes next: in the order of coming, a share whose time has come before all others."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from bot.storage.turns import Turns


class Interrupted(Exception):
    """As Ctrl-C comes."""


@pytest.fixture
def interruptible() -> Iterator[None]:
    def interrupt(_signal: int, _frame: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, interrupt)
    yield
    signal.signal(signal.SIGUSR1, before)


def waiting(turns: Turns) -> int:
    return len(turns._first) + len(turns._rest)


def test_a_share_goes_before_polls_that_came_earlier_and_they_keep_their_order() -> None:
    turns, came = Turns(), list[str]()

    def take(name: str) -> None:
        with turns.turn(first=name.startswith("share")):
            came.append(name)

    threads = []
    with turns.turn(first=False):
        for name in ("poll 1", "poll 2", "share 1", "poll 3", "share 2"):
            threads.append(threading.Thread(target=take, args=(name,)))
            threads[-1].start()
            while waiting(turns) < len(threads):
                time.sleep(0.001)
    for thread in threads:
        thread.join(5)
    assert came == ["share 1", "share 2", "poll 1", "poll 2", "poll 3"]


def test_one_at_a_time() -> None:
    turns, inside, most = Turns(), [0], [0]

    def take() -> None:
        for n in range(200):
            with turns.turn(first=n % 3 == 0):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0)
                inside[0] -= 1

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (most, inside, waiting(turns)) == ([1], [0], 0)


def test_a_fault_gives_the_turn_back() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="broken"), turns.turn(first=False):
        raise ValueError("broken")
    with turns.turn(first=False):
        pass


@pytest.mark.usefixtures("interruptible")
def test_who_is_interrupted_while_waiting_leaves_the_line() -> None:
    turns, over = Turns(), threading.Event()
    held = threading.Event()

    def hold() -> None:
        with turns.turn(first=False):
            held.set()
            over.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    with pytest.raises(Interrupted), turns.turn(first=True):
        pass
    assert waiting(turns) == 0
    over.set()
    holder.join(5)
    with turns.turn(first=False):
        pass
