"""What belongs to no article and no account: ticks that one worker gets, facts about the installation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.storage.drawer import Drawer
from bot.storage.prepared import Prepared
from bot.storage.tables import facts, ticks

__all__ = ["SqlWorkers"]

GET = Prepared(sa.select(facts.c.value).where(facts.c.key == sa.bindparam("b_key")))


class SqlWorkers(Drawer):
    def tick(self, job: str, run_at: datetime, worker: str) -> bool:
        """Whether this worker is the one to run the job of that nominal time."""
        new = self.insert(ticks).values(job=job, run_at=run_at, worker=worker)
        done = self.connection.execute(new.on_conflict_do_nothing().returning(ticks.c.job))
        return done.one_or_none() is not None

    def ticked(self, job: str, run_at: datetime) -> bool:
        """Whether that job of that nominal time has been taken."""
        known = sa.select(ticks.c.job).where(ticks.c.job == job, ticks.c.run_at == run_at)
        return self.connection.scalar(known) is not None

    def get(self, key: str) -> Any:
        """A fact (JSON), None if never set."""
        found = GET.one(self.connection, {"b_key": key})
        return found["value"] if found else None

    def set(self, key: str, value: Any) -> None:
        new = self.insert(facts).values(key=key, value=value)
        self.connection.execute(new.on_conflict_do_update(index_elements=["key"], set_={"value": value}))

    def prune(self, before: datetime) -> None:
        """Forget ticks older than that."""
        self.connection.execute(sa.delete(ticks).where(ticks.c.run_at < before))
