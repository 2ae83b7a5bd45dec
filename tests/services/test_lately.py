from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.routing import Route
from bot.ports.records import SourceRow
from bot.ports.source import Harvest
from bot.services.lately import gone_lately, has_lost, may_have_moved, shared_still, with_gone
from bot.services.withdraw import withdraw
from tests.fakes.newsroom import NOON, Desk, account, entry
from tests.fakes.platform import FakePlatform

ROW = SourceRow("site")


def test_what_is_gone_counts_as_that_for_a_day_however_often_it_is_found_missing() -> None:
    row = with_gone(ROW, [3, 4], [], NOON)
    for hours in range(1, 24):
        row = with_gone(row, [3, 4], [4], NOON + timedelta(hours=hours))
        assert gone_lately(row, NOON + timedelta(hours=hours)) == {3}
    assert gone_lately(row, NOON + timedelta(hours=25)) == frozenset()
    assert (
        gone_lately(with_gone(row, [3], [], NOON + timedelta(hours=26)), NOON + timedelta(hours=27)) == set()
    )


def test_no_more_is_remembered_than_a_row_should_hold() -> None:
    row = with_gone(ROW, range(1000), [], NOON)
    assert len(gone_lately(row, NOON)) == 200
    assert 5000 in gone_lately(
        with_gone(row, [5000], [], NOON + timedelta(hours=1)), NOON + timedelta(hours=1)
    )


def test_a_row_that_remembers_nothing_stays_as_it_is() -> None:
    assert with_gone(ROW, [], [1], NOON) is ROW
    assert not may_have_moved(ROW, Harvest((entry(1),), {}), NOON)
    gone = with_gone(ROW, [1], [], NOON)
    assert may_have_moved(gone, Harvest((entry(1),), {}), NOON)
    assert not may_have_moved(gone, Harvest((), {}), NOON)
    assert not may_have_moved(gone, Harvest((entry(1),), {}), NOON + timedelta(days=2))


def test_an_edit_is_nothing_lost() -> None:
    before = {"items": ["a", "b", "c", "d"]}
    assert not has_lost(before, {"items": ["x", "a", "B", "c", "d"]}, 1)
    assert has_lost(before, {"items": ["x", "a", "c", "d"]}, 0)
    assert not has_lost(before, {"items": ["x", "a", "b"]}, 0)


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize(
    ("ways", "still"),
    [(("delete", "delete"), False), (("delete", "alert"), True), (("alert", "alert"), True)],
)
def test_what_stands_on_any_account_for_good_is_shared_still(
    desk_of: Callable[..., Desk], platform: FakePlatform, ways: tuple[str, str], *, still: bool, sent: bool
) -> None:
    wired = [
        account(name, platform, on_withdrawal=way) for name, way in zip(("one", "two"), ways, strict=True)
    ]
    desk = desk_of(wired, [Route("all", ("site",), ("one", "two"))])
    desk.poll(entry(1))
    assert desk.send_all() == ["published"] * 2
    withdraw(desk.store, desk.newsroom, 1, desk.clock.now(), by="source", why="it is gone")
    if sent:
        desk.send_all()
    with desk.store.read() as tx:
        assert shared_still(tx, 1) is still
