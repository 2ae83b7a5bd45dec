"""Runs the rules that have times of their own: each nominal time once, by whichever worker comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.domain.cadence import EPOCH
from bot.domain.digest import Digest
from bot.domain.errors import StoreError
from bot.domain.evergreen import Evergreen
from bot.domain.rhythm import When, last_time, next_time
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store, Tx
from bot.services.edition import make_edition
from bot.services.evergreen import bring_back, shortlists
from bot.services.place import place_all

__all__ = ["Job", "Rhythm", "jobs"]

log = structlog.get_logger(__name__)

EVERGREEN_LATE = timedelta(hours=12)
"""How long after its time an evergreen share is still made, after a deploy or an outage."""
AGAIN = timedelta(minutes=1)
FAR = timedelta(days=1)
"""A rule without a time to come is looked at again so often."""


@dataclass(frozen=True, slots=True)
class Job:
    """A rule's work at one of its times. `late`: no more after that. `was` are its former names.

    `look` finds what takes long before anything is held; `make` is given it, and returns the rows it made.
    """

    name: str
    when: When
    late: timedelta
    make: Callable[[Tx, datetime, datetime, Any], list[int]]
    accounts: tuple[str, ...]
    until: datetime | None = None
    look: Callable[[Tx, datetime], Any] | None = None
    was: tuple[str, ...] = ()


def jobs(newsroom: Newsroom) -> Iterator[Job]:
    """Everything in the configuration that has times of its own."""
    for rule in newsroom.evergreen:

        def look(tx: Tx, now: datetime, rule: Evergreen = rule) -> Any:
            return shortlists(tx, newsroom, rule, now)

        def make(tx: Tx, run_at: datetime, now: datetime, found: Any, rule: Evergreen = rule) -> list[int]:
            return bring_back(tx, newsroom, rule, run_at, now, found)

        name, was = f"evergreen:{rule.name}", tuple(f"evergreen:{old}" for old in rule.was)
        yield Job(name, rule.when, EVERGREEN_LATE, make, rule.accounts, rule.until, look, was)
    for digest in newsroom.digests:

        def edit(tx: Tx, run_at: datetime, now: datetime, _: Any, digest: Digest = digest) -> list[int]:
            return make_edition(tx, newsroom, digest, run_at, now)

        name, was = f"digest:{digest.name}", tuple(f"digest:{old}" for old in digest.was)
        yield Job(name, digest.when, digest.max_age, edit, digest.accounts, was=was)


@dataclass(slots=True)
class Rhythm:
    """One worker's view of the rules' times; `upcoming` spares the database a look before they come."""

    store: Store
    worker: str
    upcoming: dict[str, datetime] = field(default_factory=dict)

    def keep(self, newsroom: Newsroom, now: datetime) -> list[int]:
        """See to every rule whose time has come; the rows made."""
        made: list[int] = []
        for job in jobs(newsroom):
            if now >= self.upcoming.get(job.name, EPOCH):
                try:
                    made += self._run(newsroom, job, now)
                except StoreError:
                    raise
                except Exception:
                    # Its time comes again soon; the other rules must not wait for it.
                    log.exception("rule.fault", rule=job.name)
                    self.upcoming[job.name] = now + AGAIN
                    continue
                self.upcoming[job.name] = next_time(job.when, now) or now + FAR
        return made

    def meet(self, newsroom: Newsroom, now: datetime) -> None:
        """Note the rules that are read for the first time: what comes from now on is theirs."""
        with self.store.write() as tx:
            for job in jobs(newsroom):
                _met_at(tx, job, now)

    def _run(self, newsroom: Newsroom, job: Job, now: datetime) -> list[int]:
        """The newest nominal time only, if nobody saw to it, it is not long past, and the rule was there."""
        run_at = last_time(job.when, now)
        found = self._look(job, run_at, now)
        with self.store.write() as tx:
            if run_at is None or run_at < _met_at(tx, job, now) or now - run_at > job.late:
                return []
            if any(tx.workers.ticked(old, run_at) for old in job.was):
                return []
            if (job.until and run_at >= job.until) or not tx.workers.tick(job.name, run_at, self.worker):
                return []
            made = job.make(tx, run_at, now, found)
            place_all(tx, newsroom, set(job.accounts) & newsroom.accounts.keys(), now)
        log.info("rule.ran", rule=job.name, at=run_at.isoformat(), deliveries=made)
        return made

    def _look(self, job: Job, run_at: datetime | None, now: datetime) -> Any:
        """What takes long to find, where the time has come and nobody has seen to it."""
        if job.look is None or run_at is None or now - run_at > job.late:
            return None
        with self.store.read() as tx:
            return None if tx.workers.ticked(job.name, run_at) else job.look(tx, now)


def _met_at(tx: Tx, job: Job, now: datetime) -> datetime:
    """When a rule was first read, under whatever name; noted now if it never was."""
    since: str | None = tx.workers.get(f"since:{job.name}")
    if since is None:
        said = (tx.workers.get(f"since:{old}") for old in job.was)
        since = next((at for at in said if at), now.isoformat())
        tx.workers.set(f"since:{job.name}", since)
    return datetime.fromisoformat(since)
