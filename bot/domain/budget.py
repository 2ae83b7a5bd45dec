"""How much an account may spend in a month, how near that is, and what is kept for urgent shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["Budget", "month_of"]


@dataclass(frozen=True, slots=True)
class Budget:
    """An account's `budget`, in millionths of a dollar.

    `near` is the spending from which `near_template` (if there is one) tells the shares that are not
    urgent. `holds`: what no money is left for is held, else it is skipped.
    """

    per_month: int
    reserve: int = 0
    near: int = 0
    near_template: str = ""
    holds: bool = False

    @property
    def open_to_all(self) -> int:
        """What is not kept for urgent shares."""
        return self.per_month - self.reserve

    def room(self, spent: int, *, urgent: bool) -> int:
        """What may still be spent on a share; below nothing is nothing."""
        return max(0, (self.per_month if urgent else self.open_to_all) - spent)

    def is_near(self, spent: int) -> bool:
        return spent >= self.near

    def is_spent(self, spent: int) -> bool:
        """Nothing but urgent shares can go out any more."""
        return spent >= self.open_to_all


def month_of(at: datetime) -> tuple[datetime, datetime]:
    """The UTC month around a time: its beginning and the next one's."""
    begin = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    return begin, after
