"""What a dead worker leaves is put right, and evidence that comes late is believed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.delivery import Reason, State
from bot.domain.errors import UserError
from bot.domain.outcome import Step, still_unknown
from bot.storage.store import SqlStore
from tests.storage.desk import LOST, NOW, PREPARED, StoreDesk, later

SOON = timedelta(milliseconds=50)


def test_an_unmarked_row_of_a_dead_worker_is_queued_again(desk: StoreDesk) -> None:
    share = desk.share()
    desk.claimed(worker="w1")
    (row,) = desk.recover("w1", now=later(minutes=1))
    assert (row.id, row.state, row.due_at, row.lease_owner) == (share, State.QUEUED, later(minutes=1), None)
    (attempt,) = desk.tries(share)
    assert (attempt.outcome, attempt.finished_at) == ("interrupted", later(minutes=1))


def test_a_marked_row_of_a_dead_worker_is_unknown(desk: StoreDesk) -> None:
    share = desk.share()
    desk.mark(desk.claimed(worker="w1"), later(seconds=3))
    (row,) = desk.recover("w1", now=later(minutes=1))
    assert (row.id, row.state, row.reason) == (share, State.UNKNOWN, Reason.UNCONFIRMED)
    assert (row.settle_at, row.prepared) == (later(seconds=63), PREPARED)
    assert [t.outcome for t in desk.tries(share)] == ["interrupted"]


def test_a_lease_that_has_run_out_needs_no_death(desk: StoreDesk) -> None:
    share = desk.share()
    desk.claimed(lease=LOST)
    assert [row.id for row in desk.recover()] == [share]


def test_a_living_workers_rows_are_left_alone(desk: StoreDesk) -> None:
    desk.share()
    desk.claimed(worker="w1")
    assert desk.recover("w2") == []


def test_a_replay_of_a_dead_worker_is_unknown_again(desk: StoreDesk) -> None:
    share = desk.unknown(settle_at=NOW)
    desk.settle(now=NOW, worker="w2")
    (row,) = desk.recover("w2")
    assert (row.id, row.state, row.first_committed_at) == (share, State.UNKNOWN, NOW)


def interrupted(desk: StoreDesk, parts: int = 1) -> tuple[int, bool]:
    """Marked, lost to recovery, and accepted by its platform after all."""
    share = desk.share()
    row = desk.claimed(lease=timedelta(seconds=90), worker="slow")
    desk.mark(row)
    desk.recover("slow")
    return share, desk.accept(row, "9", parts=parts)


def test_late_evidence_publishes_an_unknown(desk: StoreDesk) -> None:
    share, written = interrupted(desk)
    assert (written, desk.row(share).state) == (False, State.UNKNOWN)
    assert desk.tries(share)[0].outcome == "accepted"
    (row,) = desk.recover(now=later(seconds=5))
    assert (row.state, row.remote_url, row.refs) == (
        State.PUBLISHED,
        "https://fedi.example/9",
        ({"id": "9"},),
    )
    assert (row.finalized_at, row.settle_at) == (later(seconds=5), None)
    assert desk.recover() == []


def test_late_evidence_of_a_part_sends_the_rest_of_its_thread(desk: StoreDesk) -> None:
    share, _ = interrupted(desk, parts=2)
    (row,) = desk.recover(now=later(seconds=5))
    assert (row.state, row.part, row.due_at, row.prepared) == (State.QUEUED, 1, later(seconds=5), PREPARED)
    assert desk.claimed(now=later(seconds=5)).id == share


def test_late_evidence_stops_a_replay_at_its_mark(desk: StoreDesk) -> None:
    share = desk.share()
    slow = desk.claimed(worker="slow")
    desk.mark(slow)
    desk.recover("slow")
    replay = desk.settle(now=later(minutes=2), worker="quick")
    assert replay is not None
    desk.accept(slow, "9")
    assert not desk.mark(replay, later(minutes=2))
    desk.record(replay, still_unknown("looked", "", later(minutes=3)), later(minutes=2))
    assert [(row.id, row.state) for row in desk.recover()] == [(share, State.PUBLISHED)]


def test_a_part_accepted_twice_is_told_and_counted_once(desk: StoreDesk) -> None:
    share = desk.share()
    slow = desk.claimed(worker="slow")
    desk.mark(slow)
    desk.recover("slow")
    replay = desk.settle(now=later(minutes=2), worker="quick")
    assert replay is not None
    assert desk.mark(replay, later(minutes=2))
    assert desk.accept(replay, "10")
    assert not desk.accept(slow, "9")
    assert [(t.worker, t.outcome, t.ref) for t in desk.tries(share)] == [
        ("slow", "late", {"id": "9"}),
        ("quick", "accepted", {"id": "10"}),
    ]
    assert desk.recover() == []
    assert desk.row(share).refs == ({"id": "10"},)


def test_evidence_that_came_first_is_kept_when_the_replay_is_accepted_too(desk: StoreDesk) -> None:
    share = desk.share()
    slow = desk.claimed(worker="slow")
    desk.mark(slow)
    desk.recover("slow")
    replay = desk.settle(now=later(minutes=2), worker="quick")
    assert replay is not None
    desk.mark(replay, later(minutes=2))
    desk.accept(slow, "9")
    assert desk.accept(replay, "10")
    assert [t.outcome for t in desk.tries(share)] == ["accepted", "late"]
    assert desk.row(share).state is State.PUBLISHED
    assert desk.recover() == []


def test_evidence_for_what_a_person_skipped_waits_for_a_retry(desk: StoreDesk) -> None:
    share = desk.share()
    slow = desk.claimed(worker="slow")
    desk.mark(slow)
    desk.recover("slow")
    desk.move(share, State.SKIPPED)
    desk.accept(slow, "9")
    assert desk.recover() == []
    desk.move(share, State.QUEUED)
    assert [row.state for row in desk.recover()] == [State.PUBLISHED]


def test_evidence_already_written_is_not_written_over(desk: StoreDesk) -> None:
    share = desk.share()
    row = desk.claimed()
    desk.mark(row)
    desk.accept(row, "1")
    assert not desk.record(row, Step("rejected", State.FAILED, Reason.REJECTED, "a second answer"))
    assert [(t.outcome, t.detail) for t in desk.tries(share)] == [("accepted", "")]


def test_a_worker_is_dead_once_its_lock_is_free(
    store: SqlStore, open_another: Callable[[], SqlStore]
) -> None:
    other = open_another()
    other.enlist("w2")
    other.close()
    store.enlist("w1")
    assert store.dead({"w1", "w2"}) == {"w2"}


def test_enlisting_frees_the_sources_of_the_dead(
    store: SqlStore, open_another: Callable[[], SqlStore]
) -> None:
    other = open_another()
    other.enlist("w2")
    with other.write() as tx:
        tx.sources.ensure({"site": ()})
        assert tx.sources.claim_due("w2", ("site",), NOW, timedelta(minutes=2))
    other.close()
    store.enlist("w1")
    with store.write() as tx:
        assert [row.id for row in tx.sources.claim_due("w1", ("site",), NOW, timedelta(minutes=2))] == [
            "site"
        ]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_second_worker_on_one_sqlite_file_is_refused(
    store: SqlStore, open_another: Callable[[], SqlStore]
) -> None:
    store.enlist("w1")
    with pytest.raises(UserError, match=r"another worker is already running on .*test\.db"):
        open_another().enlist("w2", SOON)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_on_sqlite_nobody_is_proved_dead_before_the_lock_is_ours(store: SqlStore) -> None:
    assert store.dead({"w2"}) == set()


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_on_postgres_workers_live_side_by_side(store: SqlStore, open_another: Callable[[], SqlStore]) -> None:
    store.enlist("w1")
    other = open_another()
    other.enlist("w2", SOON)
    assert (store.dead({"w1", "w2"}), other.dead({"w1", "w2", "w3"})) == (set(), {"w3"})


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_on_postgres_a_name_is_not_used_twice_at_once(
    store: SqlStore, open_another: Callable[[], SqlStore]
) -> None:
    store.enlist("w1")
    with pytest.raises(UserError, match="w1"):
        open_another().enlist("w1", SOON)


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_on_postgres_a_worker_whose_session_was_ended_takes_its_lock_again(
    store: SqlStore, open_another: Callable[[], SqlStore]
) -> None:
    store.enlist("w1")
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks "
            "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    assert open_another().dead({"w1"}) == {"w1"}
    store.dead(())
    assert open_another().dead({"w1"}) == set()
    assert store.dead({"w3"}) == {"w3"}
