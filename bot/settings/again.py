"""What is shared once more: a route's `repeat`, and the rules of `[[evergreen]]`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from bot.ports.durations import Duration
from bot.ports.matching import MatchTable
from bot.ports.platform import Table
from bot.settings.fields import ClockText, Described, Id
from bot.settings.week import ordinals_of, week_of

__all__ = ["Again", "EvergreenTable", "RepeatTable"]


class RepeatTable(Table):
    """One repeat; a bare duration is one told with the route's own template set."""

    after: Duration
    template: str = ""


def _spelt_out(value: Any) -> Any:
    return value if isinstance(value, dict | RepeatTable) else {"after": value}


SPAN = {"type": "string", "pattern": r"^(\d+(\.\d+)?[dhms])+$", "examples": ["3h", "2d"]}
Again = Annotated[
    RepeatTable,
    BeforeValidator(_spelt_out),
    WithJsonSchema(
        {
            "anyOf": [
                SPAN,
                {
                    "type": "object",
                    "properties": {"after": SPAN, "template": {"type": "string"}},
                    "required": ["after"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class EvergreenTable(Described):
    """`[[evergreen]]`: old articles that keep their worth, one at each of the rule's times."""

    name: Id
    """What commands and reports call it; no route has the same."""
    sources: Annotated[tuple[Id, ...], Field(min_length=1)]
    """The sources whose articles it takes, also those from before Sharewire began."""
    accounts: Annotated[tuple[Id, ...], Field(min_length=1)]
    """The accounts it shares on, each its own article."""
    slots: dict[str, tuple[ClockText, ...]] = Field(default_factory=dict)
    """When, as in a schedule; a slot in the account's quiet hours waits for their end."""
    cron: str = ""
    """Instead of `slots`: minute, hour, day, month, weekday by name."""
    timezone: str = ""
    """IANA zone of its times; without it the file's."""
    template: str = "evergreen"
    """The template set to tell it with."""
    match: MatchTable = MatchTable()
    """Conditions on the article; without any, every article."""
    min_age: Duration = timedelta(days=90)
    """Not before this long after publication."""
    cooldown: Duration = timedelta(days=180)
    """Not within this long of any share of the article on the account."""
    max_shares: int = Field(default=4, ge=0)
    """At most so often for an article on an account; 0 for no cap."""
    expires: Duration = timedelta(0)
    """Not any more this long after publication; 0 for never."""
    until: date | None = None
    """The last day on which the rule is kept."""
    was: tuple[str, ...] = ()
    """Its former names, so that a rename keeps its memory."""

    @field_validator("slots")
    @classmethod
    def _slots_are_readable(cls, slots: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        week_of(slots)
        ordinals_of(slots)
        return slots
