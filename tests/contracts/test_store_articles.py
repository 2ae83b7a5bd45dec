"""What is remembered of articles, and what was decided about them, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest

from bot.domain.delivery import Reason, State
from bot.domain.errors import MoveError
from bot.domain.following import Followed
from bot.domain.identity import Fingerprint
from bot.domain.outcome import released
from bot.domain.post import Image
from bot.ports.records import Awaits, Decision, Known, Sighting
from bot.storage.store import SqlStore
from tests.storage.desk import NOW, StoreDesk, an_article, at_once, later

URL = Fingerprint("url", "", "https://news.example/a")
GUID = Fingerprint("guid", "site", "a")


def sighting(article: int, guid: str = "a", source: str = "site", **more: Any) -> Sighting:
    values: dict[str, Any] = {"content_hash": "h", "seen_at": NOW, "baseline": False} | more
    return Sighting(source, guid, article, **values)


def decision(account: str = "fedi", verdict: str = "share", rule: str = "all", **more: Any) -> Decision:
    return Decision(account, verdict, more.pop("reason", Reason.NONE), rule, more.pop("at", NOW))


def test_an_article_is_read_as_it_was_written(desk: StoreDesk) -> None:
    article = an_article(
        "Umunsi w’u Rwanda 🇷🇼",
        summary="s",
        content="c" * 10_000,
        tags=("a", "b"),
        categories=("News",),
        authors=("N. N.",),
        image=Image("https://news.example/i.jpg", "alt", 1200, 630),
        lang="rw",
        site_name="News",
        published_at=datetime(2026, 11, 24, 11, tzinfo=timezone(timedelta(hours=2))),
        updated_at=later(hours=1),
        reading_minutes=4,
        content_hash="h",
        overlooked=True,
    )
    with desk.store.write() as tx:
        id_ = tx.articles.add(article, "https://news.example/canonical", None)
        read = tx.articles.get(id_)
        assert tx.articles.known([id_]) == {
            id_: Known(id_, article.title, article.url, "https://news.example/canonical")
        }
    assert read == replace(article, id=id_)
    assert read.published_at == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_what_a_database_cannot_hold_is_left_out(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        id_ = tx.articles.add(an_article("a\0b\ud83d", summary="\0\ud83d"), "", None)
        read = tx.articles.get(id_)
    assert read is not None
    assert (read.title, read.summary) == ("ab", "\0\ud83d")


def test_a_time_without_a_zone_is_refused(desk: StoreDesk) -> None:
    naive = an_article(first_seen_at=datetime(2026, 11, 24))  # noqa: DTZ001 - what is refused
    with pytest.raises(Exception, match="without its zone"), desk.store.write() as tx:
        tx.articles.add(naive, "", None)


def test_a_transaction_that_fails_leaves_nothing(desk: StoreDesk) -> None:
    with pytest.raises(MoveError), desk.store.write() as tx:
        tx.outbox.move(tx.articles.add(an_article(), "", None), State.HELD, Reason.PERSON, at=NOW)
    with desk.store.read() as tx:
        assert tx.articles.count() == 0


def test_fingerprints_find_their_article_and_never_move(desk: StoreDesk) -> None:
    first, second = desk.article(), desk.article()
    with desk.store.write() as tx:
        tx.articles.link(first, [URL])
        tx.articles.link(second, [URL, GUID])
        tx.articles.link(second, [])
        assert tx.articles.hits([URL, GUID, GUID._replace(scope="other")]) == {URL: first, GUID: second}
        assert tx.articles.hits([]) == {}
        assert tx.articles.known([]) == {}


def test_two_that_meet_an_article_at_once_add_it_once(
    desk: StoreDesk, open_another: Callable[[], SqlStore]
) -> None:
    def meet(store: SqlStore) -> None:
        with store.write() as tx:
            tx.articles.hold()
            known = tx.articles.hits([URL])
            tx.articles.link(known.get(URL) or tx.articles.add(an_article(), "", None), [URL])

    at_once([partial(meet, open_another()) for _ in range(4)])
    with desk.store.read() as tx:
        assert tx.articles.count() == 1


def test_marks_of_any_length_and_number_are_kept(desk: StoreDesk) -> None:
    long = [Fingerprint("url", "", f"https://news.example/{n}/{'é' * 9_000}") for n in range(3)]
    many = [Fingerprint("guid", "site", f"\0{n}") for n in range(1_100)]
    article = desk.article()
    with desk.store.write() as tx:
        tx.articles.link(article, [*long, *many])
        assert tx.articles.hits([*long, *many]) == dict.fromkeys([*long, *many], article)
        tx.articles.sight(sighting(article, "g" * 9_000))
        assert tx.articles.sightings("site", ["g" * 9_000])["g" * 9_000].article == article


def test_an_article_is_decided_with_its_reasons(desk: StoreDesk) -> None:
    article = desk.article()
    with desk.store.write() as tx:
        assert (tx.articles.undecided(9), tx.articles.awaits(NOW).deciding) == ([article], True)
        tx.articles.decide(article, [decision(), decision("main_x", "pass", reason=Reason.FILTERED)], NOW)
        assert tx.articles.undecided(9) == []
        tx.articles.decide(article, [decision(at=later(hours=1)), decision("main_x")], later(hours=1))
        assert tx.articles.decisions(article) == [
            decision(),
            decision("main_x", "pass", reason=Reason.FILTERED),
            decision("main_x"),
        ]


def test_an_article_waits_for_its_page_before_it_is_decided(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        id_ = tx.articles.add(an_article(), "", later(minutes=1))
        assert (tx.articles.undecided(9), tx.articles.to_enrich(NOW, 9)) == ([], [])
        assert tx.articles.awaits(NOW) == Awaits(reading=False, looking=False, deciding=False)
        assert tx.articles.awaits(later(minutes=1)) == Awaits(reading=True, looking=False, deciding=False)
        assert tx.articles.page_due(id_) == later(minutes=1)
        assert [a.id for a in tx.articles.to_enrich(later(minutes=1), 9)] == [id_]
        tx.articles.enrich_later(id_, None)
        assert tx.articles.page_due(id_) is None
        assert tx.articles.undecided(9) == [id_]
        assert tx.articles.awaits(NOW) == Awaits(reading=False, looking=False, deciding=True)


@pytest.mark.parametrize("undecide", [True, False])
def test_new_content_is_routed_again_if_asked(desk: StoreDesk, undecide: bool) -> None:
    id_ = desk.article()
    with desk.store.write() as tx:
        tx.articles.decide(id_, [], NOW)
        tx.articles.change(an_article("Otherwise", id=id_), undecide=undecide)
        assert tx.articles.undecided(9) == [id_] * undecide
        assert tx.articles.many([id_, 0])[id_].title == "Otherwise"
        assert tx.articles.known([id_])[id_].title == "Otherwise"


def test_news_from_another_source_has_an_article_decided_again(desk: StoreDesk) -> None:
    id_ = desk.article()
    with desk.store.write() as tx:
        tx.articles.sight(sighting(id_))
        tx.articles.decide(id_, [], NOW)
        tx.articles.sight(sighting(id_, content_hash="h2", seen_at=later(hours=1)))
        assert tx.articles.undecided(9) == []
        assert tx.articles.sightings("site", ["a", "b"]) == {"a": sighting(id_, content_hash="h2")}
        tx.articles.sight(sighting(id_, source="mirror", baseline=True))
        assert tx.articles.undecided(9) == []
        tx.articles.sight(sighting(id_, source="wire"))
        assert tx.articles.undecided(9) == [id_]


@pytest.mark.parametrize("guid", ["a", "b"])
def test_what_was_baseline_stays_so_under_any_guid(desk: StoreDesk, guid: str) -> None:
    id_ = desk.article()
    with desk.store.write() as tx:
        tx.articles.sight(sighting(id_, baseline=True))
        tx.articles.decide(id_, [], NOW)
        tx.articles.sight(sighting(id_, guid, seen_at=later(hours=1)))
        assert tx.articles.undecided(9) == []
        assert tx.articles.sources_of(id_) == {"site": sighting(id_, baseline=True)}


def test_a_source_that_calls_it_otherwise_calls_it_so_from_then_on(desk: StoreDesk) -> None:
    with desk.store.write() as tx:
        id_, other = (tx.articles.add(an_article(), "", None) for _ in range(2))
        tx.articles.sight(sighting(id_, baseline=True))
        tx.articles.sight(sighting(id_, "b", seen_at=later(hours=1)))
        tx.articles.sight(sighting(id_, source="wire"))
        tx.articles.sight(sighting(other, "c"))
        tx.articles.rename("site", id_, "new")
        found = tx.articles.sightings("site", ["a", "b", "c", "new"])
        assert {guid: seen.article for guid, seen in found.items()} == {"c": other, "new": id_}
        assert found["new"] == sighting(id_, "new", content_hash="", baseline=True)
        assert [*tx.articles.sightings("wire", ["a"])] == ["a"]
        tx.articles.rename("site", id_, "c")  # that is another one's
        assert tx.articles.sightings("site", ["c"])["c"].article == other
        tx.articles.rename("nobody", id_, "d")
        assert not tx.articles.sightings("nobody", ["d"])


def test_articles_are_counted_by_what_is_news(desk: StoreDesk) -> None:
    news, old, quiet = desk.article(), desk.article(source="mirror"), desk.article()
    with desk.store.write() as tx:
        tx.articles.sight(sighting(news, "n"))
        tx.articles.sight(sighting(quiet, "q"))
        tx.articles.sight(sighting(old, "o", "mirror", baseline=True))
        tx.articles.decide(news, [decision()], NOW)
        tx.articles.decide(quiet, [decision(verdict="pass")], NOW)
        tx.articles.decide(old, [decision("*", "pass")], NOW)
        counts = [tx.articles.count(), tx.articles.count(baseline=True), tx.articles.count(baseline=False)]
        assert (counts, tx.articles.count(source="mirror")) == ([3, 1, 2], 1)
        before = later(seconds=-1)
        newest = [a.id for a in tx.articles.news_since(before)]
        assert (newest, [a.id for a in tx.articles.news_since(before, 1)]) == ([quiet, news], [quiet])
        assert (tx.articles.unrouted(NOW), tx.articles.unrouted(later(seconds=1))) == (1, 0)


def test_the_latest_come_first(desk: StoreDesk) -> None:
    first, second = desk.article(first_seen_at=NOW), desk.article(first_seen_at=later(hours=-1))
    third = desk.article(source="mirror")
    with desk.store.read() as tx:
        assert [a.id for a in tx.articles.latest(9)] == [third, first, second]
        assert [a.id for a in tx.articles.latest(1, "site")] == [first]
        assert tx.articles.get(0) is None


def test_merged_articles_are_one_and_what_waited_is_skipped(desk: StoreDesk) -> None:
    keep, drop = desk.article(), desk.article()
    waits = desk.share(article=drop)
    with desk.store.write() as tx:
        tx.articles.link(drop, [URL])
        tx.articles.sight(sighting(drop))
        tx.articles.sight(sighting(keep, "b"))
        tx.articles.decide(drop, [decision()], NOW)
        tx.articles.decide(keep, [], NOW)
        tx.articles.merge(keep, drop)
        assert tx.articles.hits([URL]) == {URL: keep}
        assert tx.articles.sightings("site", ["a"])["a"].article == keep
        assert tx.articles.decisions(keep) == [decision()]
        assert (tx.articles.undecided(9), tx.articles.count()) == ([], 1)
    assert (desk.row(waits).state, desk.row(waits).reason) == (State.SKIPPED, Reason.SUPERSEDED)


def test_what_a_merged_article_sent_is_not_sent_again(desk: StoreDesk) -> None:
    keep, drop = desk.article(), desk.article()
    sent = desk.published("fedi", article=drop)
    also = desk.published("main_x", article=drop)
    rival = desk.share("main_x", article=keep)
    with desk.store.write() as tx:
        tx.articles.merge(keep, drop)
        assert tx.outbox.add(desk.new(article=keep), NOW) is None
    assert [(desk.row(id_).article, desk.row(id_).occasion) for id_ in (sent, also)] == [
        (keep, "new"),
        (keep, "new:2"),
    ]
    assert (desk.row(rival).state, desk.row(rival).reason) == (State.SKIPPED, Reason.SUPERSEDED)


def test_a_merged_articles_failure_does_not_stop_the_other(desk: StoreDesk) -> None:
    keep, drop = desk.article(), desk.article()
    desk.share("fedi", article=drop, state=State.MISSED, due=None)
    waits = desk.share("fedi", article=keep)
    with desk.store.write() as tx:
        tx.articles.merge(keep, drop)
    assert desk.row(waits).state is State.QUEUED


def test_a_merge_that_brings_a_source_has_the_article_routed_again(desk: StoreDesk) -> None:
    keep, drop = desk.article(), desk.article()
    with desk.store.write() as tx:
        tx.articles.sight(sighting(keep))
        tx.articles.sight(sighting(drop, source="mirror"))
        tx.articles.decide(keep, [], NOW)
        tx.articles.decide(drop, [], NOW)
        tx.articles.merge(keep, drop)
        assert tx.articles.undecided(9) == [keep]


def test_of_two_that_wait_between_two_tries_one_goes_out(desk: StoreDesk) -> None:
    keep, drop = desk.article(), desk.article()
    ours, theirs = desk.share(article=keep), desk.share(article=drop)
    for _ in range(2):
        assert desk.record(desk.claimed(), released(Reason.RETRY, "down", later(hours=1)))
    with desk.store.write() as tx:
        tx.articles.merge(keep, drop)
    assert (desk.row(ours).state, desk.row(theirs).state) == (State.QUEUED, State.SKIPPED)


def test_what_is_out_stands_against_its_twin_between_two_tries(desk: StoreDesk) -> None:
    keep, drop = desk.article(), desk.article()
    desk.published(article=drop)
    twin = desk.share(article=keep)
    assert desk.record(desk.claimed(), released(Reason.RETRY, "down", later(hours=1)))
    with desk.store.write() as tx:
        tx.articles.merge(keep, drop)
    assert (desk.row(twin).state, desk.row(twin).reason) == (State.SKIPPED, Reason.SUPERSEDED)


def test_a_deletion_on_its_way_goes_on_after_a_merge(desk: StoreDesk) -> None:
    keep, drop = desk.article(), desk.article()
    desk.published(article=keep)
    sent = desk.published(article=drop)
    deletion = desk.share(article=drop, occasion="withdraw:1", extra={"of": sent})
    with desk.store.write() as tx:
        tx.articles.merge(keep, drop)
    row = desk.row(deletion)
    assert (row.state, row.article, row.of, desk.row(sent).article) == (State.QUEUED, keep, sent, keep)


@pytest.mark.parametrize(("by", "stays"), [("person", True), ("page", False), ("source", False)])
def test_what_a_person_took_back_stays_so_after_a_merge(desk: StoreDesk, by: str, stays: bool) -> None:
    keep, drop = desk.article(), desk.article()
    with desk.store.write() as tx:
        tx.articles.withdraw(drop, NOW)
        tx.following.put(Followed(drop, by=by, why="wrong", delete=True))
        tx.articles.merge(keep, drop)
        article, followed = tx.articles.get(keep), tx.following.get(keep)
    assert article is not None
    assert (article.withdrawn_at == NOW, followed.by == by, followed.delete) == (stays, stays, stays)
    assert (followed.check_at is not None) is stays
