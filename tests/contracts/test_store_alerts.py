"""Alerts on both databases: told once while open, sent by one, tried again."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.alert import Alert, Event
from tests.storage.desk import NOW, StoreDesk, at_once, later

LEASE = timedelta(minutes=5)
HELD = Alert(Event.HELD, "share:41:held", "share 41 is held")


def test_one_that_is_open_is_not_told_again(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        assert tx.alerts.tell(HELD, NOW)
        assert not tx.alerts.tell(HELD, later(minutes=1))
        (row,) = tx.alerts.open()
    assert (row.event, row.key, row.text, row.at) == (Event.HELD, HELD.key, HELD.text, NOW)


def test_once_closed_it_can_be_told_anew(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.alerts.tell(HELD, NOW)
        assert tx.alerts.close("share:41", later(minutes=1)) == 1
        assert tx.alerts.open() == []
        assert tx.alerts.close("share:41", later(minutes=1)) == 0
        assert tx.alerts.tell(HELD, later(minutes=2))


def test_closing_does_not_take_what_only_begins_alike(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.alerts.tell(Alert(Event.HELD, "share:4:held", ""), NOW)
        tx.alerts.tell(HELD, NOW)
        tx.alerts.tell(Alert(Event.SOURCE, "source:a_b:failing", ""), NOW)
        assert tx.alerts.close("share:4", NOW) == 1
        assert tx.alerts.close("source:axb", NOW) == 0
        assert [row.key for row in tx.alerts.open()] == [HELD.key, "source:a_b:failing"]


def test_it_waits_until_the_oldest_has_gathered_others(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.alerts.tell(HELD, NOW)
        tx.alerts.tell(Alert(Event.MISSED, "share:42:missed", ""), later(seconds=15))
        assert tx.alerts.take(later(seconds=15), later(seconds=-5), LEASE) == []
        assert len(tx.alerts.take(later(seconds=20), NOW, LEASE)) == 2


def test_what_is_taken_is_nobody_elses_for_a_while(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.alerts.tell(HELD, NOW)
        (row,) = tx.alerts.take(NOW, NOW, LEASE)
        assert tx.alerts.take(later(minutes=4), later(minutes=4), LEASE) == []
        assert len(tx.alerts.take(later(minutes=5), later(minutes=5), LEASE)) == 1
        tx.alerts.told(row.id, ["a"], later(minutes=20), failed=True)
        assert tx.alerts.take(later(minutes=19), later(minutes=19), LEASE) == []
        (again,) = tx.alerts.take(later(minutes=20), later(minutes=20), LEASE)
        assert (again.told, again.tries) == (("a",), 1)
        tx.alerts.told(row.id, ["a", "b"], None, failed=False)
        assert tx.alerts.take(later(days=1), later(days=1), LEASE) == []
        assert [each.told for each in tx.alerts.open()] == [("a", "b")]


def test_one_that_is_over_before_it_was_sent_is_not_sent(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.alerts.tell(HELD, NOW)
        tx.alerts.close("share:41", NOW)
        assert tx.alerts.take(later(hours=1), later(hours=1), LEASE) == []


def test_two_that_take_at_once_do_not_share(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        for number in range(20):
            tx.alerts.tell(Alert(Event.HELD, f"share:{number}:held", ""), NOW)

    taken: list[int] = []

    def take() -> None:
        with desk.store.write() as tx:
            taken.extend(each.id for each in tx.alerts.take(NOW, NOW, LEASE))

    at_once([take] * 4)
    assert len(taken) == len(set(taken)) == 20


def test_old_ones_are_forgotten(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.alerts.tell(HELD, NOW)
        tx.alerts.close("share:41", NOW)
        tx.alerts.tell(Alert(Event.HELD, "share:42:held", ""), NOW)
        tx.alerts.prune(later(days=1))
        assert [row.key for row in tx.alerts.open()] == ["share:42:held"]
        assert tx.alerts.tell(HELD, later(days=1))
