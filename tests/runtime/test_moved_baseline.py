"""What came out shortly before the first start, and gets another name after it, is no news."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.storage.store import open_store
from tests.fakes.newsroom import NOON
from tests.fakes.site import Page
from tests.fakes.wordpress import WordPress
from tests.runtime.test_moved import ITEM, RSS
from tests.runtime.test_moved_across import OTHER, TEXT, chart, page, told
from tests.runtime.test_one_article import Town

AT = NOON - timedelta(minutes=20, seconds=7)
SOURCES = ("other", "sitemap", "push")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town whose feed showed /road/ as it was first read, twenty minutes after it came out."""
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    store.enlist("worker")
    with WordPress() as site:
        town = Town(site, tmp_path, store)
        every: dict[str, Any] = town.desk.newsroom.sources  # type: ignore[assignment]
        kept = {name: every[name] for name in SOURCES}
        every.clear()
        every |= kept
        town.desk.newsroom = replace(town.desk.newsroom)
        chart(town)
        page(town, "/road/", at=AT.isoformat())
        feed(town, "/road/", "The road opens", TEXT)
        town.poll()
        assert told(town) == (0, 1)
        yield town
    store.close()


def feed(town: Town, path: str, title: str, text: str) -> None:
    url = town.url_of(path)
    item = {"title": title, "url": url, "guid": url, "text": text, "at": format_datetime(AT)}
    town.site.feed("/other.xml", RSS.format(ITEM.format_map(item)))


def show(town: Town, by: str) -> None:
    """A source has the article under another slug, with another headline and text."""
    page(town, "/bridge/", "A bridge is open", OTHER, AT.isoformat())
    if by == "sitemap":
        chart(town, "/bridge/")
    elif by == "push":
        message = {"id": "9", "url": town.url_of("/bridge/"), "title": "A bridge is open", "summary": OTHER}
        town.mail.append(message | {"published_at": AT.isoformat(), "lang": "en"})
    else:
        feed(town, "/bridge/", "A bridge is open", OTHER)
    town.poll()


@pytest.mark.parametrize("by", SOURCES)
def test_its_new_slug_and_headline_are_not_shared(town: Town, by: str) -> None:
    town.site.redirect("/road/", "/bridge/")
    show(town, by)
    town.poll()
    assert told(town) == (0, 1)


@pytest.mark.parametrize("by", SOURCES)
def test_nor_where_its_old_page_answers_later(town: Town, by: str) -> None:
    town.site.pages["/road/"] = Page(b"back soon", 503)
    show(town, by)
    assert told(town) == (0, 2)
    town.site.redirect("/road/", "/bridge/")
    town.desk.clock.forward(timedelta(minutes=5))
    town.poll()
    town.poll()
    assert told(town) == (0, 1)


@pytest.mark.parametrize("by", ["sitemap", "push"])
def test_one_of_the_same_second_is_news_where_the_old_page_is_there(town: Town, by: str) -> None:
    show(town, by)
    town.poll()
    assert told(town) == (1, 2)
