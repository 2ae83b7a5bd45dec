"""An article under a new address, whose old page does not answer at the poll that shows it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.services.explain import explain
from tests.fakes.site import Page, Write
from tests.fakes.wordpress import LOGIN
from tests.runtime.test_moved import ITEM, RSS, Paper, printed, told
from tests.runtime.test_moved_lists import LISTS, Opened, opening
from tests.runtime.test_one_article import Town

MINUTE = timedelta(minutes=1)
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with opening(tmp_path) as make:
        yield make


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    with printed(tmp_path) as paper:
        yield paper


def away(town: Town, path: str, how: str) -> None:
    """A page says nothing that lasts."""
    pages = {"503": Page(b"back soon", 503), "429": Page(b"slowly", 429), "login": Page(LOGIN, 200, HTML)}
    if how == "drop":
        pages["drop"] = Page(stream=lambda *_: None, headers={"Content-Length": "9"})
    town.site.pages[path] = pages[how]


def slowly(_: Write, closing: threading.Event) -> None:
    closing.wait(1)


def renamed(paper: Paper) -> dict[str, str]:
    """The third has another slug, headline and text from now on; only its second stays."""
    new = paper.item("rain", "Rain in the west, the minister says", paper.town.desk.clock.now())
    return new | {"at": paper.items[2]["at"]}


def show(paper: Paper, new: dict[str, str]) -> None:
    paper.show(*paper.items[:2], new, *paper.items[3:])


@pytest.mark.parametrize("how", ["503", "429", "login", "drop"])
def test_it_waits_until_the_old_page_has_said_that_it_leads_there(paper: Paper, how: str) -> None:
    away(paper.town, "/n2/", how)
    new = renamed(paper)
    show(paper, new)
    assert told(paper) == (5, 6)
    paper.town.site.redirect("/n2/", "/rain/")
    paper.town.poll()
    assert told(paper) == (5, 5)
    with paper.town.store.read() as tx:
        article, shown = tx.articles.get(3), tx.following.get(3)
    assert article
    assert (article.url, article.title) == (new["url"], new["title"])
    assert shown.check_at is not None
    paper.town.poll()
    assert told(paper) == (5, 5)


def test_what_its_edit_says_is_said_of_the_article_that_it_is(paper: Paper) -> None:
    away(paper.town, "/n2/", "503")
    new = renamed(paper)
    show(paper, new)
    show(paper, new | {"title": "Rain in the east, the minister says"})
    paper.town.site.redirect("/n2/", "/rain/")
    paper.town.desk.clock.forward(5 * MINUTE)
    paper.town.poll()
    assert told(paper) == (5, 5)
    with paper.town.store.read() as tx:
        article = tx.articles.get(3)
    assert article
    assert article.title == "Rain in the east, the minister says"


def test_one_whose_old_page_is_still_there_is_another_and_is_shared_then(paper: Paper) -> None:
    away(paper.town, "/n2/", "503")
    show(paper, renamed(paper))
    assert told(paper) == (5, 6)
    paper.page("n2")
    paper.town.poll()
    assert told(paper) == (6, 6)


def test_where_the_old_page_never_answers_it_is_shared_after_a_quarter_of_an_hour(paper: Paper) -> None:
    away(paper.town, "/n2/", "503")
    new = renamed(paper)
    show(paper, new)
    for _ in range(14):
        paper.town.poll()
        assert told(paper) == (5, 6)
    document = explain(paper.town.store, paper.town.desk.newsroom, new["url"], paper.town.desk.clock.now())
    assert document
    assert document["page_at"]
    paper.town.poll()
    assert told(paper) == (6, 6)


def test_what_has_nothing_in_common_with_what_went_waits_for_no_page(paper: Paper) -> None:
    away(paper.town, "/n2/", "503")
    show(paper, paper.item("rain", "Rain in the west", paper.town.desk.clock.now()))
    assert told(paper) == (6, 6)


def test_where_no_pages_are_to_be_read_the_old_one_is_asked_all_the_same(paper: Paper) -> None:
    feed = paper.town.wired("other", kind="feed", url=paper.town.site.url("/other.xml"), enrich=False)
    sources = {**paper.town.desk.newsroom.sources, "other": feed}
    paper.town.desk.newsroom = replace(paper.town.desk.newsroom, sources=sources)
    away(paper.town, "/n2/", "503")
    new = renamed(paper)
    paper.page("rain", head='<meta name="author" content="A. Uwase">')
    show(paper, new)
    assert told(paper) == (5, 6)
    paper.page("n2")
    paper.town.poll()
    assert told(paper) == (6, 6)
    with paper.town.store.read() as tx:
        article = tx.articles.get(6)
    assert article
    assert article.authors == ()


@pytest.mark.parametrize("leads", [True, False])
def test_old_pages_that_are_too_slow_for_one_poll_are_asked_again(
    paper: Paper, leads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.runtime.pages.DEADLINE", 0.2)
    paper.town.site.pages["/n2/"] = Page(stream=slowly)
    show(paper, renamed(paper))
    assert told(paper) == (5, 6)
    paper.town.site.redirect("/n2/", "/rain/") if leads else paper.page("n2")
    paper.town.poll()
    assert told(paper) == ((5, 5) if leads else (6, 6))


@LISTS
@pytest.mark.parametrize("moved", [True, False])
def test_what_moves_while_its_own_page_does_not_answer_is_one_with_what_it_leads_to(
    opened: Opened, kind: str, moved: bool
) -> None:
    paper = opened(kind)
    away(paper.town, "/rain/", "503")
    paper.came("/rain/")
    paper.show(paper.article("/snow/", "Snow in the west", paper.at(8)), "/about/")
    assert paper.told() == (1, 3)
    if moved:
        paper.town.site.redirect("/rain/", "/snow/")
    else:
        paper.article("/rain/", "Rain in the west", paper.at(7))
    paper.town.desk.clock.forward(5 * MINUTE)
    paper.read()
    assert paper.told() == ((1, 2) if moved else (2, 3))
    assert paper.url(2) == ("/snow/" if moved else "/rain/")


@LISTS
def test_parts_of_a_series_that_name_one_canonical_are_articles_each(opened: Opened, kind: str) -> None:
    paper = opened(kind)
    away(paper.town, "/part-1/", "503")
    paper.came("/part-1/")
    head = f'<link rel="canonical" href="{paper.town.url_of("/series/")}">'
    paper.came(paper.article("/part-2/", "The second part", paper.at(8), head=head))
    paper.article("/part-1/", "The first part", paper.at(7), head=head)
    paper.town.desk.clock.forward(5 * MINUTE)
    paper.read()
    assert paper.told() == (2, 3)


def test_what_its_own_list_said_of_a_move_is_kept_as_a_feed_tells_that_it_is_one(opened: Opened) -> None:
    """The list had it first, and moves it; its new page fails as the feed, by its guid, knows it there."""
    paper = opened("list")
    town = paper.town
    feed = town.wired("other", kind="feed", url=town.site.url("/other.xml"))
    town.desk.newsroom = replace(town.desk.newsroom, sources={**town.desk.newsroom.sources, "other": feed})
    town.site.feed("/other.xml", RSS.format(""))

    def show(path: str, title: str) -> None:
        town.site.feed("/list/", f'<h2><a href="{path}">{title}</a></h2>', kind="text/html")
        item = {"title": title, "url": town.url_of(path), "guid": "8", "text": "What was said of it."}
        paper.read()
        item["at"] = format_datetime(paper.at(9))
        town.site.feed("/other.xml", RSS.format(ITEM.format_map(item)))
        paper.read()

    paper.article("/rain/", "Rain in the west", paper.at(9))
    show("/rain/", "Rain in the west")
    assert paper.told() == (1, 2)
    away(town, "/wet/", "503")
    show("/wet/", "A wet day in the west")
    assert paper.told() == (1, 2)
    with town.store.read() as tx:
        article, followed = tx.articles.get(2), tx.following.get(2)
    assert article
    assert (paper.url(2), article.title) == ("/wet/", "A wet day in the west")
    assert followed.check_at is not None
