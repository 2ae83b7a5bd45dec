"""What counts as news, and what is one article."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.article import Entry
from bot.domain.routing import Match, Route
from bot.ports.newsroom import Account
from bot.ports.source import Harvest
from bot.services.apply import apply
from bot.services.ingest import take_in
from bot.services.share import share
from bot.sources.push import PushOptions
from tests.fakes.newsroom import NOON, Desk, account, entry, feed, newsroom
from tests.fakes.platform import FakePlatform


def test_the_first_poll_only_learns(desk_of: Callable[..., Desk], fedi: Account, everything: Route) -> None:
    desk = desk_of([fedi], [everything], seed=False)
    taken = desk.poll(entry(1), entry(2), entry(3, published_at=None))
    assert (taken.first, taken.learnt, taken.new) == (True, 3, [])
    assert desk.send_all() == []
    assert desk.states() == []


def test_a_feed_that_was_empty_at_its_first_poll_shares_its_first_article(desk: Desk) -> None:
    desk.clock.forward(timedelta(minutes=5))
    desk.poll(entry(1, published_at=desk.clock.now()))
    assert desk.states() == ["fedi queued"]


def test_an_entry_without_a_date_is_news_after_the_first_poll(desk: Desk) -> None:
    desk.poll(entry(1, published_at=None))
    assert desk.states() == ["fedi queued"]


def test_an_old_item_that_slides_back_is_no_news(desk: Desk) -> None:
    desk.poll(entry(1, published_at=NOON - timedelta(hours=2)))
    assert desk.states() == []


def test_wholly_new_pinned_and_late_listed_items_are_all_shared(desk: Desk) -> None:
    pinned = entry("pinned", published_at=NOON)
    desk.poll(pinned, *(entry(n) for n in range(5)))
    desk.clock.forward(timedelta(minutes=5))
    late = entry("late", published_at=NOON - timedelta(minutes=30))
    desk.poll(pinned, *(entry(n) for n in range(10, 20)), late)
    assert len(desk.states()) == 1 + 5 + 10 + 1


VARIANTS = [
    entry(1, url="http://news.example/1/"),
    entry(1, guid="other", url="https://www.news.example/1/"),
    entry(1, guid="other", url="https://news.example/1/?utm_source=feed"),
    entry(1, guid="other", url="https://news.example/1"),
    entry(1, guid="other", url="https://news.example/1/#comments"),
    entry(1, guid="other", url="https://news.example/1/amp/"),
    entry(1, url="https://news.example/new-slug/"),
    entry(1, guid="other", url="https://news.example/x/", canonical_url="https://news.example/1/"),
    entry(1, title="Article 1, corrected"),
    entry(1, updated_at=NOON + timedelta(hours=1)),
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_one_article_met_in_another_way_is_shared_once(desk: Desk, variant: Entry) -> None:
    desk.poll(entry(1))
    assert desk.send_all() == ["published"]
    desk.clock.forward(timedelta(minutes=5))
    desk.poll(variant)
    assert desk.send_all() == []
    assert desk.states() == ["fedi published"]


def test_an_update_that_reads_addresses_otherwise_makes_no_old_article_new(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = entry(1, guid="https://m.news.example/1/", url="https://m.news.example/1/")
    with monkeypatch.context() as former:
        former.setattr("bot.domain.identity.normalise_url", lambda url: url.replace("://", "://as.before."))
        desk.poll(shown)
    assert desk.send_all() == ["published"]
    desk.clock.forward(timedelta(minutes=5))
    desk.poll(replace(shown, title="Article 1, corrected"))
    assert desk.send_all() == []
    assert desk.states() == ["fedi published"]


def test_other_articles_are_other_articles(desk: Desk) -> None:
    desk.poll(
        entry(1),
        entry(2, title="Article 1"),
        entry(3, canonical_url="https://news.example/"),
        entry(4, canonical_url="https://elsewhere.example/1/"),
    )
    desk.clock.forward(timedelta(minutes=5))
    at = NOON + timedelta(minutes=4)
    desk.poll(entry(1, url="https://news.example/reused-guid/", title="Quite another story", published_at=at))
    assert len(desk.states()) == 5


def test_the_same_guid_on_two_sources_is_two_articles(desk_of: Callable[..., Desk], fedi: Account) -> None:
    route = Route("all", ("site", "blog"), ("fedi",))
    desk = desk_of([fedi], [route], sources=[feed("site"), feed("blog")])
    desk.seed("blog")
    desk.poll(entry(42, guid="42"))
    desk.poll(entry(42, guid="42", url="https://blog.example/post/", title="A post"), source="blog")
    assert desk.states() == ["fedi queued", "fedi queued"]


def test_an_article_in_two_feeds_is_shared_once(desk_of: Callable[..., Desk], fedi: Account) -> None:
    route = Route("all", ("site", "topics"), ("fedi",))
    desk = desk_of([fedi], [route], sources=[feed("site"), feed("topics")])
    desk.seed("topics")
    desk.poll(entry(1))
    desk.poll(entry(1, guid="t-1", url="https://news.example/1/?utm_medium=rss"), source="topics")
    assert desk.states() == ["fedi queued"]


@pytest.mark.parametrize(
    ("minutes", "expected"), [(-20, []), (20, ["fedi queued"])], ids=["before both", "after the other"]
)
def test_what_one_source_learnt_at_first_is_no_news_of_another_that_began_later_than_it_was_out(
    desk_of: Callable[..., Desk], fedi: Account, minutes: int, expected: list[str]
) -> None:
    feeds = [replace(feed("push"), options=PushOptions(kind="push")), feed("site")]
    desk = desk_of([fedi], [Route("all", ("push", "site"), ("fedi",))], sources=feeds, seed=False)
    desk.seed("push")
    out = entry(1, published_at=NOON + timedelta(minutes=minutes))
    desk.clock.at = NOON + timedelta(minutes=max(0, minutes) + 1)
    desk.poll(out, source="site")
    desk.clock.forward(timedelta(minutes=5))
    edited = replace(out, guid="1", title="Edited", updated_at=desk.clock.now())
    desk.poll(edited, source="push")
    desk.poll(replace(edited, title="Edited again"), source="push")
    assert desk.states() == expected


def test_what_nobody_learnt_and_was_out_shortly_before_is_news(
    desk_of: Callable[..., Desk], fedi: Account
) -> None:
    desk = desk_of([fedi], [Route("all", ("site",), ("fedi",))])
    desk.poll(entry(1, published_at=NOON - timedelta(minutes=20)))
    assert desk.states() == ["fedi queued"]


def test_a_new_account_does_not_flood(desk: Desk, fedi: Account) -> None:
    desk.poll(entry(1), entry(2))
    desk.send_all()
    desk.clock.forward(timedelta(hours=3))
    late = account("late", FakePlatform())
    desk.newsroom = newsroom([fedi, late], [Route("everything", ("site",), ("fedi", "late"))])
    apply(desk.store, desk.newsroom, desk.clock.now())
    desk.poll(entry(1, title="Article 1, edited"), entry(2), entry(3, published_at=desk.clock.now()))
    assert sorted(desk.states()) == ["fedi published", "fedi published", "fedi queued", "late queued"]


def test_an_article_published_during_our_outage_is_missed_not_forgotten(
    desk_of: Callable[..., Desk], fedi: Account
) -> None:
    desk = desk_of([fedi], [Route("all", ("site",), ("fedi",), max_age=timedelta(hours=24))])
    desk.clock.forward(timedelta(days=3))
    desk.poll(entry(1, published_at=NOON + timedelta(hours=3)), entry(2, published_at=desk.clock.now()))
    assert desk.states() == ["fedi missed", "fedi queued"]


def test_what_a_person_ordered_keeps_its_timing(desk: Desk) -> None:
    desk.poll(entry(1, published_at=NOON - timedelta(days=3)))
    with desk.store.read() as tx:
        old = tx.articles.latest(1)[0]
    share(desk.store, desk.newsroom, old, ["fedi"], desk.clock.now())
    apply(desk.store, desk.newsroom, desk.clock.now())
    desk.poll(entry(1, published_at=NOON - timedelta(days=3), title="Article 1, edited"))
    assert desk.states() == ["fedi queued"]
    with desk.store.read() as tx:
        row = tx.outbox.list()[0]
    assert (row.expires_at, row.rule) == (None, "shared by hand")


def test_an_edit_that_takes_a_share_back_and_one_that_gives_it_back(
    desk_of: Callable[..., Desk], fedi: Account
) -> None:
    route = Route(
        "sport", ("site",), ("fedi",), match=Match(categories_any=("Sport",)), delay=timedelta(hours=1)
    )
    desk = desk_of([fedi], [route])
    desk.poll(entry(1, categories=("Sport",)))
    desk.poll(entry(1, categories=("Politics",)))
    assert desk.states() == ["fedi skipped"]
    desk.poll(entry(1, categories=("Sport", "Politics")))
    assert desk.states() == ["fedi queued"]
    with desk.store.read() as tx:
        assert tx.outbox.list()[0].expires_at == NOON + route.max_age


def test_a_renamed_route_keeps_its_shares(desk: Desk, fedi: Account) -> None:
    desk.poll(entry(1))
    desk.newsroom = newsroom([fedi], [Route("all", ("site",), ("fedi",), was=("everything",))])
    apply(desk.store, desk.newsroom, desk.clock.now())
    assert desk.states() == ["fedi queued"]


def test_an_older_edition_from_a_cache_does_not_undo_a_newer_one(desk: Desk) -> None:
    first = entry(1, title="first", updated_at=NOON)
    desk.poll(first)
    desk.clock.forward(timedelta(minutes=10))
    second = entry(1, title="second", updated_at=NOON + timedelta(minutes=9))
    desk.poll(second)
    assert desk.poll(first).changed == []
    assert desk.poll(second).changed == []
    with desk.store.read() as tx:
        assert tx.articles.latest(1)[0].title == "second"


def titles_after(desk: Desk, *polls: tuple[str, int, str]) -> list[str]:
    """An article's title after each poll: the source, the minute of the edit (0: none is told), the title."""
    found = []
    for minute, (source, edited, title) in enumerate(polls):
        at = NOON + timedelta(minutes=edited) if edited else None
        desk.clock.at = NOON + timedelta(hours=1, minutes=minute)
        desk.poll(entry(1, title=title, guid=f"{source}-1", updated_at=at), source=source)
        with desk.store.read() as tx:
            (article,) = tx.articles.latest(2)
        assert article.source == polls[0][0]
        found.append(article.title)
    return found


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("push", "one one two two Two Two Two"), ("feed", "one one one late Two Two Two")],
)
def test_an_edit_is_taken_from_another_source_only_where_its_own_cannot_be_asked(
    fedi: Account, desk: Desk, kind: str, expected: str
) -> None:
    told = PushOptions(kind="push") if kind == "push" else feed("push").options
    feeds = (replace(feed("push"), options=told), feed("rest"))
    desk.newsroom = newsroom([fedi], [Route("all", ("push", "rest"), ("fedi",))], sources=feeds)
    desk.seed("push")
    desk.seed("rest")
    polls = [
        ("push", 1, "one"),
        ("rest", 1, "One, as the site has it"),
        ("rest", 5, "two"),
        ("push", 3, "late"),
        ("push", 5, "Two"),
        ("rest", 0, "undated"),
        ("rest", 4, "old"),
    ]
    assert titles_after(desk, *polls) == expected.split()


@pytest.mark.parametrize(
    ("kind", "pushed", "shown", "expected"),
    [
        ("push", 1, 5, "two"),
        ("push", 5, 5, "one"),
        ("push", 5, 1, "one"),
        ("push", 1, 0, "one"),
        ("push", 0, 5, "one"),
        ("feed", 1, 5, "one"),
    ],
)
def test_an_edit_whose_push_was_lost_is_taken_from_a_source_that_shows_the_article_for_the_first_time(
    fedi: Account, desk: Desk, kind: str, pushed: int, shown: int, expected: str
) -> None:
    told = PushOptions(kind="push") if kind == "push" else feed("push").options
    feeds = (replace(feed("push"), options=told), feed("rest"))
    desk.newsroom = newsroom([fedi], [Route("all", ("push", "rest"), ("fedi",))], sources=feeds)
    desk.seed("push")
    desk.seed("rest")
    assert titles_after(desk, ("push", pushed, "one"), ("rest", shown, "two"))[-1] == expected


@pytest.mark.parametrize(
    ("addresses", "at"),
    [
        (("a/", "b/"), "b/"),
        (("a/", "b/", "a/", "b/", "a/"), "b/"),
        (("a/?at=1", "a/?at=2", "a/?at=3"), "a/?at=1"),
    ],
    ids=["moved", "in turns", "a query that differs"],
)
def test_an_article_moves_to_an_address_once(desk: Desk, addresses: tuple[str, ...], at: str) -> None:
    base = "https://news.example/"
    for address in addresses:
        desk.poll(entry(1, guid="n1", url=base + address))
        desk.clock.forward(timedelta(minutes=5))
    with desk.store.read() as tx:
        (article,) = tx.articles.latest(2)
    assert article.url == base + at


def test_a_date_ahead_of_its_time_does_not_stand_against_what_comes_after(desk: Desk) -> None:
    desk.poll(entry(1, title="first", updated_at=NOON + timedelta(days=300)))
    desk.poll(entry(1, title="second", updated_at=NOON))
    with desk.store.read() as tx:
        assert tx.articles.latest(1)[0].title == "second"


def test_two_new_articles_under_one_guid_are_both_shared(desk: Desk) -> None:
    one, other = entry(1, guid="same"), entry(2, guid="same")
    desk.poll(other, one)
    assert len(desk.states()) == 2
    desk.clock.forward(timedelta(minutes=5))
    desk.poll(entry(3, guid="same"), other, replace(one, title="Article 1, corrected"))
    assert len(desk.states()) == 3
    with desk.store.read() as tx:
        assert [bool(tx.articles.sources_of(id_)) for id_ in (1, 2, 3)] == [True] * 3


def test_a_page_that_one_guid_of_two_brought_is_nobody_elses(desk: Desk) -> None:
    one, other = entry(1, guid="same"), entry(2, guid="same")
    site, now = desk.newsroom.sources["site"], desk.clock.now()
    with desk.store.read() as tx:
        row = tx.sources.rows()["site"]
    page = replace(other, summary="Of the other's page")
    take_in(desk.store, desk.newsroom, site, row, Harvest((other, one), {}), {"same": page}, now)
    with desk.store.read() as tx:
        found = tx.articles.latest(10)
    assert {each.url for each in found} == {one.url, other.url}
    assert [each.summary for each in found if each.summary == page.summary] == []
