"""A blackout in the database holds claim and mark, whatever a worker thinks."""

from __future__ import annotations

import pytest

from bot.domain.blackout import Window
from tests.storage.desk import NOW, StoreDesk, later

HOUR_AROUND = Window("off", later(minutes=-30), later(minutes=30), except_routes=frozenset({"breaking"}))


def black_out(desk: StoreDesk, *windows: Window) -> None:
    with desk.store.write() as tx:
        tx.accounts.black_out(windows)


def test_nothing_is_taken_while_it_lasts(desk: StoreDesk) -> None:
    desk.share()
    black_out(desk, HOUR_AROUND)
    assert desk.claim() is None
    assert desk.claim(now=later(minutes=30)) is not None


def test_a_route_that_it_excepts_goes_on(desk: StoreDesk) -> None:
    desk.share()
    breaking = desk.share(route="breaking")
    black_out(desk, HOUR_AROUND)
    assert desk.claimed().id == breaking


def test_each_blackout_has_its_own_exceptions(desk: StoreDesk) -> None:
    desk.share(route="breaking")
    black_out(desk, HOUR_AROUND, Window("all off", NOW, later(minutes=1)))
    assert desk.claim() is None
    assert desk.claim(now=later(minutes=1)) is not None


def test_one_that_begins_under_way_stops_the_call(desk: StoreDesk) -> None:
    desk.share()
    row = desk.claimed()
    black_out(desk, HOUR_AROUND)
    assert not desk.mark(row)


@pytest.mark.parametrize("occasion", ["edit:1", "withdraw:1"])
def test_what_mends_or_takes_back_a_post_goes_out(desk: StoreDesk, occasion: str) -> None:
    share = desk.share(occasion=occasion)
    black_out(desk, HOUR_AROUND)
    assert desk.claimed().id == share


def test_the_last_word_counts(desk: StoreDesk) -> None:
    desk.share()
    black_out(desk, HOUR_AROUND)
    black_out(desk, HOUR_AROUND)
    assert desk.claim() is None
    black_out(desk)
    assert desk.claim() is not None
