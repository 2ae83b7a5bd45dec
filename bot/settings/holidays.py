"""Public holidays by country and name; the library is imported where a configuration names one."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from bot.domain.routing import fold
from bot.settings.problems import did_you_mean, nearest

__all__ = ["holidays_of", "trouble_with"]

YEARS = range(2020, 2036)
"""The years whose holidays are looked through for a name."""
SHIFTED = (" (observed", " (estimated", " (substituted")


def trouble_with(country: str, subdivision: str, names: Collection[str]) -> tuple[str, str] | None:
    """The first key that is wrong and what to do about it, None if all are fine."""
    import holidays

    known = holidays.list_supported_countries()
    if country not in known:
        cure = did_you_mean(country, known) if nearest(country, known) else 'write its two letters, as "RW"'
        return "country", f'no country "{country}" is known: {cure}'
    if subdivision and subdivision not in known[country]:
        return "subdivision", f'there is no "{subdivision}" in {country}: ' + did_you_mean(
            subdivision, known[country]
        )
    met = {
        _bare(name)
        for calendar in _calendars(country, subdivision, YEARS)
        for day in calendar
        for name in calendar.get_list(day)
    }
    folded = {fold(name) for name in met}
    wrong = next((name for name in names if fold(name) not in folded), None)
    if wrong is None:
        return None
    return "names", f'there is no holiday "{wrong}" in {country}: {did_you_mean(wrong, met)}'


@lru_cache(maxsize=256)
def holidays_of(country: str, subdivision: str, names: tuple[str, ...], year: int) -> frozenset[date]:
    """The days of a year on which the named holidays fall, or are kept; all of them without a name."""
    wanted = {fold(name) for name in names}
    return frozenset(
        day
        for calendar in _calendars(country, subdivision, range(year, year + 1))
        for day in calendar
        if day.year == year
        and (not wanted or any(fold(_bare(name)) in wanted for name in calendar.get_list(day)))
    )


def _calendars(country: str, subdivision: str, years: range) -> Iterator[Any]:
    """The country's holidays in each language that they are told in, whatever this machine's is."""
    import holidays

    plain = holidays.country_holidays(country, subdiv=subdivision or None)
    for language in plain.supported_languages or (None,):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of years that a country's table does not reach
            yield holidays.country_holidays(
                country, subdiv=subdivision or None, years=years, language=language
            )


def _bare(name: str) -> str:
    """The name of a holiday that is kept on another day, or whose date is an estimate."""
    return next((name[: name.index(mark)] for mark in SHIFTED if mark in name), name)
