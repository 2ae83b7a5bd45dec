"""`recover`: what a worker does at its start, and the way back after a restore."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.bootstrap import House
from bot.domain.delivery import Delivery
from bot.runtime.clock import call_within
from bot.runtime.scheduler import PollerThread
from bot.runtime.worker import Worker
from bot.services.apply import apply
from bot.services.restored import Restored, read_back
from bot.services.settle import recover

__all__ = ["put_right", "restore"]


def put_right(worker: Worker) -> Sequence[Delivery]:
    """What workers now dead left in the middle; the rows as they are now.

    Raises:
        UserError: on SQLite another worker lives.
    """
    worker.store.enlist(worker.name)
    return recover(worker.store, worker.name, worker.clock.now(), worker.newsroom.policy.reconcile_after)


def restore(house: House, worker: Worker, since: datetime) -> Restored:
    """Learn what was published since then, then what of it is out; send nothing.

    Raises:
        UserError: a worker lives.
    """
    store, newsroom = worker.store, worker.newsroom
    store.alone()
    put_right(worker)
    apply(store, newsroom, worker.clock.now())
    polling = PollerThread(house, worker)
    polling.start()
    try:
        everything = polling.call(polling.poller.everything()).result()
    finally:
        polling.stop()
    done = read_back(store, newsroom, call_within, since, worker.clock.now())
    if not everything:
        done.troubles.append("not every source could be read: what only they know may be shared again")
    return done
