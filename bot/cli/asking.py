"""Asks sources at a command's word. Imported only where one does: reading the web loads much."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Generator
from pathlib import Path
from typing import Any

from bot.domain.errors import SourceError
from bot.http.drive import drive
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.newsroom import Feed
from bot.ports.records import SourceRow
from bot.ports.source import Harvest

__all__ = ["fetched", "harvested"]


def fetched(steps: Generator[Any, Any, Any], contact: str, private: str | None, folder: Path | None) -> Any:
    """Drive a generator of requests to its end; what it returns.

    Raises:
        SourceError: it cannot be read.
    """

    async def run() -> Any:
        async with Fetcher(contact) as fetcher, Offloader() as offloader:
            return await drive(steps, fetcher, private=private, folder=folder, offload=offloader)

    return asyncio.run(run())


def harvested(feeds: Collection[Feed], contact: str) -> dict[str, Harvest | SourceError]:
    """By source, what it shows at this moment to whoever comes new, or why it does not answer."""

    async def ask(feed: Feed, fetcher: Fetcher, offload: Offloader) -> Harvest | SourceError:
        steps = feed.connector.poll(SourceRow(feed.id).cursor)
        try:
            return await drive(steps, fetcher, private=feed.private, folder=feed.folder, offload=offload)
        except SourceError as error:
            return error

    async def run() -> list[Harvest | SourceError]:
        async with Fetcher(contact) as fetcher, Offloader() as offload:
            return await asyncio.gather(*(ask(feed, fetcher, offload) for feed in feeds))

    return dict(zip((feed.id for feed in feeds), asyncio.run(run()), strict=True))
