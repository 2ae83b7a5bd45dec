"""Delivered history costs nothing: no question of the outbox reads a row that it does not need."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.storage.store import SqlStore, SqlTx, open_store
from tests.storage.desk import LEASE, NOW, StoreDesk, later


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[StoreDesk]:
    store = open_store(f"sqlite:///{tmp_path}/x.db", create=True, migrate=True)
    yield StoreDesk(store)
    store.close()


def plans(store: SqlStore, ask: Callable[[SqlTx], object]) -> list[str]:
    """How SQLite goes about each statement that `ask` runs."""
    said: list[str] = []
    with store.write() as tx:
        driver = tx.connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(said.append)
        ask(tx)
        driver.set_trace_callback(None)
        rows = [driver.execute(f"EXPLAIN QUERY PLAN {sql}") for sql in said]
        return [str(row[3]) for each in rows for row in each]


WALKS_A_TABLE = re.compile(r"SCAN (deliveries|d|o|attempts|articles|sightings|followings)")
ACCOUNTS = ("fedi", "main_x")
QUESTIONS: dict[str, Callable[[SqlTx], object]] = {
    "deliveries_due": lambda tx: tx.outbox.claim("w1", ACCOUNTS, NOW, LEASE),
    "deliveries_unknown": lambda tx: tx.outbox.claim_unknown("w1", ACCOUNTS, NOW, LEASE),
    "deliveries_ageing": lambda tx: tx.outbox.expire(NOW),
    "deliveries_live": lambda tx: tx.outbox.waiting("fedi"),
    "deliveries_final": lambda tx: tx.outbox.counts(),
    "deliveries_sent": lambda tx: tx.outbox.refs_of("fedi", later(days=-2)),
    "one_post_per_slot": lambda tx: tx.outbox.history("fedi", later(days=-2)),
    "one_send_per_account": lambda tx: tx.outbox.owners(),
    "attempts_late": lambda tx: tx.outbox.recover((), NOW, timedelta(seconds=60)),
    "articles_undecided": lambda tx: (tx.articles.undecided(200), tx.articles.awaits(NOW)),
    "followings_to_check": lambda tx: tx.following.to_check(NOW, 20),
    "followings_to_look": lambda tx: tx.following.to_look(NOW, 20),
    "followings_missing": lambda tx: tx.following.missing("site", NOW),
    "followings_held": lambda tx: tx.following.held("site"),
    "articles_latest": lambda tx: tx.articles.latest(9),
    "articles_of_source": lambda tx: (tx.articles.recent("site", NOW), tx.articles.count_since("site", NOW)),
    "articles_to_enrich": lambda tx: tx.articles.to_enrich(NOW, 20),
}


@pytest.mark.parametrize("index", QUESTIONS)
def test_each_question_is_answered_by_its_index(desk: StoreDesk, index: str) -> None:
    found = plans(desk.store, QUESTIONS[index])
    assert [plan for plan in found if index in plan]
    assert [plan for plan in found if WALKS_A_TABLE.fullmatch(plan)] == []


def test_the_claim_sorts_nothing(desk: StoreDesk) -> None:
    found = plans(desk.store, QUESTIONS["deliveries_due"])
    assert [plan for plan in found if "TEMP B-TREE" in plan] == []
