"""The worker's clockwork: APScheduler drives a handful of jobs, signals and edits reach the worker."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from bot.bootstrap import House
from bot.domain.alert import Alert, Event
from bot.domain.cadence import Cadence
from bot.domain.errors import UserError
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.records import PROGRAM
from bot.runtime.faults import tell_fault
from bot.runtime.poller import Poller
from bot.runtime.trigger import CadenceTrigger
from bot.runtime.watch import Watch
from bot.runtime.worker import Worker
from bot.services.housekeeping import tidy
from bot.services.unread import SOON

__all__ = ["Clockwork", "keep_for_good", "run_once"]

log = structlog.get_logger(__name__)
logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a job that is still running is no news

SECOND = timedelta(seconds=1)
Door = Callable[[Poller], Awaitable[None]]
"""Serves until cancelled, in the poller's loop."""


@dataclass(slots=True)
class PollerThread:
    """The poller's event loop, in a thread of its own."""

    house: House
    worker: Worker
    loop: asyncio.AbstractEventLoop = field(init=False)
    thread: threading.Thread = field(init=False)
    poller: Poller = field(init=False)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="poller", daemon=True)
        self.thread.start()
        self.call(self._open()).result()

    def call(self, coroutine: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def stop(self) -> None:
        with suppress(TimeoutError):
            self.call(self._close()).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(2)
        if not self.thread.is_alive():
            self.loop.close()

    async def _open(self) -> None:
        fetcher = await self.stack.enter_async_context(Fetcher(self.house.settings.contact))
        offloader = await self.stack.enter_async_context(Offloader())
        self.poller = Poller(
            store=self.worker.store,
            newsroom=lambda: self.worker.newsroom,
            worker=self.worker.name,
            clock=self.worker.clock,
            fetcher=fetcher,
            offloader=offloader,
            wake=self.worker.wake,
        )

    async def _close(self) -> None:
        """End whatever runs here, ticks too: whoever waits for one must not wait for ever."""
        await self.poller.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.stack.aclose()


class Clockwork:
    """Runs a worker until SIGTERM or SIGINT; SIGHUP or an edit reloads. With a door it takes pushes."""

    def __init__(self, house: House, worker: Worker, door: Door | None = None) -> None:
        self.door = door
        self.house = house
        self.worker = worker
        self.polling = PollerThread(house, worker)
        self.watch = Watch(house.watched())
        self.reload_asked = threading.Event()
        self.scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    def run(self) -> None:
        """Begin, run, drain."""
        self.worker.begin()
        self.house.keep(self.worker.store)
        self.house.say_problems(self.worker.store, ())
        self.polling.start()
        if self.door is not None:
            self.polling.call(self._serve(self.door))
            self._every(SECOND * 10, "subscribe", self._subscribe)
        policy = self.worker.newsroom.policy
        self._every(SECOND, "poll", self._poll)
        self._every(SECOND * 5, "recover", self.worker.recover)
        self._every(SECOND, "settle", self.worker.settle)
        self._every(SECOND * 5, "probe", self.worker.probe)
        self._every(SECOND * 10, "occasions", self.worker.occasions)
        self._every(SECOND * 5, "follow", self.worker.follow)
        self._every(policy.lease / 3, "renew", self.worker.renew)
        self._every(SECOND * 2, "reload", self._reload_if_asked)
        self._every(timedelta(minutes=1), "look_after", self.worker.look_after)
        self._every(SECOND * 10, "make_good", self.worker.make_good)
        self._every(SECOND * 10, "alerts", self.worker.alert)
        self._every(timedelta(hours=1), "tidy", self._tidy)
        self._signals()
        self.worker.on_set_back = self._again
        self.scheduler.start()
        keep_for_good()
        log.info(
            "worker.ready",
            worker=self.worker.name,
            sources=len(self.worker.newsroom.sources),
            accounts=len(self.worker.newsroom.accounts),
            mode=self.house.mode,
        )
        try:
            self.worker.run()
        finally:
            self.scheduler.shutdown(wait=False)
            self.polling.stop()

    def reload(self) -> None:
        """Read configuration and templates again; a bad edit leaves the old in force and says so."""
        try:
            newsroom, remarks = self.house.reload(self.worker.newsroom)
        except UserError as error:
            lines = str(error).splitlines()
            log.error("config.refused", problems=lines, hint="the configuration before stays in force")  # noqa: TRY400 - no fault of ours
            self.house.say_problems(self.worker.store, [f"configuration not taken up: {e}" for e in lines])
            self._tell_refused(lines)
            return
        self.worker.take_up(newsroom)
        self.house.keep(self.worker.store)
        self.house.say_problems(self.worker.store, remarks)
        with self.worker.store.write() as tx:
            tx.alerts.close("config", self.worker.clock.now())
        log.info("config.reloaded", sources=len(newsroom.sources), accounts=len(newsroom.accounts))

    def _tell_refused(self, lines: list[str]) -> None:
        """One alert for each different mistake: an edit that is still wrong is told again."""
        now = self.worker.clock.now()
        text = f"the configuration was not taken up, the one before stays in force: {'; '.join(lines)}"
        with self.worker.store.write() as tx:
            open_now = [each.text for each in tx.alerts.open() if each.key == "config"]
            if open_now != [text]:
                tx.alerts.close("config", now)
                tx.alerts.tell(Alert(Event.CONFIG, "config", text), now)

    def _poll(self) -> None:
        with suppress(CancelledError):  # the worker ends
            self.polling.call(self.polling.poller.tick()).result()

    def _again(self) -> None:
        """The clock was set back: each job would wait for its next time, hours ahead by now."""
        for job in self.scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))

    async def _serve(self, door: Door) -> None:
        try:
            await door(self.polling.poller)
        except Exception:
            log.exception("web.fault")

    def _subscribe(self) -> None:
        with suppress(CancelledError):  # the worker ends
            self.polling.call(self.polling.poller.subscribe()).result()

    def _tidy(self) -> None:
        tidy(self.worker.store, self.worker.newsroom, self.worker.clock.now())

    def _reload_if_asked(self) -> None:
        if self.watch.changed() or self.reload_asked.is_set():
            self.reload_asked.clear()
            self.reload()

    def _every(self, every: timedelta, name: str, job: Callable[[], object]) -> None:
        self.scheduler.add_job(_guarded(name, job), CadenceTrigger(Cadence(every, "", "UTC")), id=name)

    def _signals(self) -> None:
        def stop(number: int, _frame: FrameType | None) -> None:
            # Only the flag: the main thread may hold the lock of what would wake it. It looks every second.
            self.worker.stopping.set()
            log.info("worker.stopping", signal=signal.Signals(number).name)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGHUP, lambda *_: self.reload_asked.set())


def keep_for_good() -> None:
    """Have Python's collector pass over what a start leaves, some 130,000 objects that stay.

    Each time it went through them all, everything stood still for tens of milliseconds, a due share too.
    """
    gc.collect()
    gc.freeze()


def _guarded(name: str, job: Callable[[], object]) -> Callable[[], None]:
    """The outermost frame of a job: it logs its fault and comes again at its next time."""

    def run() -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001 - told there
            tell_fault("job.fault", error, job=name)

    return run


def run_once(house: House, worker: Worker) -> list[str]:
    """One whole pass: recover, reconcile, poll every source, decide, deliver what is due; what failed."""
    worker.begin()
    house.keep(worker.store)
    polling = PollerThread(house, worker)
    polling.start()
    try:
        worker.recover()
        worker.settle()
        worker.probe()
        if not polling.call(polling.poller.everything()).result():
            with worker.store.read() as tx:
                rows = tx.sources.rows()
            worker.troubles += [
                f"source {id_}: {rows[id_].last_error}"
                for id_ in worker.newsroom.sources
                if id_ in rows and rows[id_].failures
            ]
        worker.occasions()
        worker.follow()
        worker.pass_()
        if polling.call(polling.poller.read_old()).result():  # of what its rules have just brought back
            time.sleep(SOON.total_seconds())
            worker.pass_()
        worker.alert(gather=timedelta(0))
        with worker.store.read() as tx:
            waiting = tx.articles.to_enrich(worker.clock.now() + timedelta(days=1), 1_000)
            pauses = tx.accounts.pauses(worker.clock.now())
        worker.troubles += [pause.told for pause in pauses if pause.by == PROGRAM]
        if waiting:
            hint = (
                "their pages did not answer in time: a pass in a minute or later asks again, then shares them"
            )
            log.info("pass.pages_wait", articles=len(waiting), hint=hint)
    finally:
        polling.stop()
    return worker.troubles
