"""Money counts from the mark on, once, and until it is proved that nothing was had for it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.delivery import Delivery, State
from bot.domain.outcome import Step, absent, still_unknown
from bot.ports.records import Charge
from tests.storage.desk import NOW, StoreDesk, later

DEAR, CHEAP = 200_000, 15_000
BEGIN, END = later(days=-20), later(days=20)


def pay(desk: StoreDesk, row: Delivery, *micros: int, at: datetime = NOW) -> None:
    """The mark, and with it the part under way and what is left of its thread."""
    with desk.store.write() as tx:
        assert tx.outbox.mark(row.id, row.lease_epoch, post={}, prepared={"parts": []}, now=at)
        tx.spending.charge(
            Charge(row.account, row.id, "post", part, 0, amount, at)
            for part, amount in enumerate(micros, row.part)
        )


def spent(desk: StoreDesk, account: str = "fedi", since: datetime = BEGIN, until: datetime = END) -> int:
    with desk.store.read() as tx:
        total = tx.spending.spent(account, since, until)
        assert tx.spending.by_account(since, until).get(account, 0) == total
    return total


def test_nothing_is_spent_before_the_mark_and_everything_with_it(desk: StoreDesk) -> None:
    desk.share()
    row = desk.claimed()
    assert spent(desk) == 0
    pay(desk, row, DEAR)
    assert spent(desk) == DEAR
    desk.accept(row)
    assert spent(desk) == DEAR


def test_what_was_certainly_refused_costs_nothing(desk: StoreDesk) -> None:
    desk.share()
    row = desk.claimed()
    pay(desk, row, DEAR)
    desk.record(row, Step("rejected", State.FAILED, counts=True))
    assert spent(desk) == 0


def test_a_worker_killed_after_the_mark_has_spent(desk: StoreDesk) -> None:
    desk.share()
    pay(desk, desk.claimed(worker="w1"), DEAR)
    (row,) = desk.recover("w1")
    assert (row.state, spent(desk)) == (State.UNKNOWN, DEAR)


def test_an_unknown_counts_until_it_is_proved_absent_and_once_when_it_goes_out_again(desk: StoreDesk) -> None:
    desk.share()
    row = desk.claimed()
    pay(desk, row, DEAR)
    desk.record(row, still_unknown("ambiguous", "reset", NOW))
    assert spent(desk) == DEAR
    row = desk.settle(now=NOW) or row
    desk.record(row, absent("not there", NOW))
    assert spent(desk) == 0
    row = desk.claimed()
    pay(desk, row, CHEAP)
    desk.accept(row)
    assert spent(desk) == CHEAP


def test_a_replay_pays_once(desk: StoreDesk) -> None:
    desk.share()
    row = desk.claimed()
    pay(desk, row, DEAR)
    desk.record(row, still_unknown("ambiguous", "reset", NOW))
    row = desk.settle(now=NOW) or row
    pay(desk, row, DEAR)
    desk.accept(row)
    assert spent(desk) == DEAR


def test_proof_that_comes_late_is_paid_for_after_all(desk: StoreDesk) -> None:
    desk.share()
    lost = desk.claimed(worker="slow")
    pay(desk, lost, DEAR)
    desk.recover("slow")
    row = desk.settle(now=later(minutes=2))
    assert row is not None
    desk.record(row, absent("not there", NOW))
    assert spent(desk) == 0
    desk.accept(lost)
    (row,) = desk.recover()
    assert (row.state, spent(desk)) == (State.PUBLISHED, DEAR)


def test_what_a_person_says_of_an_unknown_decides(desk: StoreDesk) -> None:
    share = desk.unknown(settle_at=None)
    with desk.store.write() as tx:
        tx.spending.charge([Charge("fedi", share, "post", 0, 0, DEAR, NOW)])
    desk.move(share, State.SKIPPED)
    assert spent(desk) == DEAR
    desk.move(share, State.QUEUED)
    assert spent(desk) == 0


def test_money_is_kept_for_the_rest_of_a_thread_until_it_is_given_up(desk: StoreDesk) -> None:
    share = desk.share()
    row = desk.claimed()
    pay(desk, row, DEAR, CHEAP, CHEAP)
    desk.accept(row, parts=3)
    desk.recover("w1")
    assert (desk.row(share).part, spent(desk)) == (1, DEAR + 2 * CHEAP)
    row = desk.claimed(now=later(hours=1))
    desk.record(row, Step("rejected", State.FAILED, counts=True))
    assert spent(desk) == DEAR


def test_descriptions_and_reading_back_are_paid_each_time(desk: StoreDesk) -> None:
    share = desk.share()
    with desk.store.write() as tx:
        tx.spending.charge([Charge("fedi", share, "alt", 0, turn, 5_000, NOW) for turn in (1, 2, 2)])
        tx.spending.charge([Charge("fedi", share, "read", 0, 2, 3_000, NOW)])
        tx.spending.charge([])
    assert spent(desk) == 13_000


def test_each_account_and_each_month_counts_by_itself(desk: StoreDesk) -> None:
    for account, at in (("fedi", NOW), ("fedi", later(days=9)), ("main_x", NOW)):
        share = desk.share(account)
        with desk.store.write() as tx:
            tx.spending.charge([Charge(account, share, "alt", 0, 1, 5_000, at)])
    assert (spent(desk, since=BEGIN, until=later(days=9)), spent(desk)) == (5_000, 10_000)
    assert (spent(desk, "main_x"), spent(desk, "nobody")) == (5_000, 0)


def test_an_account_by_another_name_keeps_what_it_spent(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.accounts.ensure({"fedi": ()})
    share = desk.published()
    with desk.store.write() as tx:
        tx.spending.charge([Charge("fedi", share, "post", 0, 0, DEAR, NOW)])
        tx.accounts.ensure({"social": ("fedi",)})
    assert (spent(desk, "fedi"), spent(desk, "social")) == (0, DEAR)
