"""How times are told to the people at the desk, on every page and in every command."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

__all__ = ["SHORT", "WallClock"]

SHORT = "%d %b %H:%M"
MONTH = re.compile("%[bB]")


@dataclass(frozen=True, slots=True)
class WallClock:
    """The clock on the desk's wall: its zone, and what it shows now."""

    zone: tzinfo
    now: datetime

    def tell(self, at: datetime, form: str = SHORT) -> str:
        """A time in this form, as `strftime` has it; the year behind the month if not this year's."""
        here = at.astimezone(self.zone)
        if here.year != self.now.astimezone(self.zone).year:
            form = MONTH.sub(r"\g<0> %Y", form, count=1)
        return here.strftime(form)
