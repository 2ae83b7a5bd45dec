"""What a simulation plays beside news: repeats, evergreen, editions, edits and withdrawals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bot.domain.article import Article
from bot.domain.delivery import Reason, State
from bot.domain.digest import Digest
from bot.domain.evergreen import Evergreen
from bot.domain.routing import Match, Repeat, Route
from bot.domain.schedule import Schedule
from bot.ports.newsroom import Newsroom
from bot.ports.records import NewDelivery, Sighting
from bot.ports.store import Store
from bot.services.history import Arrival, from_store, memory_of
from bot.services.simulate import simulate
from bot.services.withdraw import withdraw
from bot.storage.store import scratch_store
from tests.fakes.newsroom import Desk, account, entry, newsroom
from tests.fakes.platform import FakePlatform

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 11, 2, tzinfo=UTC)
ELEVEN = Schedule("classics", "UTC", ((time(11),),) * 7)
CLASSICS = Evergreen("classics", ("site",), ("fedi",), ELEVEN, cooldown=30 * DAY)


def room(*, route: dict[str, Any] | None = None, **more: Any) -> Newsroom:
    wired = Route("everything", ("site",), ("fedi",), **route or {})
    return replace(newsroom([account("fedi", FakePlatform())], [wired]), **more)


def arrival(number: int, at: datetime, **more: Any) -> Arrival:
    url = f"https://news.example/{number}/"
    return Arrival(
        at, Article(0, "site", url, f"Article {number}", at, at, published_at=at), ("site",), **more
    )


def told(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (each["at"][:16], each["occasion"], each["article"]["title"])
        for each in document["shares"]
        if each["state"] == "published"
    ]


def play(wired: Newsroom, arrivals: list[Arrival], days: int, store: Store | None = None) -> dict[str, Any]:
    end = START + days * DAY
    memory = memory_of(store, wired, START, end) if store else None
    return simulate(scratch_store(), wired, arrivals, START, end, memory)


def learn(store: Store, *numbers: int) -> list[int]:
    """Articles of two years ago, as `catalogue` learns them."""
    out = []
    with store.write() as tx:
        for n in numbers:
            at = START - 700 * DAY + n * DAY
            url = f"https://news.example/old/{n}/"
            article = Article(0, "site", url, f"Old {n}", START, START, published_at=at)
            out.append(tx.articles.add(article, "", None))
            tx.articles.sight(Sighting("site", url, out[-1], "", START, baseline=True))
    return out


def test_repeats_go_out_after_their_first() -> None:
    wired = room(route={"repeat": (Repeat(3 * HOUR, "again"), Repeat(2 * DAY, "once_more"))})
    document = play(wired, [arrival(1, START + HOUR)], 4)
    assert [each[:2] for each in told(document)] == [
        ("2026-11-02T01:00", "new"),
        ("2026-11-02T04:00", "repeat:1"),
        ("2026-11-04T01:00", "repeat:2"),
    ]
    fedi = document["accounts"]["fedi"]
    assert (fedi["articles"], fedi["published"], fedi["of"]) == (1, 3, {"new": 1, "repeat": 2})


def test_evergreen_brings_back_what_was_known_before() -> None:
    store = scratch_store()
    learn(store, 1, 2)
    document = play(room(evergreen=(CLASSICS,)), [arrival(1, START + HOUR)], 4, store)
    assert told(document) == [
        ("2026-11-02T01:00", "new", "Article 1"),
        ("2026-11-02T11:00", "evergreen:1", "Old 1"),
        ("2026-11-03T11:00", "evergreen:1", "Old 2"),
    ]
    assert document["articles"] == 1
    assert document["accounts"]["fedi"]["median_age_minutes"] == 0


def test_evergreen_minds_what_was_shared_before_and_nothing_of_later() -> None:
    store = scratch_store()
    first, second, third = learn(store, 1, 2, 3)
    with store.write() as tx:
        for article, at, occasion in (
            (first, START - 10 * DAY, "evergreen:1"),
            (second, START - 40 * DAY, "evergreen:1"),
            (third, START + 2 * DAY, "evergreen:1"),
        ):
            row = NewDelivery(
                article, "fedi", occasion, "site", "classics", "", "", "", "now", False, 0, at, at, None
            )
            id_ = tx.outbox.add(row, at)
            assert id_ is not None
            tx.outbox.move(id_, State.PUBLISHED, Reason.NONE, at=at)
    document = play(room(evergreen=(CLASSICS,)), [], 4, store)
    assert told(document) == [
        ("2026-11-02T11:00", "evergreen:1", "Old 3"),
        ("2026-11-03T11:00", "evergreen:2", "Old 2"),
    ]


def test_of_a_long_past_those_are_remembered_that_may_come_back() -> None:
    store = scratch_store()
    learn(store, *range(300))
    wired = room(evergreen=(CLASSICS,))
    memory = memory_of(store, wired, START, START + 4 * DAY)
    assert len(memory.articles) < 100
    document = simulate(scratch_store(), wired, [], START, START + 4 * DAY, memory)
    assert [each[2] for each in told(document)] == ["Old 0", "Old 1", "Old 2", "Old 3"]


def test_editions_tell_what_is_new_to_them() -> None:
    at = Schedule("morning", "UTC", ((time(6, 45),),) * 7)
    digest = Digest("morning", ("fedi",), at, least=2, title="Morning", link="https://news.example/")
    arrivals = [arrival(n, START + n * HOUR) for n in (1, 2, 3, 30)]
    nobody = {"match": Match(title_matches="^nothing")}
    document = play(room(route=nobody, digests=(digest,)), arrivals, 2)
    assert told(document) == [("2026-11-02T06:45", "new", "Morning")]
    assert document["shares"][0]["parts"][0]["text"].count("Article") == 3
    fedi = document["accounts"]["fedi"]
    assert (fedi["of"], fedi["not_published"]) == ({"digest": 1}, {"digest skipped: too_few": 1})
    assert fedi["articles"] == 0


def test_an_edition_reaches_back_before_the_first_day() -> None:
    at = Schedule("morning", "UTC", ((time(6, 45),),) * 7)
    digest = Digest("morning", ("fedi",), at, least=2, title="Morning", link="https://news.example/")
    store = scratch_store()
    with store.write() as tx:
        for n in (1, 2, 3):
            when = START - n * 6 * HOUR
            url = f"https://news.example/{n}/"
            id_ = tx.articles.add(
                Article(0, "site", url, f"Article {n}", when, when, published_at=when), "", None
            )
            tx.articles.sight(Sighting("site", url, id_, "", when, baseline=False))
    document = play(room(digests=(digest,)), [], 1, store)
    assert told(document) == [("2026-11-02T06:45", "new", "Morning")]
    # the third came out before the morning of the day before
    assert document["shares"][0]["parts"][0]["text"].count("Article") == 2


@pytest.mark.parametrize(("deletes", "out"), [(True, ["new", "withdraw:1"]), (False, ["new"])])
def test_what_was_withdrawn_is_taken_back_and_repeated_no_more(deletes: bool, out: list[str]) -> None:
    wired = room(route={"repeat": (Repeat(3 * HOUR, ""),)})
    fedi = replace(account("fedi", FakePlatform(), on_withdrawal="delete"), deletes=deletes)
    wired = replace(wired, accounts={"fedi": fedi})
    gone = arrival(1, START, withdrawn_at=START + 2 * HOUR, why="the page is gone")
    document = play(wired, [gone], 1)
    assert [each[1] for each in told(document)] == out
    cancelled = [each for each in document["shares"] if each["state"] == "cancelled"]
    assert [(each["occasion"], each["detail"]) for each in cancelled] == [("repeat:1", "the page is gone")]


def test_what_changed_before_it_went_out_waits_to_be_stable() -> None:
    wired = room()
    site = wired.sources["site"]
    options = site.options.model_copy(update={"stable_for": 30 * timedelta(minutes=1)})
    wired = replace(wired, sources={"site": replace(site, options=options)})
    document = play(wired, [arrival(1, START, changed_at=START + timedelta(minutes=20))], 1)
    assert told(document) == [("2026-11-02T00:50", "new", "Article 1")]


def test_what_was_called_otherwise_is_corrected(desk_of: Callable[..., Desk], platform: FakePlatform) -> None:
    fedi = replace(account("fedi", platform, on_update="edit"), edits=True)
    desk = desk_of([fedi], [Route("everything", ("site",), ("fedi",))])
    met = desk.clock.now()
    desk.poll(entry(1, title="A wrong title"))
    assert desk.send_all() == ["published"]
    desk.clock.forward(HOUR)
    desk.poll(entry(1, title="A right title"))
    start, end = met - HOUR, met + 5 * HOUR
    arrivals = from_store(desk.store, desk.newsroom, start, end, "")
    assert [(each.titled, each.article.title) for each in arrivals] == [("A wrong title", "A right title")]
    document = simulate(scratch_store(), desk.newsroom, arrivals, start, end)
    said = [(each["occasion"], each["parts"][0]["text"][:13].strip()) for each in document["shares"]]
    assert said == [("new", "A wrong title"), ("edit:1", "A right title")]


def test_the_store_tells_when_and_why_it_was_withdrawn(desk: Desk) -> None:
    desk.poll(entry(1))
    met = desk.clock.now()
    desk.clock.forward(HOUR)
    with desk.store.read() as tx:
        [article] = tx.articles.latest(1)
    withdraw(desk.store, desk.newsroom, article.id, desk.clock.now(), by="person", why="a mistake")
    [found] = from_store(desk.store, desk.newsroom, met - HOUR, met + 2 * HOUR, "")
    assert (found.withdrawn_at, found.why) == (met + HOUR, "a mistake")
