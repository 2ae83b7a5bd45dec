"""What the core relies on in its outbox, from birth to the end, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.delivery import Reason, State
from bot.domain.errors import MoveError
from bot.domain.outcome import Step, absent, found, pending, released
from bot.domain.post import Accepted, Pending
from tests.storage.desk import LOST, NOW, PREPARED, StoreDesk, later

RETRY = Step("unavailable", State.QUEUED, Reason.RETRY, "503", 503, due_at=later(seconds=30), counts=True)
REJECTED = Step("rejected", State.FAILED, Reason.REJECTED, "422", 422, counts=True)


def test_a_row_is_born_queued_with_a_key_and_without_a_place(desk: StoreDesk) -> None:
    new = desk.new(urgent=True, priority=3, expires_at=later(hours=2))
    with desk.store.write() as tx:
        id_ = tx.outbox.add(new, NOW)
    row = desk.row(id_ or 0)
    assert (row.state, row.due_at, row.begun_at, row.lease_epoch) == (State.QUEUED, None, None, 0)
    assert (row.urgent, row.priority, row.expires_at, row.published_at) == (True, 3, later(hours=2), NOW)
    assert (row.created_at, row.refs, row.post, row.extra) == (NOW, (), None, {})
    assert len(row.idempotency_key) >= 32


def test_an_occasion_happens_once_for_an_article_on_an_account(desk: StoreDesk) -> None:
    new = desk.new()
    with desk.store.write() as tx:
        assert tx.outbox.add(new, NOW)
        assert tx.outbox.add(new, later(minutes=1)) is None


@pytest.mark.parametrize("state", [State.MISSED, State.SKIPPED])
def test_what_is_born_final_is_finalized(desk: StoreDesk, state: State) -> None:
    new = desk.new(state=state, reason=Reason.OUTAGE, detail="overlooked")
    with desk.store.write() as tx:
        id_ = tx.outbox.add(new, NOW)
    row = desk.row(id_ or 0)
    assert (row.state, row.finalized_at, row.detail) == (state, NOW, "overlooked")


def test_a_claim_leases_the_row_and_opens_an_attempt(desk: StoreDesk) -> None:
    share = desk.share()
    row = desk.claimed(now=later(seconds=5))
    assert (row.id, row.state, row.lease_owner, row.lease_epoch) == (share, State.SENDING, "w1", 1)
    assert row.begun_at == later(seconds=5)
    assert row == desk.row(share)
    (attempt,) = desk.tries(share)
    assert (attempt.number, attempt.part, attempt.worker, attempt.epoch) == (1, 0, "w1", 1)
    assert (attempt.started_at, attempt.finished_at, attempt.outcome) == (later(seconds=5), None, "")


def test_a_mark_freezes_what_will_be_sent(desk: StoreDesk) -> None:
    share = desk.share()
    row = desk.claimed()
    assert desk.mark(row, later(seconds=1), text="as rendered")
    marked = desk.row(share)
    assert (marked.committed_at, marked.first_committed_at) == (later(seconds=1), later(seconds=1))
    assert (marked.prepared, marked.post) == (PREPARED, {"text": "as rendered"})
    assert list(marked.prepared or {}) == list(PREPARED)
    assert desk.tries(share)[0].committed_at == later(seconds=1)


def test_an_accepted_last_part_publishes(desk: StoreDesk) -> None:
    share = desk.share()
    row = desk.claimed()
    desk.mark(row)
    assert desk.accept(row, "77", now=later(seconds=2))
    done = desk.row(share)
    assert (done.state, done.remote_url, done.finalized_at) == (
        State.PUBLISHED,
        "https://fedi.example/77",
        later(seconds=2),
    )
    assert (done.refs, done.part, done.lease_owner, done.committed_at) == (({"id": "77"},), 1, None, None)
    (attempt,) = desk.tries(share)
    assert (attempt.outcome, attempt.ref, attempt.url) == ("accepted", {"id": "77"}, done.remote_url)
    assert attempt.finished_at == later(seconds=2)


def test_a_thread_goes_on_part_by_part_under_one_lease(desk: StoreDesk) -> None:
    share = desk.share()
    row = desk.claimed()
    desk.mark(row, later(seconds=1))
    assert desk.accept(row, "1", parts=2, now=later(seconds=2))
    second = desk.row(share)
    assert (second.state, second.part, second.lease_owner) == (State.SENDING, 1, "w1")
    assert (second.committed_at, second.first_committed_at, second.prepared) == (None, None, PREPARED)
    assert desk.mark(second, later(seconds=3))
    assert desk.row(share).first_committed_at == later(seconds=3)
    assert desk.accept(second, "2", parts=2, now=later(seconds=4))
    done = desk.row(share)
    assert (done.state, done.refs) == (State.PUBLISHED, ({"id": "1"}, {"id": "2"}))
    assert done.remote_url == "https://fedi.example/1"
    assert [(t.number, t.part, t.outcome) for t in desk.tries(share)] == [
        (1, 0, "accepted"),
        (2, 1, "accepted"),
    ]


def test_a_retry_is_rendered_anew_and_counted(desk: StoreDesk) -> None:
    share = desk.share()
    row = desk.claimed()
    desk.mark(row)
    assert desk.record(row, RETRY, later(seconds=1))
    again = desk.row(share)
    assert (again.state, again.reason, again.due_at) == (State.QUEUED, Reason.RETRY, later(seconds=30))
    assert (again.attempts, again.committed_at, again.first_committed_at) == (1, None, None)
    assert (again.prepared, again.post, again.begun_at) == (None, None, NOW)
    assert desk.tries(share)[0].http_status == 503
    assert desk.claimed(now=later(seconds=30)).lease_epoch == 2
    assert again.idempotency_key == row.idempotency_key


def test_what_was_released_counts_for_nothing(desk: StoreDesk) -> None:
    share = desk.share()
    desk.record(desk.claimed(), released(Reason.IMAGE, "no picture yet", later(minutes=1)))
    assert (desk.row(share).attempts, desk.row(share).due_at) == (0, later(minutes=1))


def test_the_rest_of_a_thread_keeps_what_was_frozen_and_goes_first(desk: StoreDesk) -> None:
    thread = desk.share()
    row = desk.claimed()
    desk.mark(row)
    desk.accept(row, "1", parts=2)
    desk.share(due=NOW, urgent=True)
    assert desk.record(row, RETRY)
    assert desk.row(thread).prepared == PREPARED
    assert desk.claimed(now=later(minutes=1)).id == thread


def test_processing_media_awaits_with_its_reference(desk: StoreDesk) -> None:
    share = desk.share()
    row = desk.claimed()
    desk.record(row, pending(Pending({"id": "container"}, timedelta(seconds=20)), NOW))
    waits = desk.row(share)
    assert (waits.state, waits.pending, waits.due_at) == (
        State.AWAITING,
        {"id": "container"},
        later(seconds=20),
    )
    assert desk.claim(now=later(seconds=19)) is None
    again = desk.claimed(now=later(seconds=20))
    assert (again.id, again.pending) == (share, {"id": "container"})


def test_a_rejected_share_fails_for_good(desk: StoreDesk) -> None:
    share = desk.share()
    row = desk.claimed()
    desk.mark(row)
    assert desk.record(row, REJECTED, later(seconds=1))
    failed = desk.row(share)
    assert (failed.state, failed.reason, failed.finalized_at) == (
        State.FAILED,
        Reason.REJECTED,
        later(seconds=1),
    )


def test_an_ambiguous_share_keeps_its_mark_and_its_bytes(desk: StoreDesk) -> None:
    share = desk.unknown(settle_at=later(minutes=1), absent_reads=1)
    row = desk.row(share)
    assert (row.state, row.settle_at, row.absent_reads) == (State.UNKNOWN, later(minutes=1), 1)
    assert (row.committed_at, row.first_committed_at, row.prepared) == (NOW, NOW, PREPARED)


def test_an_unknown_is_taken_up_when_its_time_has_come(desk: StoreDesk) -> None:
    share = desk.unknown(settle_at=later(minutes=1))
    assert desk.settle(now=later(seconds=59)) is None
    row = desk.settle(now=later(minutes=1))
    assert row is not None
    assert (row.id, row.state, row.lease_epoch, row.committed_at) == (share, State.SENDING, 2, NOW)
    assert [t.outcome for t in desk.tries(share)] == ["ambiguous", ""]


def test_an_unknown_only_a_person_can_settle_is_left_alone(desk: StoreDesk) -> None:
    desk.unknown(settle_at=None)
    assert desk.settle(now=later(days=9)) is None


def test_a_replay_sends_the_bytes_that_were_frozen(desk: StoreDesk) -> None:
    share = desk.unknown(settle_at=NOW)
    row = desk.settle(now=later(minutes=1))
    assert row is not None
    assert desk.mark(row, later(minutes=1), {"parts": [{"text": "rendered otherwise"}]}, text="otherwise")
    marked = desk.row(share)
    assert (marked.prepared, marked.post) == (PREPARED, {})
    assert (marked.committed_at, marked.first_committed_at) == (later(minutes=1), NOW)


def test_a_replay_stopped_before_it_was_sent_stays_unknown(desk: StoreDesk) -> None:
    share = desk.unknown(settle_at=NOW)
    row = desk.settle(now=later(minutes=1))
    desk.pause("all")
    assert row is not None
    assert not desk.mark(row, later(minutes=1))
    assert desk.record(row, released(Reason.PAUSE, "stopped", later(minutes=1)))
    left = desk.row(share)
    assert (left.state, left.reason, left.settle_at) == (State.UNKNOWN, Reason.UNCONFIRMED, later(minutes=1))
    assert (left.committed_at, left.first_committed_at, left.prepared) == (NOW, NOW, PREPARED)


def test_what_is_proved_absent_starts_over_under_its_key(desk: StoreDesk) -> None:
    share = desk.unknown(settle_at=NOW)
    key = desk.row(share).idempotency_key
    row = desk.settle(now=NOW)
    assert row is not None
    assert desk.record(row, absent("two reads", later(minutes=2)), later(minutes=2))
    again = desk.row(share)
    assert (again.state, again.committed_at, again.prepared, again.settle_at) == (
        State.QUEUED,
        None,
        None,
        None,
    )
    assert (again.idempotency_key, again.absent_reads, again.due_at) == (key, 0, later(minutes=2))


def test_a_found_part_leaves_the_rest_of_its_thread_to_the_queue(desk: StoreDesk) -> None:
    share = desk.unknown(settle_at=NOW)
    row = desk.settle(now=NOW)
    assert row is not None
    step = found(row, Accepted({"id": "5"}, "https://fedi.example/5"), 2, later(minutes=1))
    assert desk.record(row, step, later(minutes=1))
    rest = desk.row(share)
    assert (rest.state, rest.part, rest.refs, rest.prepared) == (State.QUEUED, 1, ({"id": "5"},), PREPARED)
    assert rest.due_at == later(minutes=1)


def test_a_share_with_a_part_out_is_never_cancelled(desk: StoreDesk) -> None:
    desk.share()
    row = desk.claimed()
    desk.mark(row)
    desk.accept(row, parts=2)
    with pytest.raises(MoveError):
        desk.record(row, Step("released", State.CANCELLED, Reason.WITHDRAWN))


def test_an_undeclared_step_is_refused(desk: StoreDesk) -> None:
    desk.share()
    row = desk.claimed()
    with pytest.raises(MoveError):
        desk.record(row, Step("released", State.MISSED, Reason.TOO_OLD))


def test_a_worker_that_lost_its_lease_writes_on_its_own_attempt_only(desk: StoreDesk) -> None:
    share = desk.share()
    slow = desk.claimed(lease=LOST, worker="slow")
    desk.recover()
    quick = desk.claimed(worker="quick")
    assert not desk.mark(slow)
    assert not desk.record(slow, REJECTED)
    assert (desk.row(share).state, desk.row(share).lease_owner) == (State.SENDING, "quick")
    assert [(t.worker, t.outcome, t.detail) for t in desk.tries(share)] == [
        ("slow", "rejected", "422"),
        ("quick", "", ""),
    ]
    assert desk.mark(quick)


def test_no_mark_once_the_lease_has_run_out(desk: StoreDesk) -> None:
    desk.share()
    assert not desk.mark(desk.claimed(lease=LOST))


def test_leases_are_renewed_while_they_stand(desk: StoreDesk) -> None:
    desk.share("fedi")
    desk.share("main_x")
    standing, lost = desk.claimed("fedi"), desk.claimed("main_x", lease=LOST)
    with desk.store.write() as tx:
        assert tx.outbox.renew("w1", timedelta(seconds=300)) == 1
        assert tx.outbox.renew("w2", timedelta(seconds=300)) == 0
    assert (desk.mark(standing), desk.mark(lost)) == (True, False)


@pytest.mark.parametrize("scope", ["all", "account:fedi", "route:all"])
def test_a_pause_between_claim_and_mark_stops_the_call(desk: StoreDesk, scope: str) -> None:
    desk.share()
    row = desk.claimed()
    desk.pause(scope)
    assert not desk.mark(row)


@pytest.mark.parametrize(
    ("scope", "until"), [("account:main_x", None), ("route:other", None), ("all", NOW), ("account:f", None)]
)
def test_a_pause_of_something_else_or_of_the_past_stops_nothing(
    desk: StoreDesk, scope: str, until: datetime | None
) -> None:
    desk.pause(scope, until)
    desk.share()
    assert desk.mark(desk.claimed())


def test_a_withdrawal_between_claim_and_mark_stops_the_call(desk: StoreDesk) -> None:
    article = desk.article()
    desk.share(article=article)
    row = desk.claimed()
    with desk.store.write() as tx:
        stored = tx.articles.get(article)
        assert stored is not None
        tx.articles.withdraw(article, NOW)
        tx.articles.change(stored, undecide=False)  # read before: it takes nothing back
    assert not desk.mark(row)
    desk.record(row, released(Reason.WITHDRAWN, "taken back", NOW))
    assert desk.claim() is None


def test_what_carries_out_a_withdrawal_still_goes(desk: StoreDesk) -> None:
    desk.share(article=desk.article(withdrawn_at=NOW), occasion="withdraw:1")
    assert desk.mark(desk.claimed())
