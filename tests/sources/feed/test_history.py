"""Going back in a feed: by its own links, by WordPress's page numbers, and where there is nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.domain.errors import SourceError
from bot.http.drive import drive
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.source import Cursor, HistoricalSource, Request
from bot.sources.feed import Connector, FeedOptions
from tests.fakes.site import Page, Site


def rss(*numbers: int, head: str = "") -> bytes:
    items = "".join(
        f"<item><title>T{n}</title><link>https://example.org/{n}/</link><guid>{n}</guid></item>"
        for n in numbers
    )
    return (
        f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>S</title>{head}'
        f"{items}</channel></rss>"
    ).encode()


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def pages(site: Site, path: str = "/feed/", most: int = 20) -> list[list[str]]:
    """The titles of each page, until there is no further one."""

    async def walk() -> list[list[str]]:
        connector = Connector(FeedOptions(kind="feed", url=site.url(path)))
        assert isinstance(connector, HistoricalSource)
        out: list[list[str]] = []
        cursor: Cursor = {}
        async with Fetcher("") as fetcher, Offloader() as offload:
            while len(out) < most:
                page = await drive(connector.history(cursor), fetcher, private=site.host, offload=offload)
                out.append([entry.title for entry in page.entries])
                if not (cursor := page.cursor):
                    break
        return out

    return asyncio.run(walk())


def wordpress(last: int, past_the_end: Page) -> Callable[[Request], Page | None]:
    """Two a page, by ?paged=N."""

    def answer(request: Request) -> Page | None:
        number = int(parse_qs(urlsplit(request.url).query).get("paged", ["1"])[0])
        if number > last:
            return past_the_end
        return Page(rss(2 * number, 2 * number - 1), headers={"Content-Type": "application/rss+xml"})

    return answer


@pytest.mark.parametrize(
    "past_the_end",
    [
        Page(status=404),
        Page(rss(), headers={"Content-Type": "application/rss+xml"}),
        Page(b"<html><title>Not found</title></html>", headers={"Content-Type": "text/html"}),
    ],
)
def test_wordpress_is_asked_page_by_page_until_it_has_no_more(site: Site, past_the_end: Page) -> None:
    site.live = wordpress(3, past_the_end)
    assert pages(site) == [["T2", "T1"], ["T4", "T3"], ["T6", "T5"], []]


def test_a_query_of_the_feeds_own_is_kept(site: Site) -> None:
    site.live = wordpress(2, Page(status=404))
    assert pages(site, "/?feed=rss2&cat=3") == [["T2", "T1"], ["T4", "T3"], []]
    assert [urlsplit(each.url).query for each in site.asked][1] == "feed=rss2&cat=3&paged=2"


def test_a_site_that_knows_no_pages_is_asked_once_more_and_no_further(site: Site) -> None:
    site.live = lambda _: Page(rss(1, 2), headers={"Content-Type": "application/rss+xml"})
    assert pages(site) == [["T1", "T2"], []]


@pytest.mark.parametrize("rel", ["next", "prev-archive"])
def test_a_feeds_own_links_are_followed_to_their_end(site: Site, rel: str) -> None:
    for name, number, further in (("/feed/", 3, "a"), ("/feed/a", 2, "b"), ("/feed/b", 1, "")):
        head = f'<atom:link rel="{rel}" href="/feed/{further}"/>' if further else ""
        site.feed(name, rss(number, head=head))
    assert pages(site) == [["T3"], ["T2"], ["T1"]]
    assert len(site.asked) == 3


def test_json_feeds_have_a_next_url(site: Site) -> None:
    def page(number: int, further: str) -> str:
        more = f', "next_url": "{site.url(further)}"' if further else ""
        item = f'{{"id": "{number}", "url": "https://example.org/{number}/", "title": "T{number}"}}'
        return f'{{"version": "https://jsonfeed.org/version/1.1", "title": "S"{more}, "items": [{item}]}}'

    site.feed("/feed/", page(2, "/feed/2"), kind="application/feed+json")
    site.feed("/feed/2", page(1, ""), kind="application/feed+json")
    assert pages(site) == [["T2"], ["T1"]]


def test_links_that_go_round_in_a_circle_end(site: Site) -> None:
    site.feed("/feed/", rss(2, head='<atom:link rel="next" href="/feed/b"/>'))
    site.feed("/feed/b", rss(1, head='<atom:link rel="next" href="/feed/"/>'))
    assert pages(site) == [["T2"], ["T1"]]


def test_a_link_to_another_host_is_not_followed(site: Site) -> None:
    site.feed("/feed/", rss(2, head='<atom:link rel="next" href="https://elsewhere.example/feed"/>'))
    assert pages(site) == [["T2"], []]
    assert urlsplit(site.asked[1].url).query == "paged=2"


def test_what_is_no_feed_is_an_error_on_the_first_page(site: Site) -> None:
    site.pages["/feed/"] = Page(b"<html></html>", headers={"Content-Type": "text/html"})
    with pytest.raises(SourceError, match="answers a web page, not a feed"):
        pages(site)


def test_a_server_in_trouble_is_an_error_on_any_page(site: Site) -> None:
    site.live = wordpress(2, Page(status=503))
    with pytest.raises(SourceError, match="503"):
        pages(site)
