"""Old articles that are to be shared: their page is read first, waited for, done without where it fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.cadence import Cadence
from bot.domain.delivery import Delivery
from bot.domain.errors import SourceError
from bot.domain.evergreen import Evergreen
from bot.domain.post import Image
from bot.domain.routing import Match, Route
from bot.ports.newsroom import Account
from bot.ports.source import Response
from bot.services.backfill import backfill, read_first
from bot.services.evergreen import bring_back
from bot.services.explain import explain
from bot.services.late import enrich_again
from bot.services.place import place_all
from bot.services.share import share
from bot.services.unread import SOON
from tests.fakes.newsroom import NOON, Desk, entry, feed
from tests.fakes.platform import FakePlatform

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
CLASSICS = Evergreen("classics", ("site",), ("fedi",), Cadence(DAY, "", "UTC"), min_age=90 * DAY)
PAGE = b"""<html lang="en"><head><title>The road opens</title>
<meta property="og:image" content="https://news.example/road.jpg">
<meta property="og:image:alt" content="A road">
<meta property="og:description" content="The road from Kigali to Butare opens on Monday, said the minister.">
</head><body><p>x</p></body></html>"""
LOCKED = PAGE.replace(b"<p>x</p>", b'<form class="post-password-form" method="post"></form>')
CUT = "The road from Kigali to Butare opens on…"


@pytest.fixture
def old(desk_of: Callable[..., Desk], fedi: Account, everything: Route) -> Desk:
    """A desk whose source showed an article of last year, cut off, when it was first read."""
    desk = desk_of([fedi], [everything], seed=False)
    desk.poll(entry(1, published_at=NOON - 400 * DAY, summary=CUT))
    return desk


def told(body: bytes = PAGE, status: int = 200) -> Response:
    return Response("https://news.example/1/", status, {"content-type": "text/html"}, body)


def read(desk: Desk, answer: Response | None) -> int:
    """The pages that are due are asked for and answer so (None: not at all); how many there were."""
    now = desk.clock.now()
    with desk.store.read() as tx:
        due = tx.articles.to_enrich(now, 20)
    for article in due:
        steps = enrich_again(desk.store, desk.newsroom, article, now)
        next(steps)
        with suppress(StopIteration):
            _ = steps.send(answer) if answer else steps.throw(SourceError("no answer within 10 s"))
            steps.throw(SourceError("no answer"))  # the home page, for what the site says of itself
            pytest.fail("something else is asked for")
    return len(due)


def by_hand(desk: Desk, *, again: bool = False) -> None:
    with desk.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    share(desk.store, desk.newsroom, article, ["fedi"], desk.clock.now(), again=again)


def filled(desk: Desk) -> None:
    backfill(desk.store, desk.newsroom, "site", desk.clock.now(), since=NOON - 999 * DAY, limit=5)


def revived(desk: Desk) -> None:
    now = desk.clock.now()
    with desk.store.write() as tx:
        bring_back(tx, desk.newsroom, CLASSICS, now, now)
        place_all(tx, desk.newsroom, ["fedi"], now)


def row(desk: Desk) -> Delivery:
    with desk.store.read() as tx:
        return tx.outbox.list()[0]


WAYS = [by_hand, filled, revived]
"""Every way in which an old article comes to be shared."""


@pytest.mark.parametrize("way", WAYS)
def test_its_page_is_read_before_its_text_is_made(
    old: Desk, platform: FakePlatform, way: Callable[[Desk], None]
) -> None:
    way(old)
    assert old.send_all() == ["queued"]
    assert (row(old).due_at, platform.sent) == (NOON + SOON, [])
    assert "its page is read first, for what its source does not say" in row(old).detail
    assert read(old, told()) == 1
    old.clock.forward(SOON)
    assert old.send_all() == ["published"]
    assert len(platform.sent) == 1
    with old.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    assert article.image == Image("https://news.example/road.jpg", "A road")
    assert article.summary == "The road from Kigali to Butare opens on Monday, said the minister."


def test_it_is_read_once_for_all_its_shares(old: Desk, platform: FakePlatform) -> None:
    by_hand(old)
    read(old, told(b"<title>The road opens</title>"))
    assert old.send_all() == ["published"]
    by_hand(old, again=True)
    assert old.send_all() == ["published"]
    assert (read(old, None), len(platform.sent)) == (0, 2)


@pytest.mark.parametrize("way", WAYS)
def test_a_page_that_does_not_answer_is_waited_for_as_news_waits_and_then_done_without(
    old: Desk, platform: FakePlatform, way: Callable[[Desk], None]
) -> None:
    way(old)
    asked = 0
    for _ in range(20):
        old.send_all()
        asked += read(old, None)
        old.clock.forward(MINUTE)
    assert asked == 4
    (sent,) = platform.sent
    assert sent.at == NOON + 16 * MINUTE
    document = explain(old.store, old.newsroom, "1", old.clock.now())
    assert document is not None
    assert document["page_trouble"] == "no answer within 10 s"
    assert "page_at" not in document


def test_a_poller_that_never_comes_to_it_loses_no_share(old: Desk, platform: FakePlatform) -> None:
    by_hand(old)
    for _ in range(18):
        old.send_all()
        old.clock.forward(MINUTE)
    assert [sent.at for sent in platform.sent] == [NOON + 16 * MINUTE]


@pytest.mark.parametrize(
    ("way", "states"), [(by_hand, ["published"]), (filled, ["skipped"]), (revived, ["skipped"])]
)
@pytest.mark.parametrize(
    ("answer", "why"),
    [(told(status=404), "its page answers 404"), (told(LOCKED), "its page asks for a password")],
)
def test_what_is_not_there_any_more_is_shared_on_a_persons_word_alone(
    old: Desk, way: Callable[[Desk], None], states: list[str], answer: Response, why: str
) -> None:
    way(old)
    ended: list[str] = []
    for _ in range(20):
        read(old, answer)
        ended += [state for state in old.send_all() if state != "queued"]
        old.clock.forward(MINUTE)
    assert ended == states
    assert (row(old).detail == why) == (states == ["skipped"])


def test_a_page_that_is_not_found_but_once_is_no_reason(old: Desk, platform: FakePlatform) -> None:
    revived(old)
    for answer in (told(status=404), None, told(status=404), None):
        old.send_all()
        read(old, answer)
        old.clock.forward(10 * MINUTE)
    assert len(platform.sent) == 1


def test_a_share_that_soon_is_too_old_goes_without_its_page(old: Desk, platform: FakePlatform) -> None:
    now = old.clock.now()
    with old.store.write() as tx:
        rule = replace(CLASSICS, when=Cadence(5 * MINUTE, "", "UTC"))
        bring_back(tx, old.newsroom, rule, now, now)
        place_all(tx, old.newsroom, ["fedi"], now)
    for _ in range(6):
        read(old, None)
        old.send_all()
        old.clock.forward(MINUTE)
    assert [sent.at for sent in platform.sent] == [NOON + 4 * MINUTE]


def test_news_and_what_needs_no_page_wait_for_none(old: Desk, platform: FakePlatform) -> None:
    picture = {"summary": "The road from Kigali to Butare opens on Monday.", "lang": "en"}
    old.poll(entry(2, published_at=NOON), entry(3, published_at=NOON, **picture))
    assert set(old.send_all()) == {"published"}
    off = replace(old.newsroom, sources={"site": feed("site", enrich=False)})
    old.newsroom = off
    by_hand(old)
    assert old.send_all() == ["published"]
    assert (len(platform.sent), read(old, None)) == (3, 0)


def test_an_edit_while_it_waits_is_kept_and_its_page_not_asked_for_anew(old: Desk) -> None:
    by_hand(old)
    old.poll(entry(1, published_at=NOON - 400 * DAY, summary=CUT, title="The road is closed"))
    assert read(old, told()) == 1
    with old.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    assert (article.title, article.page_asked_at) == ("The road is closed", NOON)
    assert old.send_all() == ["published"]


def asked_first(desk: Desk, answer: Response | SourceError, limit: int = 5) -> tuple[list[int], list[str]]:
    """`sharewire backfill`, whose pages all answer so: how many were asked for by and by, and the shares."""
    counted: list[int] = []
    what, now, since = (desk.store, desk.newsroom, "site"), desk.clock.now(), NOON - 999 * DAY
    steps = read_first(*what, now, since=since, limit=limit, tell=counted.append)
    with suppress(StopIteration):
        next(steps)
        while True:
            _ = steps.throw(answer) if isinstance(answer, SourceError) else steps.send(answer)
    backfill(*what, now, since=since, limit=limit)
    return counted, desk.states()


@pytest.fixture
def choosy(desk_of: Callable[..., Desk], fedi: Account) -> Desk:
    """A feed that says nothing of languages, and routes that ask for them."""
    routes = [Route(lang, ("site",), ("fedi",), match=Match(languages=(lang,))) for lang in ("en", "fr")]
    desk = desk_of([fedi], routes, seed=False)
    desk.poll(
        *(entry(n, published_at=NOON - n * DAY, summary="", title=f"{n}", lang="") for n in range(1, 4))
    )
    return desk


def test_where_routes_choose_a_backfill_reads_pages_before_it_decides(choosy: Desk) -> None:
    assert asked_first(choosy, told(), limit=2) == ([1, 2], ["fedi queued", "fedi queued"])
    with choosy.store.read() as tx:
        rows = sorted(tx.outbox.list(), key=lambda row: row.id)
    assert [(row.article, row.route) for row in rows] == [(1, "en"), (2, "en")]
    assert asked_first(choosy, told()) == ([1], ["fedi queued"] * 3)


def test_a_page_of_another_language_leaves_the_article_to_no_route(choosy: Desk) -> None:
    said = b"Umuhanda uva i Kigali ujya i Butare uzafungurwa ku wa mbere, minisitiri yabivuze mu nteko."
    page = re.sub(rb"The road from [^\"]+", said, PAGE).replace(b'lang="en"', b'lang="rw"')
    assert asked_first(choosy, told(page)) == ([1, 2, 3], [])


def test_a_page_that_does_not_answer_is_decided_without(choosy: Desk) -> None:
    assert asked_first(choosy, SourceError("no answer within 10 s")) == ([1, 2, 3], [])
    with choosy.store.read() as tx:
        assert tx.articles.page_due(1) == NOON + MINUTE


def test_where_a_route_takes_all_nothing_is_read_in_advance(old: Desk) -> None:
    assert asked_first(old, told()) == ([], ["fedi queued"])


def test_an_address_alone_is_read_whatever_the_routes(
    desk_of: Callable[..., Desk], fedi: Account, everything: Route
) -> None:
    desk = desk_of([fedi], [everything], seed=False)
    desk.poll(entry(1, title="", summary="", lang="", bare=True))
    assert asked_first(desk, told()) == ([1], ["fedi queued"])


def test_what_its_source_excludes_is_not_filled_in(
    desk_of: Callable[..., Desk], fedi: Account, everything: Route
) -> None:
    sources = [replace(feed("site"), exclude=Match(tags_any=("nosocial",)))]
    desk = desk_of([fedi], [everything], sources=sources, seed=False)
    desk.poll(entry(1, tags=("nosocial",)), entry(2, published_at=NOON - DAY))
    assert asked_first(desk, told())[1] == ["fedi queued"]
