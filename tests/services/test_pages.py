"""Articles known by their address alone: what their page says, denies or does not say."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.article import Entry
from bot.domain.errors import SourceError
from bot.ports.source import Harvest, Response
from bot.services.decide import decide_articles
from bot.services.ingest import take_in
from bot.services.late import enrich_again
from bot.services.pages import UNREAD, news_among, pages, wants_pages
from bot.services.share import article_at
from tests.fakes.newsroom import NOON, Desk

URL = "https://news.example/1/"
NO_ARTICLES = [("website", ""), ("profile", ""), ("", "page"), ("", "archive tag")]
ARTICLE = """<html lang="en"><head><title>The road opens</title><meta property="og:type" content="{kind}">
<meta property="og:description" content="The road from Kigali to Butare opens on Monday, said the minister.">
<meta name="generator" content="WordPress 6.8"></head><body class="{body}"><p>x</p></body></html>"""


def page(kind: str = "article", body: str = "") -> Response:
    html = ARTICLE.format(kind=kind, body=body).replace('<meta property="og:type" content="">', "")
    return Response(URL, 200, {"content-type": "text/html"}, html.encode())


def bare(**values: object) -> Entry:
    return Entry(guid=URL, url=URL, title="", bare=True, **values)  # type: ignore[arg-type]


def meet(desk: Desk, entry: Entry, answer: Response | None) -> None:
    """The source lists the entry, and its page answers so (None: not at all)."""
    feed, now = desk.newsroom.sources["site"], desk.clock.now()
    with desk.store.read() as tx:
        row = tx.sources.rows()["site"]
    harvest = Harvest((entry,), {})
    fresh = news_among(desk.store, feed, wants_pages(feed, harvest, row), row, now)
    steps = pages(fresh)
    enriched = {}
    if fresh:
        next(steps)
        try:
            _ = steps.send(answer) if answer else steps.throw(SourceError("no answer"))
        except StopIteration as end:
            enriched = end.value
    take_in(desk.store, desk.newsroom, feed, row, harvest, enriched, now)
    decide_articles(desk.store, desk.newsroom, now)


def rule(desk: Desk) -> str:
    with desk.store.read() as tx:
        return tx.articles.decisions(1)[-1].rule


def test_an_article_known_by_its_address_is_what_its_page_says(desk: Desk) -> None:
    meet(desk, bare(), page())
    assert desk.states() == ["fedi queued"]
    with desk.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    assert (article.title, article.lang) == ("The road opens", "en")


def test_a_page_that_says_nothing_of_itself_may_be_an_article(desk: Desk) -> None:
    meet(desk, bare(), page(kind=""))
    assert desk.states() == ["fedi queued"]


@pytest.mark.parametrize(("kind", "body"), NO_ARTICLES)
def test_a_page_that_is_no_article_is_not_shared(desk: Desk, kind: str, body: str) -> None:
    meet(desk, bare(), page(kind, body))
    assert desk.states() == []
    assert rule(desk) == "its page says that it is no article"


def test_an_address_whose_page_never_answers_is_not_shared(desk: Desk) -> None:
    meet(desk, bare(), None)
    for minutes in (1, 4, 10, 10):
        desk.clock.forward(timedelta(minutes=minutes))
        again(desk, None)
    assert desk.states() == []
    assert rule(desk) == UNREAD


def test_a_page_that_answers_late_is_shared_late(desk: Desk) -> None:
    meet(desk, bare(), None)
    assert desk.states() == []
    desk.clock.forward(timedelta(minutes=2))
    again(desk, page())
    assert desk.states() == ["fedi queued"]


def again(desk: Desk, answer: Response | None) -> None:
    with desk.store.read() as tx:
        waiting = tx.articles.to_enrich(desk.clock.now(), 10)
    for article in waiting:
        steps = enrich_again(desk.store, desk.newsroom, article, desk.clock.now())
        next(steps)
        with suppress(StopIteration):
            _ = steps.send(answer) if answer else steps.throw(SourceError("no answer"))
    decide_articles(desk.store, desk.newsroom, desk.clock.now())


def test_what_was_last_changed_before_we_started_is_no_news(desk: Desk) -> None:
    meet(desk, bare(updated_at=NOON - timedelta(days=9)), page())
    assert desk.states() == []


def test_a_day_without_an_hour_is_any_hour_of_it(desk: Desk) -> None:
    meet(desk, bare(updated_at=NOON.replace(hour=0)), page())
    assert desk.states() == ["fedi queued"]


TEASER = "By Alice Uwase 2 Min Read The road from Kigali to…"
SAID = "The road from Kigali to Butare opens on Monday, said the minister."


def cut(**values: object) -> Entry:
    return Entry(guid=URL, url=URL, title="The road opens", summary=TEASER, lang="en", **values)  # type: ignore[arg-type]


def summary(desk: Desk) -> tuple[str, str]:
    with desk.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    return article.title, article.summary


def test_an_edit_in_the_feed_has_the_page_read_again(desk: Desk) -> None:
    meet(desk, cut(), page())
    desk.clock.forward(timedelta(minutes=5))
    html = ARTICLE.format(kind="article", body="").replace("opens on Monday", "opens on Tuesday")
    meet(
        desk,
        replace(cut(), title="The road opens later"),
        Response(URL, 200, {"content-type": "text/html"}, html.encode()),
    )
    assert summary(desk) == ("The road opens later", SAID.replace("Monday", "Tuesday"))


def test_an_edit_whose_page_cannot_be_read_keeps_the_summary_it_had(desk: Desk) -> None:
    meet(desk, cut(), page())
    desk.clock.forward(timedelta(minutes=5))
    meet(desk, replace(cut(), title="The road opens later"), None)
    assert summary(desk) == ("The road opens later", SAID)


def test_what_did_not_change_has_its_page_read_once(desk: Desk) -> None:
    meet(desk, cut(), page())
    with desk.store.read() as tx:
        row = tx.sources.rows()["site"]
    feed = desk.newsroom.sources["site"]
    wanting = wants_pages(feed, Harvest((cut(),), {}), row)
    assert len(wanting) == 1
    assert news_among(desk.store, feed, wanting, row, desk.clock.now()) == []


def test_what_changes_at_every_poll_has_its_page_read_once_an_hour(desk: Desk) -> None:
    meet(desk, cut(), page())
    feed, read = desk.newsroom.sources["site"], 0
    for poll in range(1, 13):
        desk.clock.forward(timedelta(minutes=10))
        counter = replace(cut(), title=f"The road opens ({poll} comments)")
        with desk.store.read() as tx:
            row = tx.sources.rows()["site"]
        wanting = wants_pages(feed, Harvest((counter,), {}), row)
        if news_among(desk.store, feed, wanting, row, desk.clock.now()):
            read += 1
            meet(desk, counter, page())
        else:
            desk.poll(counter)
    assert read == 1


def test_a_short_summary_that_the_desk_wrote_anew_stands(desk: Desk) -> None:
    whole = replace(cut(), summary="The road from Kigali to Butare opens on Monday after all.")
    meet(desk, whole, page())
    desk.clock.forward(timedelta(minutes=5))
    meet(desk, replace(whole, summary="It opens on Sunday."), None)
    assert summary(desk)[1] == "It opens on Sunday."


def test_a_headline_like_a_gates_has_its_page_read(desk: Desk) -> None:
    html = page().body.replace(b"The road", b"Access denied: the road")
    html = html.replace(b"Access denied: the road opens", b"Access denied")
    answer = Response(URL, 200, {"content-type": "text/html"}, html)
    meet(desk, replace(bare(), title="Access denied", published_at=NOON), answer)
    assert desk.states() == ["fedi queued"]
    assert summary(desk)[1].startswith("Access denied: the road from Kigali")


SLOGAN = b"The leading source of news from Rwanda and all of the region."
TOLD = b'<html lang="en"><head><title>Rain</title><meta property="og:description" content="%s"></head></html>'
HTML = {"content-type": "text/html"}


def read(entries: list[Entry], homes: dict[str, Response | None]) -> tuple[dict[str, str], list[str]]:
    """Summaries by guid, where pages say the slogan and home pages so (None: nothing); what was asked."""
    asked: list[str] = []
    steps = pages(entries)
    try:
        request = next(steps)
        while True:
            asked.append(request.url)
            answer = homes.get(
                request.url, Response(request.url, 200, {"content-type": "text/html"}, TOLD % SLOGAN)
            )
            request = steps.send(answer) if answer else steps.throw(SourceError("no answer"))
    except StopIteration as end:
        return {guid: entry.summary for guid, entry in end.value.items()}, asked


def untold(number: int) -> Entry:
    return Entry(guid=f"{number}", url=f"https://news.example/{number}/", title="Rain")


@pytest.mark.parametrize(
    ("home", "summary"),
    [
        (TOLD % SLOGAN, ""),
        (b'<meta name="description" content="' + SLOGAN + b'">', ""),
        (TOLD % b"Another thing that a home page may well say of itself.", SLOGAN.decode()),
        (None, SLOGAN.decode()),
    ],
)
def test_what_may_be_the_sites_description_is_compared_with_its_home_page_once(
    home: bytes | None, summary: str
) -> None:
    url = "https://news.example/"
    answer = Response(url, 200, HTML, home) if home else None
    said, asked = read([untold(1), untold(2)], {url: answer})
    assert said == {"1": summary, "2": summary}
    assert asked == ["https://news.example/1/", url, "https://news.example/2/"]


def test_a_home_page_is_not_asked_for_itself() -> None:
    said, asked = read([replace(untold(1), url="https://news.example/")], {})
    assert (len(asked), said["1"]) == (1, SLOGAN.decode())


def test_an_address_that_a_person_names_is_not_told_by_its_site_either() -> None:
    home = Response("https://news.example/", 200, HTML, TOLD % SLOGAN)
    steps = article_at(URL, NOON)
    next(steps)
    assert steps.send(Response(URL, 200, HTML, TOLD % SLOGAN)).url == home.url
    with pytest.raises(StopIteration) as done:
        steps.send(home)
    assert (done.value.value.title, done.value.value.summary) == ("Rain", "")
