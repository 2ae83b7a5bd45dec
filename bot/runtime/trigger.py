"""APScheduler's triggers, over the one rule for cadences that `plan` and `simulate` read, too."""

from __future__ import annotations

from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

from bot.domain.cadence import Cadence, next_time

__all__ = ["CadenceTrigger"]


class CadenceTrigger(BaseTrigger):  # type: ignore[misc] # APScheduler 3 has no types
    """Fires at a cadence's nominal times; a late one fires once."""

    def __init__(self, cadence: Cadence) -> None:
        self.cadence = cadence

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        return next_time(self.cadence, max(filter(None, (previous_fire_time, now - timedelta(seconds=1)))))
