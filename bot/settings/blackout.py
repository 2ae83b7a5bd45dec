"""`[[blackouts]]`: the days and spans in which nothing is published."""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from bot.domain.blackout import Blackout, Span
from bot.domain.cadence import local_instant
from bot.ports.platform import Table
from bot.settings.holidays import holidays_of, trouble_with

__all__ = ["BlackoutTable", "HolidaysTable", "blackout_of", "trouble"]

YEARLY = re.compile(r"(\d\d)-(\d\d)")
DAY = timedelta(days=1)
LEAP_YEAR = 2024


def _day_text(value: Any) -> Any:
    """TOML's own dates (2026-04-07, without quotes) as the text we read."""
    return value.isoformat() if isinstance(value, date) else value


DayText = Annotated[str, BeforeValidator(_day_text)]


class Described(Table):
    """A table whose attribute docstrings are what editors show and `docs/configuration.md` says."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class HolidaysTable(Described):
    """`holidays = { country = "RW", names = ["Independence Day"] }` of a blackout."""

    country: str
    """The country's two letters."""
    names: tuple[str, ...] = ()
    """The holidays that are meant; without any, every public holiday."""
    subdivision: str = ""
    """A part of the country with holidays of its own, by its ISO 3166-2 code."""


class BlackoutTable(Described):
    """`[[blackouts]]`: nothing is published on these days, or from one time to another."""

    name: Annotated[str, Field(min_length=1)]
    """What reports call it."""
    days: tuple[DayText, ...] = ()
    """Whole days: `04-07` of every year, `2026-04-07` of one."""
    from_: DayText = Field(default="", alias="from")
    """Its first day (`2026-04-07`; `12-24`, every year), or when it begins (`2026-04-07T18:00`)."""
    to: DayText = ""
    """Its last day, or when it ends."""
    holidays: HolidaysTable | None = None
    """Public holidays, by country and name."""
    then: Literal["skip", "wait"] = "wait"
    """What is ready while it lasts is dropped (`skip`), or goes out after it (`wait`)."""
    except_routes: tuple[str, ...] = ()
    """Routes that it does not stand against."""
    timezone: str = ""
    """IANA zone of its days and times; without it the file's."""

    @field_validator("days")
    @classmethod
    def _days_are_readable(cls, days: tuple[str, ...]) -> tuple[str, ...]:
        for text in days:
            _month_and_day(text) or _date(text)
        return days

    @model_validator(mode="after")
    def _span_is_readable(self) -> BlackoutTable:
        if bool(self.from_) != bool(self.to):
            raise ValueError("`from` and `to` go together")
        if not (self.days or self.from_ or self.holidays):
            raise ValueError("say when: `days`, `from` and `to`, or `holidays`")
        if self.from_:
            _span(self.from_, self.to, "UTC")
        return self


def blackout_of(table: BlackoutTable, zone: str) -> Blackout:
    """The blackout that a table means, in its own zone or the file's."""
    zone = table.timezone or zone
    span = _span(table.from_, table.to, zone) if table.from_ else None
    return Blackout(
        name=table.name,
        zone=zone,
        days=partial(_days_of, table),
        spans=(span,) if span else (),
        then=table.then,
        except_routes=frozenset(table.except_routes),
    )


def trouble(table: BlackoutTable) -> Iterator[tuple[str, str]]:
    """(key, message) of what its holidays have wrong."""
    if table.holidays:
        found = trouble_with(table.holidays.country, table.holidays.subdivision, table.holidays.names)
        if found is not None:
            yield f"holidays.{found[0]}", found[1]


def _days_of(table: BlackoutTable, year: int) -> Collection[date]:
    days = {day for text in table.days if (day := _in_year(text, year)) is not None}
    if table.holidays:
        asked = table.holidays
        days |= holidays_of(asked.country, asked.subdivision, asked.names, year)
    if table.from_ and (first := _month_and_day(table.from_)) and (last := _month_and_day(table.to)):
        every = (date(year, 1, 1) + n * DAY for n in range(365 + isleap(year)))
        days |= {day for day in every if _within((day.month, day.day), first, last)}
    return days


def _within(day: tuple[int, int], first: tuple[int, int], last: tuple[int, int]) -> bool:
    """Whether a day lies in a span of every year, which may go over New Year."""
    return first <= day <= last if first <= last else day >= first or day <= last


def _in_year(text: str, year: int) -> date | None:
    yearly = _month_and_day(text)
    if yearly is None:
        day = _date(text)
        return day if day.year == year else None
    return None if yearly == (2, 29) and not isleap(year) else date(year, *yearly)


def _month_and_day(text: str) -> tuple[int, int] | None:
    """The day of every year that "04-07" means, None if it is not of that form.

    Raises:
        ValueError: there is no such day.
    """
    found = YEARLY.fullmatch(text.strip())
    if found is None:
        return None
    try:
        day = date(LEAP_YEAR, int(found[1]), int(found[2]))
    except ValueError:
        raise ValueError(f'"{text}" is no day: write month and day, as "04-07" for 7 April') from None
    return day.month, day.day


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f'"{text}" is no day: write "2026-04-07", or "04-07" for every year') from None


def _span(start: str, end: str, zone: str) -> Span | None:
    """From one day or time to another; None where it is of every year.

    Raises:
        ValueError: it cannot be read, or ends before it begins.
    """
    yearly = _month_and_day(start), _month_and_day(end)
    if any(yearly):
        if not all(yearly):
            raise ValueError('write `from` and `to` alike: both "12-24", or both "2026-12-24"')
        return None
    span = _moment(start, zone, last=False), _moment(end, zone, last=True)
    if span[1] <= span[0]:
        raise ValueError("`to` lies before `from`")
    return span


def _moment(text: str, zone: str, *, last: bool) -> datetime:
    """A local time as written, or a day's beginning, or (`last`) its end."""
    if "T" not in text and " " not in text.strip():
        day = _date(text)
        return local_instant(zone, day + DAY if last else day, time(0))
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f'"{text}" is no time: write "2026-04-07T18:00"') from None
    return at.astimezone(UTC) if at.tzinfo else local_instant(zone, at.date(), at.time())
