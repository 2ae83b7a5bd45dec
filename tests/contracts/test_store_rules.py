"""What the database itself refuses, whatever the code above it does; each rule broken once."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.domain.delivery import State
from bot.storage.outbox_tables import attempts, deliveries
from tests.storage.desk import NOW, StoreDesk, later


def forced(desk: StoreDesk, share: int, **values: Any) -> None:
    with desk.store.write() as tx:
        tx.connection.execute(sa.update(deliveries).where(deliveries.c.id == share).values(**values))


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("state_is_declared", {"state": "limbo"}),
        ("finalized_in_final_states", {"state": State.PUBLISHED}),
        ("finalized_in_final_states", {"finalized_at": NOW}),
        ("leased_while_sending", {"state": State.SENDING}),
        ("leased_while_sending", {"lease_owner": "w1"}),
        ("unknown_has_a_mark", {"state": State.UNKNOWN}),
    ],
)
def test_a_row_that_cannot_be_is_refused(desk: StoreDesk, rule: str, values: dict[str, Any]) -> None:
    share = desk.share()
    with pytest.raises(IntegrityError, match=rule):
        forced(desk, share, **values)


def test_one_key_is_one_deliverys(desk: StoreDesk) -> None:
    share, other = desk.share(), desk.share()
    with pytest.raises(IntegrityError, match="idempotency_key"):
        forced(desk, share, idempotency_key=desk.row(other).idempotency_key)


def test_an_occasion_is_one_deliverys(desk: StoreDesk) -> None:
    share, other = desk.share(), desk.share()
    with pytest.raises(IntegrityError, match="occasion"):
        forced(desk, share, article=desk.row(other).article)


def test_one_send_at_a_time_is_the_databases_word_too(desk: StoreDesk) -> None:
    other = desk.share()
    desk.claimed()
    late = desk.share()
    with pytest.raises(IntegrityError, match=r"one_send_per_account|deliveries\.account"):
        forced(desk, late, state=State.SENDING, lease_owner="w2")
    assert desk.row(other).state is State.SENDING


def test_a_slot_has_one_post(desk: StoreDesk) -> None:
    share, other = desk.share(), desk.share()
    forced(desk, share, slot=NOW)
    with pytest.raises(IntegrityError, match=r"one_post_per_slot|deliveries\.slot"):
        forced(desk, other, slot=NOW)


@pytest.mark.parametrize("state", [State.SKIPPED, State.CANCELLED, State.FAILED, State.MISSED])
def test_what_was_not_sent_leaves_its_slot_to_another(desk: StoreDesk, state: State) -> None:
    share, other = desk.share(), desk.share()
    forced(desk, share, slot=NOW, state=state, finalized_at=NOW)
    forced(desk, other, slot=NOW)
    assert desk.row(other).slot == NOW


def attempted(desk: StoreDesk, **values: Any) -> None:
    with desk.store.write() as tx:
        tx.connection.execute(sa.insert(attempts).values(started_at=NOW, **values))


def test_a_delivery_has_one_open_attempt(desk: StoreDesk) -> None:
    share = desk.share()
    desk.claimed()
    with pytest.raises(IntegrityError, match=r"one_open_attempt|attempts\.delivery"):
        attempted(desk, delivery=share, number=2)


def test_a_part_is_accepted_once(desk: StoreDesk) -> None:
    share = desk.published()
    attempted(desk, delivery=share, number=2, part=1, finished_at=NOW, outcome="accepted")
    with pytest.raises(IntegrityError, match=r"part_sent_once|attempts\.part"):
        attempted(desk, delivery=share, number=3, part=0, finished_at=later(seconds=1), outcome="accepted")


def test_attempts_are_numbered_once(desk: StoreDesk) -> None:
    share = desk.published()
    with pytest.raises(IntegrityError):
        attempted(desk, delivery=share, number=1, finished_at=NOW)


def test_a_share_of_no_article_is_refused(desk: StoreDesk) -> None:
    with pytest.raises(IntegrityError), desk.store.write() as tx:
        tx.outbox.add(desk.new(article=4711), NOW)
