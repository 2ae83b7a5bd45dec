"""Who is taken next, who must wait, and that no two workers ever take the same."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

import pytest

from bot.domain.delivery import Reason, State
from bot.domain.outcome import accepted
from bot.domain.post import Accepted
from bot.storage.store import SqlStore, open_store
from tests.storage.desk import LEASE, NOW, PREPARED, StoreDesk, at_once, later

ACCOUNTS = ("a0", "a1", "a2", "a3")


def test_nothing_is_taken_before_its_time_or_without_a_place(desk: StoreDesk) -> None:
    desk.share(due=later(seconds=1))
    desk.share(due=None)
    assert desk.claim() is None


def test_only_accounts_wired_here_are_served(desk: StoreDesk) -> None:
    desk.share("main_x")
    assert desk.claim("fedi") is None
    with desk.store.write() as tx:
        assert tx.outbox.claim("w1", (), NOW, LEASE) is None


def test_urgent_goes_first_then_the_longest_due(desk: StoreDesk) -> None:
    second = desk.share("a0", due=NOW)
    first = desk.share("a1", due=later(minutes=-5))
    urgent = desk.share("a2", due=NOW, urgent=True)
    assert [desk.claimed(*ACCOUNTS).id for _ in range(3)] == [urgent, first, second]


def test_one_send_at_a_time_for_each_account(desk: StoreDesk) -> None:
    desk.share("a0")
    desk.share("a0")
    other = desk.share("a1")
    first = desk.claimed("a0")
    assert desk.claimed("a0", "a1").id == other
    assert desk.claim("a0", "a1") is None
    desk.mark(first)
    desk.accept(first)
    assert desk.claim("a0", "a1") is not None


@pytest.mark.parametrize("scope", ["all", "account:fedi", "route:all"])
def test_a_pause_holds_until_it_ends(desk: StoreDesk, scope: str) -> None:
    desk.share()
    desk.pause(scope, later(minutes=10))
    assert desk.claim(now=later(minutes=9)) is None
    assert desk.claim(now=later(minutes=10)) is not None


def test_a_pause_until_resumed_holds(desk: StoreDesk) -> None:
    desk.share()
    desk.pause("account:fedi")
    assert desk.claim(now=later(days=9)) is None
    with desk.store.write() as tx:
        assert tx.accounts.resume("account:fedi")
    assert desk.claim() is not None


def test_a_throttled_account_waits(desk: StoreDesk) -> None:
    desk.share()
    with desk.store.write() as tx:
        tx.accounts.throttle("fedi", later(minutes=5), "429")
    assert desk.claim(now=later(minutes=4)) is None
    assert desk.claim(now=later(minutes=5)) is not None


def test_an_unwell_account_waits_for_its_probe(desk: StoreDesk) -> None:
    desk.share()
    with desk.store.write() as tx:
        tx.accounts.probe("fedi", NOW, 1)
    assert desk.claim(now=later(days=1)) is None
    with desk.store.write() as tx:
        tx.accounts.probe("fedi", None)
    assert desk.claim() is not None


@pytest.mark.parametrize(("settle_at", "goes_on"), [(later(minutes=1), False), (None, True)])
def test_an_account_waits_for_an_unknown_that_settles_by_itself(
    desk: StoreDesk, settle_at: datetime | None, goes_on: bool
) -> None:
    desk.unknown(settle_at=settle_at)
    desk.share()
    assert (desk.claim() is not None) is goes_on


def test_an_unknown_is_not_taken_up_while_its_account_sends(desk: StoreDesk) -> None:
    desk.unknown(settle_at=None)
    desk.share()
    desk.claimed()
    with desk.store.write() as tx:
        assert tx.outbox.claim_unknown("w2", ("fedi",), later(days=1), LEASE) is None


def test_the_next_time_to_look_is_the_earliest_of_all_that_lives(desk: StoreDesk) -> None:
    with desk.store.read() as tx:
        assert tx.outbox.next_due(("fedi",)) is None
    desk.unknown(settle_at=later(minutes=3))
    desk.share(due=later(minutes=5))
    desk.share("main_x", due=NOW)
    with desk.store.read() as tx:
        assert tx.outbox.next_due(("fedi",)) == later(minutes=3)
        assert tx.outbox.next_due(("fedi",), later(minutes=3)) == later(minutes=5)
        assert tx.outbox.next_due(("fedi",), later(minutes=5)) is None


def test_owners_are_those_that_hold_a_lease(desk: StoreDesk) -> None:
    desk.share("a0")
    desk.share("a1")
    desk.claimed("a0", worker="w1")
    desk.claimed("a1", worker="w2")
    with desk.store.read() as tx:
        assert tx.outbox.owners() == {"w1", "w2"}


def send_all(url: str, worker: str, taken: list[int]) -> None:
    """Claim, mark and publish until nothing is left."""
    store = open_store(url)
    idle = 0
    while idle < 20:
        with store.write() as tx:
            row = tx.outbox.claim(worker, ACCOUNTS, later(hours=1), timedelta(seconds=90))
        if row is None:
            with store.read() as tx:
                idle = idle + 1 if tx.outbox.counts().keys() & {State.QUEUED, State.SENDING} else 20
            threading.Event().wait(0.002)
            continue
        idle = 0
        taken.append(row.id)
        with store.write() as tx:
            assert tx.outbox.mark(row.id, row.lease_epoch, post={}, prepared=PREPARED, now=NOW)
        with store.write() as tx:
            step = accepted(row, Accepted({"id": str(row.id)}), 1)
            assert tx.outbox.record(row.id, row.lease_epoch, step, NOW)
    store.close()


def send_all_in_a_process(url: str, worker: str) -> list[int]:
    taken: list[int] = []
    send_all(url, worker, taken)
    return taken


def filled(desk: StoreDesk, count: int) -> set[int]:
    return {desk.share(ACCOUNTS[n % 4]) for n in range(count)}


def test_threads_claim_each_row_once(desk: StoreDesk, url: str) -> None:
    shares = filled(desk, 60)
    taken: list[int] = []
    at_once([partial(send_all, url, f"w{n}", taken) for n in range(8)])
    assert Counter(taken) == Counter(shares)
    assert [len(desk.tries(share)) for share in shares] == [1] * 60
    with desk.store.read() as tx:
        assert tx.outbox.counts() == {State.PUBLISHED: 60}


def test_processes_claim_each_row_once(desk: StoreDesk, url: str) -> None:
    shares = filled(desk, 40)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        taken = chain.from_iterable(processes.map(send_all_in_a_process, [url] * 2, ["p1", "p2"]))
    assert Counter(taken) == Counter(shares)


def test_an_account_is_never_sent_to_by_two_at_once(
    desk: StoreDesk, open_another: Callable[[], SqlStore]
) -> None:
    filled(desk, 32)
    stores = [open_another() for _ in range(4)]
    start, held = threading.Barrier(4), []

    def claim(store: SqlStore) -> None:
        start.wait()
        with store.write() as tx:
            row = tx.outbox.claim("w", ("a0", "a1"), NOW, LEASE)
        if row is not None:
            held.append(row.account)

    at_once([partial(claim, store) for store in stores])
    assert set(Counter(held).values()) == {1}


def test_two_workers_in_a_tie_leave_the_loser_with_nothing(
    desk: StoreDesk, open_another: Callable[[], SqlStore]
) -> None:
    """The loser sees a second row of the same account, and is refused by one_send_per_account."""
    first, second = desk.share("a0"), desk.share("a0")
    other = open_another()
    done = threading.Event()
    got: list[object] = []

    def claim() -> None:
        with other.write() as tx:
            got.append(tx.outbox.claim("w2", ("a0",), NOW, LEASE))
        done.set()

    with desk.store.write() as tx:
        row = tx.outbox.claim("w1", ("a0",), NOW, LEASE)
        thread = threading.Thread(target=claim)
        thread.start()
        done.wait(0.05)
    thread.join()
    assert row is not None
    assert (row.id, got) == (first, [None])
    assert desk.row(second).state is State.QUEUED


def test_a_moved_row_is_not_sent_at_its_old_time(desk: StoreDesk) -> None:
    share = desk.share()
    desk.move(share, State.HELD, reason=Reason.PERSON)
    assert desk.claim() is None
