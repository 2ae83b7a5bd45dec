"""A prepared statement gives what SQLAlchemy gives, with the same types and the same errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.delivery import State
from bot.storage.outbox_tables import deliveries
from bot.storage.prepared import Prepared
from bot.storage.store import SqlStore, open_store
from bot.storage.types import Json, Names, Utc, Words, one_of
from tests.storage.databases import PostgresServer
from tests.storage.desk import NOW, StoreDesk

_c = deliveries.c
READ = Prepared(
    sa.select(_c.id, _c.state, _c.due_at, _c.slot, _c.refs, _c.urgent)
    .where(one_of(_c.account, sa.bindparam("names", type_=Names())), _c.occasion.not_like("withdraw:%"))
    .order_by(_c.id)
    .limit(1)
)
WRITE = Prepared(
    sa.update(deliveries)
    .where(_c.id == sa.bindparam("b_id"))
    .values(
        slot=sa.bindparam("b_slot", type_=Utc()),
        post=sa.bindparam("b_post", type_=Json),
        detail=sa.bindparam("b_detail", type_=Words()),
    )
)


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreDesk]:
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.fresh() if request.param == "postgres" else f"sqlite:///{tmp_path}/x.db"
    store: SqlStore = open_store(url, create=True, migrate=True)
    yield StoreDesk(store)
    store.close()


@pytest.mark.parametrize("names", [["fedi"], ["other", "fedi"], ["other"], []])
def test_one_text_serves_a_list_of_any_length(desk: StoreDesk, names: list[str]) -> None:
    share = desk.share(urgent=True)
    with desk.store.read() as tx:
        found = READ.one(tx.connection, {"names": names})
    expected = {
        "id": share,
        "state": State.QUEUED,
        "due_at": NOW,
        "slot": None,
        "refs": [],
        "urgent": True,
    }
    assert found == (expected if "fedi" in names else None)
    assert found is None or isinstance(found["due_at"], datetime)


def test_values_are_written_as_their_columns_have_them(desk: StoreDesk) -> None:
    share = desk.share()
    values = {"b_id": share, "b_slot": NOW, "b_post": {"z": 1, "a": "100% é"}, "b_detail": "nul\0 \ud800!"}
    with desk.store.write() as tx:
        assert WRITE.run(tx.connection, values) == 1
        assert WRITE.run(tx.connection, values | {"b_id": share + 1}) == 0
    row = desk.row(share)
    assert (row.slot, row.detail) == (NOW, "nul !")
    assert list((row.post or {}).items()) == [("z", 1), ("a", "100% é")]
    with desk.store.write() as tx:
        WRITE.run(tx.connection, values | {"b_post": None})
    assert desk.row(share).post is None


def test_a_broken_rule_is_said_as_everywhere_else(desk: StoreDesk) -> None:
    first, second = desk.share(), desk.share()
    with desk.store.write() as tx:
        WRITE.run(tx.connection, {"b_id": first, "b_slot": NOW, "b_post": None, "b_detail": ""})
    with pytest.raises(sa.exc.IntegrityError) as refused, desk.store.write() as tx:
        WRITE.run(tx.connection, {"b_id": second, "b_slot": NOW, "b_post": None, "b_detail": "a secret"})
    assert "a secret" not in str(refused.value)


def test_a_missing_value_is_a_fault_at_once(desk: StoreDesk) -> None:
    with pytest.raises(KeyError), desk.store.write() as tx:
        WRITE.run(tx.connection, {"b_id": 1})
