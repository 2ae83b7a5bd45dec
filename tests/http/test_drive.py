"""Driving a source's generator against a real server."""

import asyncio
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from bot.domain.errors import SourceError
from bot.http.drive import drive
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.source import Offload, Request
from tests.fakes.site import Page, Site


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        running.pages = {"/a": Page(b"a"), "/b": Page(b"b")}
        yield running


def driven(steps: Generator[Any, Any, Any], site: Site) -> Any:
    async def run() -> Any:
        async with Fetcher("") as fetcher, Offloader() as offload:
            return await drive(steps, fetcher, private=site.host, offload=offload)

    return asyncio.run(run())


def test_a_request_is_answered(site: Site) -> None:
    def steps() -> Generator[Any, Any, bytes]:
        answer = yield Request(site.url("/a"))
        return bytes(answer.body)

    assert driven(steps(), site) == b"a"


def test_a_tuple_of_requests_is_answered_by_a_tuple_in_its_order(site: Site) -> None:
    def steps() -> Generator[Any, Any, bytes]:
        one, two = yield (Request(site.url("/a")), Request(site.url("/b")))
        return bytes(one.body + two.body)

    assert driven(steps(), site) == b"ab"


def test_a_heavy_call_is_answered_by_its_result(site: Site) -> None:
    def steps() -> Generator[Any, Any, Any]:
        return (yield Offload(len, ("four",)))

    assert driven(steps(), site) == 4


@pytest.mark.parametrize("wrap", [lambda request: request, lambda request: (request, request)])
def test_a_failed_request_is_thrown_in_and_may_be_taken(site: Site, wrap: Any) -> None:
    def steps() -> Generator[Any, Any, str]:
        try:
            yield wrap(Request("ftp://example.org/"))
        except SourceError as error:
            answer = yield Request(site.url("/a"))
            return f"{error} / {answer.body}"
        return "not reached"

    assert driven(steps(), site) == "ftp://example.org/ is not an http(s) address / b'a'"


def test_a_failure_that_the_source_does_not_take_comes_out(site: Site) -> None:
    def steps() -> Generator[Any, Any, None]:
        yield Request("ftp://example.org/")

    with pytest.raises(SourceError, match="not an http"):
        driven(steps(), site)


def test_a_source_that_yields_something_else_is_a_bug(site: Site) -> None:
    def steps() -> Generator[Any, Any, None]:
        yield "https://example.org/"

    with pytest.raises(TypeError, match="yielded str"):
        driven(steps(), site)
