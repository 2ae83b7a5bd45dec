"""A clock that ran ahead is put right: nothing waits until it has caught up, nothing is mistaken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.errors import Ambiguous, Throttled, Unavailable
from bot.services.set_back import set_back
from bot.services.settle import settle_next
from tests.fakes.newsroom import Desk, entry
from tests.fakes.platform import FakePlatform

AHEAD = timedelta(hours=3)
LOST = Ambiguous("the answer was lost")


def put_right(desk: Desk) -> None:
    """The machine's clock, and what the worker does about it."""
    desk.clock.forward(-AHEAD)
    set_back(desk.store, desk.newsroom, AHEAD, desk.clock.now())


@pytest.mark.parametrize("error", [Unavailable("refused"), Throttled("slow down")])
def test_a_retry_comes_when_it_would_have_come(desk: Desk, platform: FakePlatform, error: Exception) -> None:
    platform.before = [error]
    desk.poll(entry(1))
    assert desk.send_all() == ["queued"]
    put_right(desk)
    assert desk.send_all() == []
    desk.clock.forward(timedelta(minutes=1))
    assert desk.send_all() == ["published"]


def test_what_waits_for_its_time_is_sent_at_once(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    put_right(desk)
    assert desk.send_all() == ["published"]


def test_news_after_a_start_under_the_wrong_clock_are_news(desk: Desk) -> None:
    put_right(desk)
    desk.clock.forward(timedelta(minutes=30))
    desk.poll(entry(1, published_at=desk.clock.now()))
    assert desk.send_all() == ["published"]


@pytest.mark.parametrize("acted", [True, False])
def test_an_unknown_is_looked_for_where_it_would_stand(
    desk: Desk, platform: FakePlatform, *, acted: bool
) -> None:
    (platform.after if acted else platform.before).append(LOST)
    desk.poll(entry(1))
    real = platform.now
    platform.now = lambda: real() - AHEAD  # the platform's clock is right
    assert desk.send_all() == ["unknown"]
    put_right(desk)
    platform.now = real
    states = []
    for _ in range(2):
        desk.clock.forward(timedelta(minutes=2))
        settle_next(desk.courier)
        states.append(desk.states()[0])
    assert states == (["fedi published"] * 2 if acted else ["fedi unknown", "fedi queued"])
    desk.send_all()
    assert len(platform.sent) == 1


def test_where_nobody_saw_the_clock_put_right_not_finding_it_proves_nothing(
    desk: Desk, platform: FakePlatform
) -> None:
    """Killed with a mark in the future, started again under the right clock."""
    platform.before = [LOST]
    desk.poll(entry(1))
    assert desk.send_all() == ["unknown"]
    desk.clock.forward(-timedelta(seconds=30))
    with desk.store.write() as tx:
        tx.outbox.set_back(timedelta(minutes=2), desk.clock.now())
        tx.outbox.set_back(-timedelta(minutes=1), desk.clock.now())
    desk.clock.forward(-timedelta(minutes=1))
    while settle_next(desk.courier) is None:
        desk.clock.forward(timedelta(seconds=1))
    assert desk.states() == ["fedi unknown"]
