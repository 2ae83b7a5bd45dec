"""The poller: one source's trouble is its own, and nobody waits for a slow page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from bot.domain.errors import SourceError
from bot.domain.routing import Route
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.source import Cursor, Harvest, Request, Response, SourceOptions, Steps
from bot.ports.store import Store
from bot.runtime.clock import SystemClock
from bot.runtime.poller import Poller
from bot.storage.store import open_store
from tests.fakes.newsroom import account, entry, feed, newsroom
from tests.fakes.platform import FakePlatform


class Shows:
    """A source whose polls show these entries; the first poll shows none."""

    Options: ClassVar[type[SourceOptions]] = SourceOptions

    def __init__(self, *entries: Any, fault: Exception | None = None) -> None:
        self.entries, self.fault = entries, fault

    def poll(self, cursor: Cursor) -> Steps:
        yield from ()
        if self.fault is not None:
            raise self.fault
        return Harvest(self.entries if cursor else (), {"polled": True})


class NoNet:
    """Answers no request; `waits` makes every one hang."""

    def __init__(self) -> None:
        self.waits: asyncio.Event | None = None

    def valid_until(self, url: str) -> None:
        """It shows no certificate."""

    async def get(self, request: Request, **where: object) -> Response:
        if self.waits is not None:
            await self.waits.wait()
        raise SourceError(f"{request.url}: no such host (DNS)")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    yield store
    store.close()


def house(**sources: Shows) -> Newsroom:
    wired: list[Feed] = [
        replace(feed(id_, every="1s", enrich=False), connector=shows) for id_, shows in sources.items()
    ]
    return newsroom(
        [account("fedi", FakePlatform())], [Route("all", tuple(sources), ("fedi",))], sources=wired
    )


@asynccontextmanager
async def polling(store: Store, room: Newsroom) -> AsyncIterator[Poller]:
    with store.write() as tx:
        tx.sources.ensure(dict.fromkeys(room.sources, ()))
        tx.accounts.ensure(dict.fromkeys(room.accounts, ()))
    net: Any = NoNet()
    poller = Poller(store, lambda: room, "worker", SystemClock(), net, net, lambda: None)
    yield poller
    await poller.close()


def shared(store: Store) -> int:
    with store.read() as tx:
        return len(tx.outbox.list())


def run(steps: Callable[[], Any]) -> Any:
    return asyncio.run(asyncio.wait_for(steps(), 60))


@pytest.mark.parametrize("fault", [SourceError("500"), KeyError("link")])
def test_a_source_that_fails_is_said_and_the_others_go_on(store: Store, fault: Exception) -> None:
    fresh = entry(1, published_at=None)

    async def steps() -> bool:
        async with polling(store, house(good=Shows(fresh), bad=Shows(fault=fault))) as poller:
            await poller.everything()
            return await poller.everything()

    assert run(steps) is False
    with store.read() as tx:
        rows = tx.sources.rows()
    assert (rows["good"].failures, rows["bad"].failures) == (0, 2)
    assert rows["bad"].last_error
    assert rows["bad"].next_poll_at is not None
    assert shared(store) == 1


def test_an_entry_that_cannot_be_stored_is_said_and_asked_for_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps() -> None:
        async with polling(store, house(site=Shows(entry(1, published_at=None)))) as poller:
            await poller.everything()
            with monkeypatch.context() as broken:
                broken.setattr("bot.runtime.poller.take_in", lambda *_: 1 / 0)
                assert await poller.everything() is False
            with store.read() as tx:
                row = tx.sources.rows()["site"]
            assert "ZeroDivisionError" in row.last_error
            assert await poller.everything()

    run(steps)
    assert shared(store) == 1


def test_nobody_waits_for_pages_that_are_asked_for_again(store: Store) -> None:
    """The page hangs; meanwhile what is undecided is decided, and the end does not wait for it."""
    known = entry(1, published_at=None)

    async def steps() -> None:
        room = house(site=Shows(known))
        async with polling(store, room) as poller:
            await poller.everything()
            await poller.everything()
            with store.write() as tx:
                article = tx.articles.latest(1)[0]
                tx.articles.enrich_later(article.id, article.first_seen_at)
                tx.articles.add(replace(article, url="https://news.example/2/"), "", None)
                tx.articles.add(replace(article, url="https://news.example/3/"), "", article.first_seen_at)
            reads = replace(room.sources["site"], options=feed("site").options)
            room.sources["site"] = reads  # type: ignore[index]
            poller.fetcher.waits = asyncio.Event()  # type: ignore[attr-defined]
            await poller.tick()
            assert poller.enriching is not None
            assert not poller.enriching.done()
            assert poller.catching_up is not None
            assert not poller.catching_up.done()
            with store.read() as tx:
                assert tx.articles.undecided(10) == []

    run(steps)
