"""What is remembered of sources, accounts and the installation, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.delivery import Reason
from bot.domain.identity import Fingerprint
from bot.ports.records import AccountRow, Decision, Pause, Sighting, SourceRow
from tests.storage.desk import NOW, StoreDesk, later

GUID = Fingerprint("guid", "site", "a")
LEASE = timedelta(minutes=2)


def test_sources_are_claimed_when_due_and_by_one_worker(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.sources.ensure({"site": (), "mirror": ()})
        claimed = tx.sources.claim_due("w1", ["site"], NOW, LEASE)
        assert claimed == [SourceRow("site")]
        assert tx.sources.claim_due("w2", ["site"], NOW, LEASE, forced=True) == []
        row = replace(
            claimed[0],
            cursor={"etag": "x"},
            seeded_at=NOW,
            last_polled_at=NOW,
            last_ok_at=NOW,
            last_changed_at=NOW,
            next_poll_at=later(minutes=5),
            failures=2,
            last_status=200,
            last_error="e",
        )
        assert tx.sources.record(row, "w1")
        assert tx.sources.rows()["site"] == row
        assert tx.sources.claim_due("w2", ["site"], later(minutes=4), LEASE) == []
        assert tx.sources.claim_due("w2", ["site"], later(minutes=5), LEASE) == [row]
        assert not tx.sources.record(row, "w1")


def test_a_source_is_polled_out_of_turn_if_forced(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.sources.ensure({"site": ()})
        (row,) = tx.sources.claim_due("w1", ["site"], NOW, LEASE)
        tx.sources.record(replace(row, next_poll_at=later(hours=1)), "w1")
        assert tx.sources.claim_due("w1", ["site"], NOW, LEASE) == []
        assert len(tx.sources.claim_due("w1", ["site"], NOW, LEASE, forced=True)) == 1


def test_a_source_whose_lease_ran_out_is_free(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.sources.ensure({"site": ()})
        tx.sources.claim_due("w1", ["site"], NOW, timedelta(seconds=-1))
        assert len(tx.sources.claim_due("w2", ["site"], NOW, LEASE)) == 1


def test_a_baseline_is_set_once_for_each_pair(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.sources.seed_pairs([("site", "fedi")], NOW)
        tx.sources.seed_pairs([("site", "fedi"), ("site", "main_x")], later(hours=1))
        tx.sources.seed_pairs([], NOW)
        assert tx.sources.pairs() == {("site", "fedi"): NOW, ("site", "main_x"): later(hours=1)}


def test_a_renamed_source_keeps_its_memory(desk: StoreDesk) -> None:
    share = desk.share()
    article = desk.row(share).article
    with desk.store.write() as tx:
        tx.sources.ensure({"site": ()})
        tx.sources.seed_pairs([("site", "fedi")], NOW)
        tx.articles.sight(Sighting("site", "a", article, "h", NOW, baseline=False))
        tx.articles.link(article, [GUID])
        tx.sources.ensure({"front": ("older", "site"), "new": ()})
        tx.sources.ensure({"front": ("older", "site"), "new": ()})
        assert tx.sources.rows().keys() == {"front", "new"}
        assert tx.sources.pairs() == {("front", "fedi"): NOW}
        assert tx.articles.sightings("front", ["a"]).keys() == {"a"}
        assert tx.articles.hits([GUID._replace(scope="front")]) != {}
        assert [a.source for a in tx.articles.latest(1, "front")] == ["front"]
    assert desk.row(share).source == "front"


def test_a_renamed_account_keeps_its_memory(desk: StoreDesk) -> None:
    share = desk.share("fedi")
    article = desk.row(share).article
    desk.pause("account:fedi")
    with desk.store.write() as tx:
        tx.accounts.ensure({"fedi": ()})
        tx.accounts.throttle("fedi", later(hours=1), "429")
        tx.accounts.save_token("fedi", "session", b"\x00sealed", NOW)
        tx.sources.seed_pairs([("site", "fedi")], NOW)
        tx.articles.decide(article, [Decision("fedi", "share", Reason.NONE, "all", NOW)], NOW)
        tx.accounts.ensure({"social": ("fedi",)})
        assert tx.accounts.rows() == {
            "social": AccountRow("social", throttled_until=later(hours=1), throttle_reason="429")
        }
        assert tx.accounts.load_token("social", "session") == b"\x00sealed"
        assert [p.scope for p in tx.accounts.pauses(NOW)] == ["account:social"]
        assert tx.sources.pairs() == {("site", "social"): NOW}
        assert [d.account for d in tx.articles.decisions(article)] == ["social"]
    assert desk.row(share).account == "social"


def test_an_account_remembers_its_state(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        tx.accounts.lock("fedi")
        tx.accounts.probe("fedi", later(minutes=1), 3)
        tx.accounts.identify("fedi", {"handle": "@a"})
        tx.accounts.throttle("fedi", later(minutes=2), "slow down")
        assert tx.accounts.rows()["fedi"] == AccountRow(
            "fedi", later(minutes=2), "slow down", later(minutes=1), 3, {"handle": "@a"}
        )
        tx.accounts.throttle("fedi", None, "")
        assert tx.accounts.rows()["fedi"].throttled_until is None


def test_a_pause_is_replaced_ends_and_is_lifted(desk: StoreDesk) -> None:
    first = Pause("all", NOW, None, "why", "person")
    second = replace(first, until=later(hours=1), reason="why not")
    with desk.store.write() as tx:
        tx.accounts.pause(first)
        tx.accounts.pause(second)
        assert tx.accounts.pauses(NOW) == [second]
        assert tx.accounts.pauses(later(hours=1)) == []
        assert (tx.accounts.resume("all"), tx.accounts.resume("all")) == (True, False)


def test_tokens_are_kept_and_replaced(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        assert tx.accounts.load_token("fedi", "session") is None
        tx.accounts.save_token("fedi", "session", b"one", NOW)
        tx.accounts.save_token("fedi", "session", b"two", NOW)
        assert tx.accounts.load_token("fedi", "session") == b"two"


def test_a_tick_belongs_to_one_worker(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        assert tx.workers.tick("digest", NOW, "w1")
        assert not tx.workers.tick("digest", NOW, "w2")
        assert tx.workers.tick("digest", later(days=1), "w2")
        tx.workers.prune(later(hours=1))
        assert tx.workers.tick("digest", NOW, "w2")
        assert not tx.workers.tick("digest", later(days=1), "w1")


@pytest.mark.parametrize("value", [None, 0, "x", ["a", {"b": None}]])
def test_a_fact_is_kept_and_replaced(desk: StoreDesk, value: Any) -> None:
    with desk.store.write() as tx:
        assert tx.workers.get("fact") is None
        tx.workers.set("fact", "before")
        tx.workers.set("fact", value)
        assert tx.workers.get("fact") == value
