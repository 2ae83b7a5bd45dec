"""A pushed article whose next push was lost, and that another source shows under another address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.storage.store import open_store
from tests.fakes.newsroom import NOON
from tests.fakes.site import Page
from tests.fakes.wordpress import WordPress
from tests.runtime.test_moved import ITEM, RSS
from tests.runtime.test_one_article import Town

AT = NOON + timedelta(minutes=1, seconds=7)
TEXT = "The road from Kigali to Butare opens on Monday, the minister said in the house this morning."
OTHER = "Rain fell all night over the hills in the west, and nobody was hurt there, as the mayor says."


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town with a push and a feed; the CMS has pushed /road/."""
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    store.enlist("worker")
    with WordPress() as site:
        site.feed("/other.xml", RSS.format(""))
        town = Town(site, tmp_path, store)
        every: dict[str, Any] = town.desk.newsroom.sources  # type: ignore[assignment]
        kept = {name: every[name] for name in ("push", "other")}
        every.clear()
        every |= kept
        town.desk.newsroom = replace(town.desk.newsroom)
        town.poll()
        page(town, "/road/")
        push(town, "/road/", "The road opens")
        town.poll()
        assert len(town.posts()) == 1
        yield town
    store.close()


def page(town: Town, path: str, status: int = 200) -> None:
    town.site.pages[path] = Page(b"<html lang=en></html>", status, {"Content-Type": "text/html"})


def push(town: Town, path: str, title: str, id_: str = "7", at: datetime = AT) -> None:
    message = {"id": id_, "url": town.url_of(path), "title": title, "summary": TEXT, "lang": "en"}
    town.mail.append(message | {"published_at": at.isoformat()})


def show(town: Town, path: str, title: str, **values: str) -> None:
    town.desk.clock.forward(timedelta(minutes=30))
    url = town.url_of(path)
    page(town, path)
    usual = {"title": title, "url": url, "guid": url, "at": format_datetime(AT), "text": TEXT}
    town.site.feed("/other.xml", RSS.format(ITEM.format_map(usual | values)))
    town.poll()


def told(town: Town) -> tuple[int, int]:
    return len(town.posts()), town.articles()


def url(town: Town) -> str:
    with town.store.read() as tx:
        article = tx.articles.get(1)
    assert article
    return article.url.removeprefix(town.url_of(""))


@pytest.mark.parametrize("agrees", ["date", "summary"])
def test_where_the_old_address_leads_there_it_is_the_same_article(town: Town, agrees: str) -> None:
    town.site.redirect("/road/", "/bridge/")
    at, text = (AT, OTHER) if agrees == "date" else (AT + timedelta(minutes=20), TEXT)
    show(town, "/bridge/", "A bridge is open", at=format_datetime(at), text=text)
    town.poll()
    assert told(town) == (1, 1)
    assert url(town) == "/bridge/"


@pytest.mark.parametrize("status", [404, 200])
def test_title_and_second_are_proof_only_where_the_old_page_is_gone(town: Town, status: int) -> None:
    page(town, "/road/", status)
    show(town, "/bridge/", "The road opens", text=OTHER)
    assert told(town) == ((1, 1) if status == 404 else (2, 2))


def test_the_number_that_the_push_and_the_guid_give_alike_is_enough_with_the_old_address(town: Town) -> None:
    town.site.redirect("/road/", "/bridge/")
    later = format_datetime(AT + timedelta(minutes=20))
    show(town, "/bridge/", "A bridge is open", guid=town.url_of("/?p=7"), text=OTHER, at=later)
    assert told(town) == (1, 1)


def test_the_same_number_alone_proves_nothing(town: Town) -> None:
    later = format_datetime(AT + timedelta(minutes=20))
    show(town, "/bridge/", "A bridge is open", guid=town.url_of("/?p=7"), text=OTHER, at=later)
    assert told(town) == (2, 2)


def test_what_is_pushed_under_the_guid_itself_is_known_by_its_number(town: Town, asked: list[str]) -> None:
    page(town, "/rain/")
    push(town, "/rain/", "Rain in the west", town.url_of("/?p=9"))
    town.poll()
    later = format_datetime(AT + timedelta(minutes=20))
    show(town, "/snow/", "Snow in the west", guid=town.url_of("/?p=9"), text=OTHER, at=later)
    assert told(town) == (2, 2)
    assert not asked


@pytest.mark.parametrize(
    ("title", "hours", "text"),
    [("A bridge is open", 0.1, OTHER), ("The road opens", 20, TEXT), ("Other", 20, TEXT)],
)
def test_news_to_which_the_old_page_leads_is_shared_where_nothing_agrees(
    town: Town, title: str, hours: float, text: str, asked: list[str]
) -> None:
    town.site.redirect("/road/", "/new/")
    town.desk.clock.forward(timedelta(hours=hours))
    show(town, "/new/", title, text=text, at=format_datetime(AT + timedelta(hours=hours)))
    assert told(town) == (2, 2)
    assert not asked


def test_what_the_feed_has_met_is_not_asked_for(town: Town, asked: list[str]) -> None:
    show(town, "/road/", "The road opens")
    town.site.redirect("/road/", "/bridge/")
    url = town.url_of("/road/")
    old = {"title": "The road opens", "url": url, "guid": url, "at": format_datetime(AT), "text": TEXT}
    new = old | {"title": "A bridge is open", "url": town.url_of("/bridge/"), "guid": "b"}
    page(town, "/bridge/")
    town.site.feed("/other.xml", RSS.format(ITEM.format_map(new) + ITEM.format_map(old)))
    town.poll()
    assert told(town) == (2, 2)
    assert not asked


def test_after_a_day_it_is_asked_for_no_more(town: Town, asked: list[str]) -> None:
    town.site.redirect("/road/", "/bridge/")
    town.desk.clock.forward(timedelta(hours=25))
    show(town, "/bridge/", "The road opens")
    assert told(town) == (2, 2)
    assert not asked


def test_the_headline_that_the_feed_dates_later_is_taken_from_it(town: Town) -> None:
    town.site.redirect("/road/", "/bridge/")
    page(town, "/bridge/")
    item = {"id": "b", "url": town.url_of("/bridge/"), "title": "A bridge is open", "summary": TEXT}
    dates = {"date_published": AT.isoformat(), "date_modified": (AT + timedelta(seconds=30)).isoformat()}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Town", "items": [item | dates]}
    town.desk.clock.forward(timedelta(minutes=5))
    town.site.feed("/other.xml", json.dumps(feed), kind="application/feed+json")
    town.poll()
    assert told(town) == (1, 1)
    with town.store.read() as tx:
        article = tx.articles.get(1)
    assert article
    assert (article.source, article.title) == ("push", "A bridge is open")
