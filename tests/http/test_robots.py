"""Pages that only a source named are read if their site lets programs read them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.domain.article import Entry
from bot.domain.errors import SourceError
from bot.http.fetch import Fetcher
from bot.http.robots import Robots
from bot.ports.source import Request, Response
from tests.fakes.site import Page, Site

CLOSED = b"User-agent: *\nDisallow: /members/\n\nUser-agent: Sharewire\nDisallow: /drafts/\n"


def asked(status: int, body: bytes, *paths: str) -> tuple[list[str], int]:
    """What comes of reading these pages, and how often robots.txt was asked for."""
    fetched: list[str] = []

    async def get(request: Request) -> Response:
        fetched.append(request.url)
        return Response(request.url, status, {}, body)

    async def run() -> list[str]:
        robots, said = Robots("Sharewire/1.0 (+https://example.org/)"), []
        for path in paths:
            try:
                await robots.check(f"https://news.example{path}", get)
                said.append("read")
            except SourceError as error:
                said.append("barred" if error.barred else "later")
        return said

    return asyncio.run(run()), len(fetched)


def test_the_rules_for_us_are_kept_and_read_once() -> None:
    paths = ("/a/", "/drafts/1", "/members/1", "/b/")
    assert asked(200, CLOSED, *paths) == (["read", "barred", "read", "read"], 1)


@pytest.mark.parametrize(
    ("status", "body", "said", "times"),
    [
        (404, b"", ["read", "read"], 1),
        (403, b"", ["read", "read"], 1),
        (200, b"", ["read", "read"], 1),
        (200, b"<html>not rules</html>", ["read", "read"], 1),
        (200, b"User-agent: *\nDisallow: /\n", ["barred", "barred"], 1),
        (503, b"", ["later", "later"], 2),
    ],
)
def test_no_rules_mean_yes_and_no_answer_means_later(
    status: int, body: bytes, said: list[str], times: int
) -> None:
    assert asked(status, body, "/a/", "/b/") == (said, times)


def test_a_fetcher_asks_for_pages_and_not_for_what_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.http.guard.is_public", lambda _: True)
    with Site() as site:
        site.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /a/\n")
        site.pages["/a/"] = Page(b"page")

        async def run() -> tuple[int, bool]:
            async with Fetcher("") as fetcher:
                named = await fetcher.get(Request(site.url("/a/")))
                with pytest.raises(SourceError) as caught:
                    await fetcher.get(Request(site.url("/a/"), robots=True))
                return named.status, caught.value.barred

        assert asyncio.run(run()) == (200, True)
        assert [each.url for each in site.asked] == ["/a/", "/robots.txt"]


def test_an_article_whose_page_is_closed_goes_on_without_it() -> None:
    from bot.services.pages import pages

    entry = Entry("g", "https://news.example/a/", "Title", published_at=datetime(2026, 11, 24, tzinfo=UTC))
    steps = pages([entry])
    assert next(steps).robots
    with pytest.raises(StopIteration) as ended:
        steps.throw(SourceError("closed", barred=True))
    assert ended.value.value == {"g": entry}
