"""The long-running process: polls, decides and delivers until it is told to stop, then drains."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import structlog

from bot.domain.delivery import Delivery, State
from bot.observe.alerts import AppriseNotifier
from bot.ports.newsroom import Clock, Newsroom
from bot.ports.notifier import Notifier
from bot.ports.outbox import EVER
from bot.ports.store import Store
from bot.runtime.clock import SystemClock, call_within
from bot.runtime.faults import tell_fault
from bot.services.alert import GATHER, send_alerts
from bot.services.apply import apply
from bot.services.deliver import Courier
from bot.services.follow import follow
from bot.services.housekeeping import expire, new_month, replace_all
from bot.services.overlap import make_good
from bot.services.repeat import repeat_missed
from bot.services.restored import hold_if_behind, require_whole
from bot.services.rhythm import Rhythm
from bot.services.set_back import set_back
from bot.services.settle import probe_accounts, recover, settle_next
from bot.services.summary import sum_up

__all__ = ["Worker", "worker_name"]

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
ASLEEP = timedelta(minutes=2)
"""A worker that looked last so long ago was asleep, or its clock was set: places are given afresh first."""
SET_BACK = timedelta(seconds=5)
"""A clock that is put right by less only makes things that much late."""
DRAIN = 20.0
"""Seconds that what is being sent gets to finish; hosts kill after 30."""
BAD = frozenset({State.FAILED, State.UNKNOWN, State.MISSED, State.HELD})


def worker_name() -> str:
    """A name no other process has, ever."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


@dataclass(slots=True)
class Worker:
    """Delivers what is due: one thread a delivery, at most one for each account."""

    store: Store
    newsroom: Newsroom
    name: str = field(default_factory=worker_name)
    clock: Clock = field(default_factory=SystemClock)
    notifier: Notifier = field(default_factory=AppriseNotifier)
    on_change: Callable[[Delivery, State], None] | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    woken: threading.Event = field(default_factory=threading.Event)
    flying: dict[int, threading.Thread] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    courier: Courier = field(init=False)
    rhythm: Rhythm = field(init=False)
    on_set_back: Callable[[], None] | None = None
    """Called when this machine's clock was set back."""
    _wired_at: datetime | None = None
    _looked_at: datetime | None = None
    _expired_at: datetime | None = None

    def __post_init__(self) -> None:
        self.courier = Courier(
            self.store, self.newsroom, self.name, self.clock, call_within, flying=self.flying
        )
        self.rhythm = Rhythm(self.store, self.name)

    def begin(self) -> None:
        """Be the worker of this database, put right what a dead one left, take up the configuration."""
        self.store.enlist(self.name)
        require_whole(self.store)
        now = self.clock.now()
        recover(self.store, self.name, now, self.newsroom.policy.reconcile_after)
        expire(self.store, self.newsroom, now)
        apply(self.store, self.newsroom, now)
        self.rhythm.meet(self.newsroom, now)
        self._wired_at = now
        hold_if_behind(self.store, self.newsroom, call_within, now)

    def take_up(self, newsroom: Newsroom) -> None:
        """Go on with another reading of the configuration; what is in flight ends with the old one."""
        verified = {
            a for a in self.courier.verified if newsroom.accounts.get(a) is self.newsroom.accounts.get(a)
        }
        self.newsroom = newsroom
        self.courier = Courier(
            self.store,
            newsroom,
            self.name,
            self.clock,
            call_within,
            verified=verified,
            owed=self.courier.owed,
            flying=self.flying,
        )
        self._wired_at = self.clock.now()
        self.rhythm.upcoming.clear()
        apply(self.store, newsroom, self._wired_at)
        self.rhythm.meet(newsroom, self._wired_at)
        self.wake()

    def look_after(self) -> None:
        """A new month's money, and places afresh."""
        now = self.clock.now()
        new_month(self.store, self.newsroom, now)
        replace_all(self.store, self.newsroom, now)

    def make_good(self) -> None:
        """Put right what a worker that has less wired did beside us."""
        since = self._wired_at
        if since is not None and make_good(self.store, self.newsroom, since, self.clock.now()):
            self.wake()

    def wake(self) -> None:
        self.woken.set()

    def stop(self) -> None:
        self.stopping.set()
        self.woken.set()

    def run(self) -> None:
        """Deliver until stopped, then drain."""
        while not self.stopping.is_set():
            try:
                self.step()
                pause = self._pause()
            except Exception as error:  # noqa: BLE001 - told there; a database that is away must not end the worker
                tell_fault("worker.fault", error)
                pause = LOOK_EVERY
            self.woken.wait(pause)
            self.woken.clear()
        self.drain()

    def step(self) -> int:
        """Claim all that is due and start sending it; how many were started."""
        now = self.clock.now()
        if self._looked_at is not None and now - self._looked_at >= ASLEEP:
            replace_all(self.store, self.newsroom, now)
        if self._looked_at is not None and self._looked_at - now >= SET_BACK:
            set_back(self.store, self.newsroom, self._looked_at - now, now)
            self._wired_at = min(self._wired_at or now, now)
            self.rhythm.upcoming.clear()
            if self.on_set_back is not None:
                self.on_set_back()
        self._looked_at = now
        if self._expired_at is None or abs(now - self._expired_at) >= timedelta(seconds=LOOK_EVERY):
            self._expired_at = now
            for row in expire(self.store, self.newsroom, now):
                self._note(row, row.state)
        started = 0
        while not self.stopping.is_set() and (delivery := self.courier.claim()) is not None:
            self._start(delivery.id, partial(self._carry, delivery))
            started += 1
        return started

    def recover(self) -> None:
        """Put right what a dead worker, a lost lease or a fault of ours left."""
        self.courier.pay()
        recover(self.store, self.name, self.clock.now(), self.newsroom.policy.reconcile_after)
        self.wake()

    def settle(self) -> None:
        """Look at unknowns whose time has come; in the caller's thread."""
        while not self.stopping.is_set() and (row := settle_next(self.courier)) is not None:
            self._noted(row)
            self.wake()

    def probe(self) -> None:
        """Ask unwell accounts how they are; in the caller's thread."""
        probe_accounts(self.courier)

    def alert(self, gather: timedelta = GATHER) -> None:
        """Sum up the day if it is time, and tell people what needs them; in the caller's thread."""
        now = self.clock.now()
        sum_up(self.store, self.newsroom, self.name, now)
        send_alerts(self.store, self.newsroom.channels, self.notifier, now, gather)

    def occasions(self) -> None:
        """What comes at its own time: evergreen, and repeats whose first share was proved late."""
        now = self.clock.now()
        made = self.rhythm.keep(self.newsroom, now) + repeat_missed(self.store, self.newsroom, now)
        if made:
            self.wake()

    def follow(self) -> None:
        """Compare changed and withdrawn articles with what was shared of them; in the caller's thread."""
        if follow(self.store, self.newsroom, self.clock.now()):
            self.wake()

    def renew(self) -> None:
        """Lengthen the leases of what is in flight."""
        with self.store.write(lasting=False, first=True) as tx:
            tx.outbox.renew(self.name, self.newsroom.policy.lease)

    def pass_(self) -> None:
        """Deliver everything that is due, with the retries that become due meanwhile."""
        renewed = time.monotonic()
        while (bool(self.flying), self.step()) != (False, 0):  # in this order: what ends frees its account
            self.woken.wait(0.2)
            self.woken.clear()
            if time.monotonic() - renewed > self.newsroom.policy.lease.total_seconds() / 3:
                renewed = time.monotonic()
                self.renew()
        self.courier.pay()

    def drain(self) -> None:
        """Finish what is being sent; what still hangs is recorded: unknown if marked, else queued again."""
        deadline = time.monotonic() + DRAIN
        for thread in list(self.flying.values()):
            thread.join(max(0.0, deadline - time.monotonic()))
        if self.flying:
            log.warning("worker.left_hanging", deliveries=sorted(self.flying))
            with self.store.write() as tx:
                tx.outbox.recover({self.name}, self.clock.now(), self.newsroom.policy.reconcile_after)
        log.info("worker.stopped", left=len(self.flying))

    def _pause(self) -> float:
        """Until the next row comes due, or a second: something keeps what was due when we looked."""
        with self.store.read() as tx:
            due = tx.outbox.next_due(self.newsroom.accounts, self._looked_at or EVER)
        if due is None:
            return LOOK_EVERY
        return min(max((due - self.clock.now()).total_seconds(), 0.0), LOOK_EVERY)

    def _start(self, id_: int, carry: Callable[[], None]) -> None:
        thread = threading.Thread(target=carry, name=f"share-{id_}", daemon=True)
        self.flying[id_] = thread
        thread.start()

    def _carry(self, delivery: Delivery) -> None:
        """The outermost frame of one delivery: a fault of ours ends this share's try, not the worker."""
        try:
            state = self.courier.carry_out(delivery)
            self._note(delivery, state)
        except Exception as error:  # noqa: BLE001 - told there
            tell_fault("share.fault", error, delivery=delivery.id, account=delivery.account)
            self.troubles.append(f"share {delivery.id}: a fault of ours, see the log")
            self.courier.owe(delivery)
        finally:
            self.flying.pop(delivery.id, None)
            self.wake()

    def _noted(self, row: Delivery) -> None:
        with self.store.read() as tx:
            now = tx.outbox.get(row.id)
        if now is not None:
            self._note(now, now.state)

    def _note(self, delivery: Delivery, state: State) -> None:
        if state in BAD:
            self.troubles.append(f"share {delivery.id} on {delivery.account} is {state}")
        if self.on_change is not None:
            self.on_change(delivery, state)
