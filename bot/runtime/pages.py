"""Asks for the pages of articles: of new ones with their poll, of all others beside the polls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog

from bot.domain.article import Article, Entry
from bot.http.drive import drive
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.newsroom import Clock, Feed, Newsroom
from bot.ports.records import SourceRow
from bot.ports.source import Harvest
from bot.ports.store import Store
from bot.runtime.desk import Desk
from bot.runtime.faults import tell_fault
from bot.services.late import enrich_again
from bot.services.lately import with_gone
from bot.services.look import look, pages_to_look_at
from bot.services.missing import missing
from bot.services.moved import Inquiry, link_moved
from bot.services.pages import news_among, pages, wants_pages
from bot.services.readdress import ask_old
from bot.services.sorting import Taken
from bot.services.turned import turn_back

__all__ = ["Pages"]

log = structlog.get_logger(__name__)

DEADLINE = 20.0
"""Seconds that the pages of a poll's new articles may take together."""


@dataclass(slots=True)
class Pages:
    """Used from the poller's loop."""

    store: Store
    newsroom: Callable[[], Newsroom]
    clock: Clock
    fetcher: Fetcher
    offloader: Offloader
    desk: Desk

    async def enriched(self, feed: Feed, row: SourceRow, harvest: Harvest) -> Mapping[str, Entry | None]:
        """The pages that come in time; slow ones are asked for again later, and hold up no news."""
        wanting = wants_pages(feed, harvest, row)
        among = partial(news_among, self.store, feed, wanting, row, self.clock.now())
        fresh = await self.desk.run(among) if wanting else []
        if not fresh:
            return {}
        out: dict[str, Entry | None] = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(DEADLINE):
                await drive(pages(fresh, out), self.fetcher, private=feed.private, offload=self.offloader)
        return dict.fromkeys((entry.guid for entry in fresh), None) | out

    async def follow_moved(
        self,
        newsroom: Newsroom,
        feed: Feed,
        row: SourceRow,
        harvest: Harvest,
        enriched: Mapping[str, Entry | None],
        *,
        elsewhere: bool = False,
        hub: bool = False,
    ) -> tuple[Harvest, SourceRow]:
        """What is only called otherwise is linked to what it was, and counts as there.

        What may be so is among the harvest's `doubts`. The row remembers what is gone, and may come under
        another name yet. `hub`: it was pushed.
        """
        now = self.clock.now()
        args = self.store, newsroom, feed, row, harvest, enriched, now
        found = await self.desk.run(partial(missing, *args, elsewhere=elsewhere, hub=hub))
        inquiry = Inquiry(found)
        with suppress(TimeoutError):
            async with asyncio.timeout(DEADLINE):
                await drive(inquiry.ask(), self.fetcher, private=feed.private, offload=self.offloader)
        if moved := inquiry.moved:
            await self.desk.run(link_moved, self.store, feed.id, moved, now)
        there = {*found.met, *(each.article for each in moved)}
        harvest = replace(
            harvest, back=(*harvest.back, *(each.guid for each in moved)), doubts=inquiry.doubts
        )
        return harvest, with_gone(row, found.ceased, there, now)

    async def readdress(self, feed: Feed, taken: Taken, now: datetime) -> None:
        """What a poll showed at another address than before, or at one from before."""
        if not taken.moved and not taken.turned:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(DEADLINE):
                for steps in (
                    turn_back(self.store, taken.turned, now),
                    ask_old(self.store, taken.moved, now),
                ):
                    await drive(steps, self.fetcher, private=feed.private, offload=self.offloader)

    async def read_again(self, *, old: bool = False) -> int:
        """Ask again for pages that failed, beside all else: a slow site must not keep anybody waiting."""
        now, newsroom = self.clock.now(), self.newsroom()
        read = 0
        try:
            for article in await self.desk.run(self._without_page, now, old):
                feed = newsroom.sources.get(article.source)
                steps = enrich_again(self.store, newsroom, article, now)
                read += await drive(
                    steps, self.fetcher, private=feed.private if feed else None, offload=self.offloader
                )
        except Exception as error:  # noqa: BLE001 - told there
            tell_fault("enrich.fault", error)
        return read

    async def look(self) -> None:
        """Look whether the pages of shared articles are still there, one after the other."""
        now, newsroom = self.clock.now(), self.newsroom()
        try:
            for article in await self.desk.run(pages_to_look_at, self.store, newsroom, now):
                feed = newsroom.sources.get(article.source)
                steps = look(self.store, newsroom, article, now)
                await drive(
                    steps, self.fetcher, private=feed.private if feed else None, offload=self.offloader
                )
        except Exception:
            log.exception("look.fault")

    def _without_page(self, now: datetime, old: bool) -> list[Article]:
        with self.store.read() as tx:
            return tx.articles.to_enrich(now, 20, old=old)
