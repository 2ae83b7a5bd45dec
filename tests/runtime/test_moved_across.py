"""An article that another source of its site meets under its new address before the first one is read."""

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
from tests.runtime.test_one_article import Town

AT = NOON + timedelta(minutes=1, seconds=7)
TEXT = "The road from Kigali to Butare opens on Monday, the minister said in the house this morning."
OTHER = "Rain fell all night over the hills in the west, and nobody was hurt there, as the mayor says."


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town with a feed, a sitemap and a push; the feed has shown /road/, and goes on to."""
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    store.enlist("worker")
    with WordPress() as site:
        site.feed("/other.xml", RSS.format(""))
        town = Town(site, tmp_path, store)
        every: dict[str, Any] = town.desk.newsroom.sources  # type: ignore[assignment]
        kept = {name: every[name] for name in ("other", "sitemap", "push")}
        every.clear()
        every |= kept
        town.desk.newsroom = replace(town.desk.newsroom)
        chart(town)
        town.poll()
        page(town, "/road/")
        item = {"title": "The road opens", "url": town.url_of("/road/"), "guid": "7", "text": TEXT}
        site.feed("/other.xml", RSS.format(ITEM.format_map(item | {"at": format_datetime(AT)})))
        town.poll()
        assert told(town) == (1, 1)
        yield town
    store.close()


def page(town: Town, path: str, title: str = "The road opens", text: str = TEXT, at: str = "") -> None:
    head = f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
    head += f'<meta property="article:published_time" content="{at or AT.isoformat()}">'
    html = f"<html lang=en><head>{head}</head><body><article><p>{text}</p></article></body></html>"
    town.site.pages[path] = Page(html.encode(), headers={"Content-Type": "text/html"})


def chart(town: Town, *paths: str) -> None:
    """The sitemap lists these."""
    urls = "".join(f"<url><loc>{town.url_of(path)}</loc></url>" for path in paths)
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    town.site.feed("/map.xml", f"<urlset {space}>{urls}</urlset>", kind="application/xml")


def push(town: Town, path: str, title: str) -> None:
    message = {"id": "9", "url": town.url_of(path), "title": title, "summary": TEXT, "lang": "en"}
    town.mail.append(message | {"published_at": AT.isoformat()})


def told(town: Town) -> tuple[int, int]:
    return len(town.posts()), town.articles()


@pytest.mark.parametrize("by", ["sitemap", "push"])
@pytest.mark.parametrize("title", ["The road opens", "A bridge is open"])
def test_where_the_old_address_leads_there_it_is_the_same_article(town: Town, by: str, title: str) -> None:
    page(town, "/bridge/", title)
    town.site.redirect("/road/", "/bridge/")
    chart(town, "/bridge/") if by == "sitemap" else push(town, "/bridge/", title)
    town.poll()
    town.poll()
    assert told(town) == (1, 1)


@pytest.mark.parametrize("by", ["sitemap", "push"])
def test_one_that_is_shown_late_at_an_address_from_before_is_the_same_article(town: Town, by: str) -> None:
    town.site.redirect("/bridge/", "/road/")
    chart(town, "/bridge/") if by == "sitemap" else push(town, "/bridge/", "A bridge is open")
    town.poll()
    town.poll()
    assert told(town) == (1, 1)
    with town.store.read() as tx:
        (article,) = tx.articles.latest(2)
    assert article.url == town.url_of("/road/")


def test_one_whose_page_may_lead_there_by_a_guess_is_another(town: Town) -> None:
    town.site.redirect("/ro/", "/road/")
    push(town, "/ro/", "A bridge is open")
    town.poll()
    assert told(town) == (2, 2)


def test_a_twin_at_another_address_is_another_article(town: Town) -> None:
    page(town, "/road-2/")
    chart(town, "/road-2/")
    town.poll()
    assert told(town) == (2, 2)


def test_where_they_have_nothing_in_common_the_way_there_proves_nothing(town: Town) -> None:
    earlier = (AT - timedelta(minutes=20)).isoformat()
    page(town, "/rain/", "Rain in the west", OTHER, earlier)
    town.site.redirect("/road/", "/rain/")
    chart(town, "/rain/")
    town.poll()
    assert told(town) == (2, 2)


def test_a_list_that_knows_both_tells_two_articles(town: Town) -> None:
    chart(town, "/road/")
    town.poll()
    page(town, "/road-2/")
    chart(town, "/road/", "/road-2/")
    town.poll()
    assert told(town) == (2, 2)


def test_no_page_is_asked_for_where_nothing_is_alike(town: Town, asked: list[str]) -> None:
    earlier = (AT - timedelta(minutes=20)).isoformat()
    page(town, "/rain/", "Rain in the west", OTHER, earlier)
    chart(town, "/rain/")
    town.poll()
    assert (told(town), asked) == ((2, 2), [])


def feed(town: Town, *items: dict[str, str]) -> None:
    usual = {"text": TEXT, "at": format_datetime(AT)}
    full = (ITEM.format_map(usual | item | {"url": town.url_of(item["url"])}) for item in items)
    town.site.feed("/other.xml", RSS.format("".join(full)))


def title(town: Town) -> str:
    with town.store.read() as tx:
        (article,) = tx.articles.latest(2)
    return article.title


def test_a_guid_of_one_second_is_its_article_where_another_source_knew_its_new_address(town: Town) -> None:
    town.site.pages["/bridge/"] = Page(b"back soon", 503)
    chart(town, "/bridge/")
    town.poll()
    assert told(town) == (1, 2)
    page(town, "/bridge/", "A bridge is open")
    feed(town, {"title": "A bridge is open", "url": "/bridge/", "guid": "7"})
    town.poll()
    town.desk.clock.forward(timedelta(minutes=5))
    town.poll()
    assert told(town) == (1, 1)
    assert title(town) == "A bridge is open"


def test_a_guid_that_is_given_to_what_stands_beside_its_article_makes_no_one_of_two(town: Town) -> None:
    road = {"title": "The road opens", "url": "/road/", "guid": "7"}
    page(town, "/bridge/", "A bridge is open", OTHER)
    feed(town, road, {"title": "A bridge is open", "url": "/bridge/", "guid": "8", "text": OTHER})
    town.poll()
    assert told(town) == (2, 2)
    feed(town, {"title": "A bridge is open", "url": "/bridge/", "guid": "7", "text": OTHER})
    town.poll()
    assert told(town) == (2, 2)


@pytest.mark.parametrize("leads", [True, False])
def test_what_a_list_showed_beside_the_feed_is_asked_once_the_new_page_answers(
    town: Town, leads: bool
) -> None:
    chart(town, "/road/")
    town.poll()
    town.site.pages["/bridge/"] = Page(b"back soon", 503)
    chart(town, "/bridge/")
    town.poll()
    assert told(town) == (1, 2)
    page(town, "/bridge/", "A bridge is open")
    if leads:
        town.site.redirect("/road/", "/bridge/")
    town.desk.clock.forward(timedelta(minutes=5))
    town.poll()
    assert told(town) == ((1, 1) if leads else (2, 2))


@pytest.mark.parametrize("leads", [True, False])
def test_a_feed_that_was_late_may_change_guid_and_slug_at_once(town: Town, leads: bool) -> None:
    road = {"title": "The road opens", "url": "/road/", "guid": "7"}
    rain = {"title": "Rain in the west", "text": OTHER}
    page(town, "/rain/", "Rain in the west", OTHER)
    chart(town, "/rain/")
    town.poll()
    feed(town, road, rain | {"url": "/rain/", "guid": "8"})
    town.poll()
    assert told(town) == (2, 2)
    page(town, "/wet/", "Rain in the west", OTHER)
    if leads:
        town.site.redirect("/rain/", "/wet/")
    feed(town, road, rain | {"url": "/wet/", "guid": "9"})
    town.poll()
    assert told(town) == ((2, 2) if leads else (3, 3))
