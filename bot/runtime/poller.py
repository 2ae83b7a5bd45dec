"""Reads every source that is due, all at once, and sees each new article decided."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.domain.article import Entry
from bot.domain.errors import SourceError, StoreError
from bot.http.drive import drive
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.newsroom import Clock, Feed, Newsroom
from bot.ports.receiver import Receiver
from bot.ports.records import Awaits, SourceRow
from bot.ports.source import Harvest
from bot.ports.store import Store, Tx
from bot.runtime.desk import Desk
from bot.runtime.faults import tell_fault
from bot.runtime.pages import Pages
from bot.runtime.recorder import GATHER, Ended, Recorder
from bot.services.beside import has_beside
from bot.services.decide import decide_articles
from bot.services.health import examined, tell_failing, well_again
from bot.services.ingest import take_in
from bot.services.lately import is_elsewhere, may_have_moved
from bot.services.lost import show_again, withdraw_gone
from bot.services.older import after_poll, read_anew
from bot.services.poll import SILENT_AFTER, after_failure, after_harvest
from bot.services.receive import believed
from bot.services.sorting import Taken
from bot.services.websub import ask, to_ask

__all__ = ["Poller"]

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than any poll may take: after it another worker may take the source over."""
POLL_DEADLINE = 60.0
AT_ONCE = 200
"""Polls under way: each waits for its turn to ask within its deadline and its lease, and holds a body."""
PATIENCE = 0.5
"""Seconds that a tick waits until what is due has begun; too much of it begins by and by."""


@dataclass(slots=True)
class Poller:
    """One poller a process. `wake` is called when there may be something to send."""

    store: Store
    newsroom: Callable[[], Newsroom]
    worker: str
    clock: Clock
    fetcher: Fetcher
    offloader: Offloader
    wake: Callable[[], None]
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    polls: set[asyncio.Task[bool]] = field(default_factory=set)
    starting: asyncio.Task[list[asyncio.Task[bool]]] | None = None
    enriching: asyncio.Task[int] | None = None
    catching_up: asyncio.Task[int] | None = None
    looking: asyncio.Task[None] | None = None
    deciding: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_to_decide: asyncio.Task[None] | None = None
    room: asyncio.Event = field(default_factory=asyncio.Event)
    desk: Desk = field(default_factory=Desk)
    recorder: Recorder = field(init=False)
    pages: Pages = field(init=False)

    def __post_init__(self) -> None:
        self.pages = Pages(self.store, self.newsroom, self.clock, self.fetcher, self.offloader, self.desk)
        self.recorder = Recorder(self.store, self.worker, self.clock, self.desk)

    async def tick(self) -> None:
        """Start a task for every source that is due, waiting for none; decide what a crash left undecided."""
        if self.starting is None or self.starting.done():
            self.starting = asyncio.create_task(self._start())
            self._keep(self.starting)
        await asyncio.wait((self.starting,), timeout=PATIENCE)
        awaits = await self.desk.run(self._awaits)
        if awaits.reading and (self.enriching is None or self.enriching.done()):
            self.enriching = asyncio.create_task(self.pages.read_again())
            self._keep(self.enriching)
        if awaits.reading and (self.catching_up is None or self.catching_up.done()):
            self.catching_up = asyncio.create_task(self.read_old())
            self._keep(self.catching_up)
        if awaits.looking and (self.looking is None or self.looking.done()):
            self.looking = asyncio.create_task(self.pages.look())
            self._keep(self.looking)
        if awaits.deciding:
            await self.decide()

    async def everything(self) -> bool:
        """Poll every source now, whatever its cadence, then decide; True if all came through."""
        tasks = await self._start(forced=True)
        results = await asyncio.gather(*tasks)
        awaits = await self.desk.run(self._awaits)
        if awaits.reading:
            await self.pages.read_again()
            await self.read_old()
        if awaits.looking:
            await self.pages.look()
        if awaits.reading or awaits.deciding:
            await self.decide()
        return all(results)

    async def decide(self) -> None:
        """Decide what is undecided; who comes while another waits for his turn goes with him."""
        if self.next_to_decide is None or self.next_to_decide.done():
            self.next_to_decide = asyncio.create_task(self._decide())
            self._keep(self.next_to_decide)
        await asyncio.shield(self.next_to_decide)

    async def _decide(self) -> None:
        await asyncio.sleep(GATHER)
        async with self.deciding:
            self.next_to_decide = None
            done = await self.desk.run(decide_articles, self.store, self.newsroom(), self.clock.now())
        if done.articles:
            self.wake()

    async def pushed(self, source: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Take in what a source was sent, once its signature has been checked; how many entries it brought.

        Raises:
            SourceError: it cannot be read, or the source has not been met yet: to be sent again.
        """
        newsroom = self.newsroom()
        feed, row = newsroom.sources[source], await self.desk.run(self._row, source)
        if not isinstance(feed.connector, Receiver):
            await self.hurry(source)
            return 0
        if row.seeded_at is None:
            raise SourceError(f"source {source} has not been read once yet: send it again in a minute")
        try:
            async with asyncio.timeout(POLL_DEADLINE):
                steps = feed.connector.receive(body, headers)
                told: Harvest = await drive(steps, self.fetcher, private=feed.private, offload=self.offloader)
                harvest, edited = await self.desk.run(believed, self.store, feed, told)
                enriched = await self.pages.enriched(feed, row, harvest)
                if harvest.entries:
                    # All that it tells: what stands beside another is not that.
                    hub = feed.options.asked
                    found, _ = await self.pages.follow_moved(newsroom, feed, row, told, enriched, hub=hub)
                    harvest = replace(harvest, back=found.back, doubts=found.doubts)
        except TimeoutError:
            raise SourceError("took longer than a minute") from None
        now = self.clock.now()
        if harvest.back:
            await self.desk.run(show_again, self.store, newsroom, source, harvest.back, now)
        taken = await self.desk.run(take_in, self.store, newsroom, feed, row, harvest, enriched, now)
        if harvest.gone:
            await self.desk.run(withdraw_gone, self.store, newsroom, source, harvest.gone, now)
        if edited:
            await self.hurry(source)
        await self.decide()
        await self.pages.readdress(feed, taken, now)
        return len(told.entries)

    async def hurry(self, source: str) -> None:
        """Have a source read at the next tick."""

        def ask() -> None:
            with self.store.write() as tx:
                tx.sources.hurry(source, self.clock.now())

        await self.desk.run(ask)

    async def subscribe(self) -> None:
        """Ask the hubs whose turn it is."""
        newsroom = self.newsroom()
        for each in await self.desk.run(to_ask, self.store, newsroom, self.clock.now()):
            feed = newsroom.sources[each.source]
            steps = ask(self.store, newsroom.hooks, each)
            await drive(steps, self.fetcher, private=feed.private, offload=self.offloader)

    async def close(self) -> None:
        """Give up what is under way; leases run out, nothing read so far is lost."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.desk.close()

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def read_old(self) -> int:
        """Read the pages of old articles that are to be shared, while no news waits for this."""
        return await self.pages.read_again(old=True)

    async def _start(self, *, forced: bool = False) -> list[asyncio.Task[bool]]:
        """A task for each source that is due, AT_ONCE of them at a time; all have begun when it returns."""
        newsroom = self.newsroom()
        due = await self.desk.run(self._due, newsroom, forced)
        started = []
        while due:
            if len(self.polls) >= AT_ONCE:
                self.room.clear()
                await self.room.wait()
            free = AT_ONCE - len(self.polls)
            lot, due = due[:free], due[free:]
            for row in await self.desk.run(self._claim, lot, forced):
                task = asyncio.create_task(self._poll(newsroom, newsroom.sources[row.id], row))
                started.append(task)
                self.polls.add(task)
                task.add_done_callback(self._ended)
                self._keep(task)
        return started

    def _ended(self, poll: asyncio.Task[bool]) -> None:
        self.polls.discard(poll)
        if len(self.polls) <= AT_ONCE // 2:
            self.room.set()

    def _awaits(self) -> Awaits:
        with self.store.read() as tx:
            return tx.articles.awaits(self.clock.now())

    def _due(self, newsroom: Newsroom, forced: bool) -> list[str]:
        with self.store.read() as tx:
            due = tx.sources.due(self.clock.now(), forced=forced)
        return [id_ for id_ in due if id_ in newsroom.sources]

    def _claim(self, ids: Collection[str], forced: bool) -> list[SourceRow]:
        with self.store.write(lasting=False) as tx:
            return tx.sources.claim_due(self.worker, ids, self.clock.now(), LEASE, forced=forced)

    async def _poll(self, newsroom: Newsroom, feed: Feed, row: SourceRow) -> bool:
        """One source, from request to decided articles; its failure is its own."""
        try:
            return await self._read(newsroom, feed, row)
        except Exception as error:  # noqa: BLE001 - told there
            # Left alone its lease would run out and it would fail again, and nobody would hear of it.
            tell_fault("source.fault", error, source=feed.id)
            if isinstance(error, StoreError):
                return False
            fault = SourceError(f"a fault of ours ({type(error).__name__}), see the log")
            await self._failed(feed, row, fault)
            return False

    async def _read(self, newsroom: Newsroom, feed: Feed, row: SourceRow) -> bool:
        asked = read_anew(row, self.clock.now())
        anew = asked is not row
        try:
            async with asyncio.timeout(POLL_DEADLINE):
                harvest: Harvest = await drive(
                    feed.connector.poll(asked.cursor),
                    self.fetcher,
                    private=feed.private,
                    folder=feed.folder,
                    offload=self.offloader,
                )
                enriched = await self.pages.enriched(feed, row, harvest)
                left = row
                urls = [entry.url for entry in harvest.entries] if row.seeded_at else []
                others = bool(urls and (newsroom.only_told or has_beside(newsroom, feed.id, urls)))
                if anew or others or may_have_moved(row, harvest, self.clock.now()):
                    elsewhere = anew or is_elsewhere(row.cursor, harvest.cursor)
                    harvest, left = await self.pages.follow_moved(
                        newsroom, feed, row, harvest, enriched, elsewhere=elsewhere
                    )
        except (SourceError, TimeoutError) as error:
            fault = error if isinstance(error, SourceError) else SourceError("took longer than a minute")
            await self._failed(feed, row, fault)
            return False
        now = self.clock.now()
        ended = row, self._examined(feed, after_harvest(feed, left, harvest, now), told=harvest.wrong)
        for note in harvest.notes:
            log.info("source.note", source=feed.id, note=note)
        if row.failures >= SILENT_AFTER:
            await self.desk.run(well_again, self.store, feed.id, now)
        if harvest.unchanged and not harvest.gone:
            await self.recorder.record(*ended)
            return True
        args = newsroom, feed, harvest, enriched, ended, now, anew
        taken = await self.desk.run(self._take_in, *args)
        await self.decide()
        await self.pages.readdress(feed, taken, now)
        return True

    def _take_in(
        self,
        newsroom: Newsroom,
        feed: Feed,
        harvest: Harvest,
        enriched: Mapping[str, Entry | None],
        ended: Ended,
        now: datetime,
        anew: bool,
    ) -> Taken:
        """What a poll brought and how it ended, all of it or nothing; what is gone comes before its end."""

        def record(tx: Tx, taken: Taken) -> None:
            before, after = ended
            self.recorder.write(tx, [(before, after_poll(after, harvest, taken.older, now, anew=anew))])

        if harvest.gone:
            withdraw_gone(self.store, newsroom, feed.id, harvest.gone, now)
        if harvest.back:
            show_again(self.store, newsroom, feed.id, harvest.back, now)
        taken = take_in(
            self.store,
            newsroom,
            feed,
            ended[0],
            harvest,
            enriched,
            now,
            record,
        )
        if taken.first:
            log.info(
                "source.baseline",
                source=feed.id,
                learnt=taken.learnt,
                hint="published before you started; share one now with: sharewire share URL",
            )
        return taken

    async def _failed(self, feed: Feed, row: SourceRow, error: SourceError) -> None:
        if row.failures + 1 >= SILENT_AFTER:
            await self.desk.run(tell_failing, self.store, row, error, self.clock.now())
        log.warning("source.failed", source=feed.id, failures=row.failures + 1, detail=str(error))
        after = after_failure(feed, row, error, self.clock.now())
        await self.recorder.record(row, self._examined(feed, after, error))

    def _row(self, source: str) -> SourceRow:
        with self.store.read() as tx:
            return tx.sources.rows().get(source) or SourceRow(source)

    def _examined(
        self,
        feed: Feed,
        row: SourceRow,
        error: SourceError | None = None,
        told: Mapping[str, str] | None = None,
    ) -> SourceRow:
        ends = self.fetcher.valid_until(str(getattr(feed.options, "url", "")))
        return examined(feed, row, self.clock.now(), error=error, told=told, valid_until=ends)
