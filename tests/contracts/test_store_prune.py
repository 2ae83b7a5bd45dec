"""What is old is forgotten, but for what keeps an occasion from happening twice."""

from __future__ import annotations

from bot.domain.delivery import State
from bot.domain.outcome import Step
from bot.ports.records import Pruned
from tests.storage.desk import NOW, PREPARED, StoreDesk, later


def prune(
    desk: StoreDesk, *, days: float = 100, after: int = 0, limit: int = 10, really: bool = True
) -> Pruned:
    with desk.store.write() as tx:
        return tx.outbox.prune(later(days=days), after, limit, really=really)


def test_an_old_share_loses_its_attempts_and_its_bytes_and_stays_published(desk: StoreDesk) -> None:
    share = desk.published(id_="77")
    assert prune(desk) == Pruned(share, 1, 1, 1)
    row = desk.row(share)
    assert (row.state, row.refs, row.remote_url) == (
        State.PUBLISHED,
        ({"id": "77"},),
        "https://fedi.example/77",
    )
    assert (row.post, row.prepared, desk.tries(share)) == (None, None, [])
    with desk.store.write() as tx:
        assert tx.outbox.refs_of("fedi", later(days=-1)) == {"77"}
        assert tx.outbox.add(desk.new(article=row.article), NOW) is None


def test_a_second_time_there_is_nothing_to_forget(desk: StoreDesk) -> None:
    share = desk.published()
    prune(desk)
    assert prune(desk) == Pruned(share, 1, 0, 0)


def test_what_is_young_or_not_ended_is_not_touched(desk: StoreDesk) -> None:
    young = desk.published()
    waiting = desk.share()
    assert prune(desk, days=-1) == Pruned(0, 0, 0, 0)
    assert desk.row(young).prepared == PREPARED
    assert desk.row(waiting).state is State.QUEUED


def test_it_only_counts_when_told_to(desk: StoreDesk) -> None:
    share = desk.published()
    assert prune(desk, really=False) == Pruned(share, 1, 1, 1)
    assert desk.row(share).prepared == PREPARED
    assert len(desk.tries(share)) == 1


def test_the_rest_of_a_thread_that_broke_off_keeps_its_bytes(desk: StoreDesk) -> None:
    share = desk.share()
    row = desk.claimed()
    desk.mark(row)
    desk.accept(row, "1", parts=2)
    desk.mark(row)
    desk.record(row, Step("rejected", State.FAILED))
    assert prune(desk) == Pruned(share, 1, 2, 0)
    assert desk.row(share).prepared == PREPARED


def test_it_goes_on_lot_by_lot(desk: StoreDesk) -> None:
    shares = [desk.published(id_=str(n)) for n in range(3)]
    first = prune(desk, limit=2)
    assert (first.last, first.rows) == (shares[1], 2)
    assert prune(desk, after=first.last, limit=2) == Pruned(shares[2], 1, 1, 1)
    assert prune(desk, after=shares[2]) == Pruned(shares[2], 0, 0, 0)
