"""An article of which a hub's push shows the new address before its feed is read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.runtime.poller import Poller
from tests.fakes.newsroom import NOON
from tests.runtime.test_moved import ITEM, RSS, Paper, printed, told


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    with printed(tmp_path) as paper:
        yield paper


def pushed(paper: Paper, *items: dict[str, str]) -> None:
    """The hub sends these; then the feed, which shows them and all but the third of the others, is read."""
    body = RSS.format("".join(map(ITEM.format_map, items))).encode()

    async def once() -> None:
        desk = paper.town.desk
        async with Fetcher("") as fetcher, Offloader() as offload:
            poller = Poller(
                desk.store, lambda: desk.newsroom, "worker", desk.clock, fetcher, offload, lambda: None
            )
            await poller.pushed("other", body, {"content-type": "application/rss+xml"})
            await poller.close()

    asyncio.run(once())
    paper.town.desk.send_all()
    paper.town.desk.clock.forward(timedelta(minutes=1))
    paper.show(*items, *paper.items[:2], *paper.items[3:])


@pytest.mark.parametrize("by", ["redirect", "second"])
def test_it_is_the_same_where_the_old_page_leads_there_or_is_gone(paper: Paper, by: str) -> None:
    old = paper.items[2]
    new = paper.item("rain", "Rain in the west", NOON + timedelta(hours=2), text=old["text"])
    if by == "redirect":
        paper.town.site.redirect("/n2/", "/rain/")
    else:
        new |= {"title": old["title"], "at": old["at"]}
        paper.page("n2", status=404)
    pushed(paper, new)
    assert told(paper) == (5, 5)
    with paper.town.store.read() as tx:
        article = tx.articles.get(3)
    assert article
    assert (article.url, article.title) == (new["url"], new["title"])


def test_what_stands_beside_one_of_its_title_and_second_is_another(paper: Paper) -> None:
    old = paper.items[2]
    pushed(paper, paper.item("rain", old["title"], NOON) | {"at": old["at"]})
    assert told(paper) == (6, 6)


def test_what_is_pushed_together_is_two(paper: Paper) -> None:
    old = paper.items[2]
    paper.page("n2", status=404)
    pushed(paper, paper.item("rain", old["title"], NOON) | {"at": old["at"]}, old)
    assert told(paper) == (6, 6)


def test_news_is_shared_though_an_old_page_leads_there(paper: Paper) -> None:
    paper.town.site.redirect("/n2/", "/rain/")
    pushed(paper, paper.item("rain", "Rain in the west", paper.town.desk.clock.now()))
    assert told(paper) == (6, 6)
