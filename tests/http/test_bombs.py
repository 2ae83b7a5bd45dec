"""An answer of a few bytes that unpacks to gigabytes costs no more memory than its cap."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from bot.domain.errors import Rejected, SourceError
from bot.http import send
from bot.http.fetch import Fetcher
from bot.ports.source import Request
from tests.fakes.server import Answer, FakeServer
from tests.fakes.server import Request as Asked

ZEROS = bytes(100_000_000)
BOMBS = {
    "/gzip": (gzip.compress(ZEROS), "gzip"),
    "/deflate": (zlib.compress(ZEROS), "deflate"),
    "/twice": (gzip.compress(gzip.compress(ZEROS)), "gzip, gzip"),
}


class Arsenal(FakeServer):
    def respond(self, request: Asked) -> Answer:
        body, encoding = BOMBS[request.path]
        return Answer(200, body, {"Content-Encoding": encoding, "Content-Type": "image/png"})


@pytest.fixture
def arsenal() -> Iterator[Arsenal]:
    with Arsenal() as server:
        yield server


@pytest.fixture
def memory() -> Iterator[None]:
    """The test may take 30 MB at most."""
    tracemalloc.start()
    yield
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 30_000_000


@pytest.mark.parametrize("path", ["/gzip", "/deflate"])
@pytest.mark.usefixtures("memory")
def test_a_feed_that_unpacks_without_end_is_cut_at_its_cap(arsenal: Arsenal, path: str) -> None:
    async def fetch() -> None:
        async with Fetcher("") as fetcher:
            await fetcher.get(Request(arsenal.url + path), private=arsenal.url)

    with pytest.raises(SourceError, match="more than 5,000,000 bytes"):
        asyncio.run(fetch())


@pytest.mark.parametrize("path", list(BOMBS))
@pytest.mark.usefixtures("memory")
def test_a_picture_that_unpacks_without_end_is_refused(arsenal: Arsenal, path: str) -> None:
    with pytest.raises(Rejected, match="larger than 1,000,000 bytes"):
        send.download(arsenal.url + path, user_agent="x", allow_private=True, max_bytes=1_000_000)
