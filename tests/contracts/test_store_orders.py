"""What a person orders, where rows get their places, and how they end by age."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.delivery import Reason, State
from bot.domain.errors import MoveError
from bot.domain.outcome import Step
from bot.domain.slots import History, Place
from tests.storage.desk import NOW, PREPARED, StoreDesk, later

GRACE = timedelta(minutes=1)
FAILED = Step("rejected", State.FAILED, Reason.REJECTED, "422", 422, counts=True)
NINE, TEN = later(hours=9), later(hours=10)


def failed(desk: StoreDesk, **more: Any) -> int:
    share = desk.share(**more)
    row = desk.claimed()
    desk.mark(row)
    desk.record(row, FAILED)
    return share


def test_a_retried_share_starts_over_at_once_and_has_no_age(desk: StoreDesk) -> None:
    share = failed(desk, expires_at=later(hours=1))
    row = desk.move(
        share, State.QUEUED, reason=Reason.RETRY, at=later(days=2), due_at=later(days=2), pin=True
    )
    assert (row.state, row.due_at, row.pinned, row.expires_at) == (State.QUEUED, later(days=2), True, None)
    assert (row.attempts, row.committed_at, row.prepared, row.begun_at, row.finalized_at) == (
        0,
        None,
        None,
        None,
        None,
    )
    assert desk.row(share) == row
    assert desk.claimed(now=later(days=2)).id == share


def test_an_unknown_resolved_as_absent_starts_over(desk: StoreDesk) -> None:
    share = desk.unknown(settle_at=None)
    row = desk.move(share, State.QUEUED, due_at=NOW, pin=True)
    assert (row.committed_at, row.first_committed_at, row.settle_at, row.prepared) == (None, None, None, None)


def test_an_unknown_resolved_as_published_says_where(desk: StoreDesk) -> None:
    share = desk.unknown(settle_at=None)
    row = desk.move(share, State.PUBLISHED, at=later(hours=1), url="https://fedi.example/3")
    assert (row.state, row.remote_url, row.finalized_at) == (
        State.PUBLISHED,
        "https://fedi.example/3",
        later(hours=1),
    )
    with desk.store.read() as tx:
        assert tx.outbox.history("fedi", later(days=-1)).sent_at == (NOW,)


def test_what_a_person_let_go_has_no_age_and_waits_for_a_place(desk: StoreDesk) -> None:
    share = desk.share(state=State.HELD, reason=Reason.APPROVAL, expires_at=later(hours=1), due=None)
    row = desk.move(share, State.QUEUED, reason=Reason.NONE, detail="approved")
    assert (row.state, row.due_at, row.expires_at) == (State.QUEUED, None, None)


def test_what_returns_with_its_account_goes_on_ageing(desk: StoreDesk) -> None:
    share = desk.share(expires_at=later(hours=1))
    desk.move(share, State.HELD, reason=Reason.ACCOUNT_REMOVED)
    assert desk.move(share, State.QUEUED, reason=Reason.NONE).expires_at == later(hours=1)


def test_a_held_share_gives_up_its_slot(desk: StoreDesk) -> None:
    share, other = desk.share(due=None), desk.share(due=None)
    place(desk, Place(share, NINE, NINE))
    desk.move(share, State.HELD)
    assert (desk.row(share).slot, desk.row(share).due_at) == (None, None)
    assert place(desk, Place(other, NINE, NINE)) == 1


def test_a_waiting_share_is_pinned_to_another_time(desk: StoreDesk) -> None:
    share = desk.share(due=None)
    place(desk, Place(share, NINE, NINE))
    row = desk.move(share, State.QUEUED, due_at=TEN, pin=True)
    assert (row.due_at, row.slot, row.pinned) == (TEN, None, True)


def test_a_share_being_sent_takes_no_orders(desk: StoreDesk) -> None:
    share = desk.share()
    desk.claimed()
    with pytest.raises(MoveError, match="being sent"):
        desk.move(share, State.HELD)


@pytest.mark.parametrize(
    ("old", "new"),
    [(State.SKIPPED, State.HELD), (State.SKIPPED, State.PUBLISHED), (State.HELD, State.SENDING)],
)
def test_an_undeclared_order_is_refused(desk: StoreDesk, old: State, new: State) -> None:
    share = desk.share(state=old, due=None)
    with pytest.raises(MoveError):
        desk.move(share, new)


def test_an_order_for_a_share_that_is_not_there_is_refused(desk: StoreDesk) -> None:
    with pytest.raises(MoveError, match="no share 4711"):
        desk.move(4711, State.HELD)


def begun_thread(desk: StoreDesk) -> int:
    share = desk.share(expires_at=later(hours=1))
    row = desk.claimed()
    desk.mark(row)
    desk.accept(row, "1", parts=2)
    desk.record(row, Step("unavailable", State.QUEUED, Reason.RETRY, due_at=later(minutes=5), counts=True))
    return share


@pytest.mark.parametrize("to", [State.MISSED, State.CANCELLED])
def test_a_share_with_a_part_out_is_never_missed_or_cancelled(desk: StoreDesk, to: State) -> None:
    share = begun_thread(desk)
    with pytest.raises(MoveError, match="a part of it is out"):
        desk.move(share, to)
    with desk.store.write() as tx:
        assert tx.outbox.expire(later(days=9)) == []


def test_a_thread_retried_goes_on_where_it_stopped(desk: StoreDesk) -> None:
    share = begun_thread(desk)
    desk.move(share, State.SKIPPED)
    row = desk.move(share, State.QUEUED, reason=Reason.RETRY, at=later(days=1))
    assert (row.part, row.refs, row.prepared, row.due_at) == (1, ({"id": "1"},), PREPARED, later(days=1))


def place(desk: StoreDesk, *places: Place, now: datetime = NOW) -> int:
    with desk.store.write() as tx:
        return tx.outbox.place(places, now, GRACE)


def test_rows_change_slots_with_each_other(desk: StoreDesk) -> None:
    a, b = desk.share(due=None), desk.share(due=None)
    assert place(desk, Place(a, NINE, NINE), Place(b, TEN, TEN)) == 2
    assert place(desk, Place(a, TEN, TEN), Place(b, NINE, NINE)) == 2
    assert (desk.row(a).slot, desk.row(b).slot) == (TEN, NINE)
    assert place(desk, Place(a, TEN, TEN), Place(b, NINE, NINE)) == 0


def test_only_rows_that_wait_are_placed(desk: StoreDesk) -> None:
    begun, waiting = desk.share("a0"), desk.share("a1")
    desk.claimed("a0")
    assert place(desk, Place(begun, NINE), Place(waiting, NINE)) == 1
    assert desk.row(begun).due_at == NOW


def waits(desk: StoreDesk) -> list[int]:
    with desk.store.read() as tx:
        return [row.id for row in tx.outbox.waiting("fedi")]


def test_what_waits_is_queued_and_not_begun(desk: StoreDesk) -> None:
    first = desk.share()
    desk.claimed()
    second = desk.share(due=None)
    desk.share(state=State.HELD, due=None)
    desk.share("main_x")
    assert waits(desk) == [second]
    desk.recover("w1")
    assert first not in waits(desk)


def ended(desk: StoreDesk, now: datetime) -> list[tuple[int, State, Reason]]:
    with desk.store.write() as tx:
        return [(row.id, row.state, row.reason) for row in tx.outbox.expire(now)]


def test_what_never_had_room_is_skipped_when_too_old(desk: StoreDesk) -> None:
    share = desk.share(due=None, expires_at=later(hours=1))
    assert ended(desk, later(minutes=59)) == []
    assert ended(desk, later(hours=1)) == [(share, State.SKIPPED, Reason.NO_ROOM)]
    assert desk.row(share).finalized_at == later(hours=1)


def test_what_lost_its_place_to_us_is_missed(desk: StoreDesk) -> None:
    share = desk.share(expires_at=later(hours=1))
    place(desk, Place(share, None), now=later(minutes=5))
    assert ended(desk, later(hours=1)) == [(share, State.MISSED, Reason.TOO_OLD)]


def test_who_loses_a_place_still_to_come_has_not_been_missed(desk: StoreDesk) -> None:
    share = desk.share(due=later(minutes=5), expires_at=later(hours=1))
    place(desk, Place(share, None), now=later(minutes=5))
    assert ended(desk, later(hours=1)) == [(share, State.SKIPPED, Reason.NO_ROOM)]


def test_a_due_share_nobody_sent_is_missed(desk: StoreDesk) -> None:
    share = desk.share(due=later(minutes=5), expires_at=later(hours=1))
    assert ended(desk, later(hours=1)) == [(share, State.MISSED, Reason.TOO_OLD)]


def test_a_share_never_approved_is_missed_and_says_so(desk: StoreDesk) -> None:
    held = {"state": State.HELD, "reason": Reason.APPROVAL}
    share = desk.share(due=None, expires_at=later(hours=1), **held)
    assert ended(desk, later(hours=1)) == [(share, State.MISSED, Reason.TOO_OLD)]
    assert desk.row(share).detail == "held: approval"


def test_what_has_no_age_never_expires(desk: StoreDesk) -> None:
    desk.share(due=None)
    assert ended(desk, later(days=999)) == []


def changed(desk: StoreDesk, share: int, **more: Any) -> bool:
    new = desk.new(article=desk.row(share).article, **more)
    with desk.store.write() as tx:
        return tx.outbox.change(share, new)


def test_routing_again_changes_a_waiting_row_and_keeps_its_key_and_age(desk: StoreDesk) -> None:
    share = desk.share(expires_at=later(hours=5))
    before = desk.row(share)
    assert changed(
        desk,
        share,
        urgent=True,
        route="breaking",
        expires_at=later(hours=9),
        published_at=later(hours=4),
        ready_at=later(hours=1),
    )
    after = desk.row(share)
    assert (after.urgent, after.route, after.ready_at) == (True, "breaking", later(hours=1))
    assert after == replace(
        before, urgent=True, route="breaking", ready_at=later(hours=1), expires_at=later(hours=9)
    )


def test_a_share_without_an_age_gets_none_by_routing(desk: StoreDesk) -> None:
    share = desk.share(expires_at=None)
    assert changed(desk, share, expires_at=later(hours=9))
    assert desk.row(share).expires_at is None


def test_a_stricter_route_holds_what_waits(desk: StoreDesk) -> None:
    share = desk.share()
    assert changed(desk, share, state=State.HELD, reason=Reason.APPROVAL)
    assert (desk.row(share).state, desk.row(share).due_at) == (State.HELD, None)


def test_an_approval_stands_when_routing_reads_the_article_again(desk: StoreDesk) -> None:
    approval = {"state": State.HELD, "reason": Reason.APPROVAL}
    share = desk.share(due=None, **approval)
    desk.move(share, State.QUEUED, reason=Reason.NONE, detail="approved")
    assert changed(desk, share, **approval)
    assert (desk.row(share).state, desk.row(share).detail) == (State.QUEUED, "approved")


def test_routing_again_leaves_alone_what_a_person_holds(desk: StoreDesk) -> None:
    share = desk.share()
    desk.move(share, State.HELD, reason=Reason.PERSON)
    assert not changed(desk, share, urgent=True)


def test_routing_again_leaves_alone_what_a_person_moved(desk: StoreDesk) -> None:
    share = desk.share()
    desk.move(share, State.QUEUED, due_at=TEN, pin=True)
    assert not changed(desk, share, urgent=True)


def test_routing_again_leaves_alone_what_is_begun(desk: StoreDesk) -> None:
    share = desk.share()
    desk.claimed()
    desk.recover("w1")
    assert not changed(desk, share, urgent=True)


def test_history_is_what_went_out_and_what_is_under_way(desk: StoreDesk) -> None:
    desk.published(now=later(days=-3))
    desk.published(now=later(hours=-1))
    slotted = desk.share(due=None)
    place(desk, Place(slotted, NOW, NOW))
    desk.claimed()
    desk.share("main_x")
    desk.claimed("main_x")
    with desk.store.read() as tx:
        assert tx.outbox.history("fedi", later(days=-2)) == History(
            (later(hours=-1), NOW), frozenset({NOW}), {"site": NOW}
        )


def test_a_failed_share_used_no_slot(desk: StoreDesk) -> None:
    share = failed(desk)
    with desk.store.read() as tx:
        assert tx.outbox.history("fedi", later(days=-2)) == History()
    assert desk.row(share).state is State.FAILED


def test_references_of_every_part_are_known(desk: StoreDesk) -> None:
    desk.published(id_="old", now=later(days=-5))
    desk.published(id_="new")
    desk.published("main_x", id_="other")
    with desk.store.read() as tx:
        assert tx.outbox.refs_of("fedi", later(days=-1)) == {"new"}


def test_a_list_shows_what_lives_by_time_then_what_ended_newest_first(desk: StoreDesk) -> None:
    old, new = desk.published(now=later(hours=-2)), desk.published(now=later(hours=-1))
    nowhere, last, first = desk.share(due=None), desk.share(due=TEN), desk.share(due=NINE)
    with desk.store.read() as tx:
        everything = [row.id for row in tx.outbox.list()]
        three = [row.id for row in tx.outbox.list(limit=4)]
        recent = [row.id for row in tx.outbox.list(states=[State.PUBLISHED], since=later(hours=-1))]
        elsewhere = tx.outbox.list(account="main_x")
    assert everything == [first, last, nowhere, new, old]
    assert three == [first, last, nowhere, new]
    assert (recent, elsewhere) == ([new], [])


def test_rows_are_counted_by_state_and_the_late_ones_named(desk: StoreDesk) -> None:
    desk.published()
    desk.share(due=later(minutes=-6))
    desk.share(due=later(minutes=-4))
    with desk.store.read() as tx:
        assert tx.outbox.counts() == {State.PUBLISHED: 1, State.QUEUED: 2}
        assert tx.outbox.overdue(NOW, timedelta(minutes=5)) == 1
        assert tx.outbox.get(0) is None


def test_an_articles_shares_are_found(desk: StoreDesk) -> None:
    article = desk.article()
    shares = [desk.share("fedi", article=article), desk.share("main_x", article=article)]
    with desk.store.read() as tx:
        assert [row.id for row in tx.outbox.of_article(article)] == shares


def test_a_share_that_waits_is_given_words_of_its_own(desk: StoreDesk) -> None:
    share = desk.share()
    with desk.store.write() as tx:
        assert tx.outbox.reword(share, {"text": "Mine", "turn": 2})
    row = desk.claimed()
    assert (row.wording, row.words.text, row.words.turn) == ({"text": "Mine", "turn": 2}, "Mine", 2)
    with desk.store.write() as tx:
        assert not tx.outbox.reword(share, None)  # it is being sent


def test_words_of_its_own_are_taken_back(desk: StoreDesk) -> None:
    share = desk.share()
    with desk.store.write() as tx:
        assert tx.outbox.reword(share, {"text": "Mine"})
        assert tx.outbox.reword(share, None)
    with desk.store.read() as tx:
        [waiting] = tx.outbox.waiting("fedi")
    assert waiting.wording is None
