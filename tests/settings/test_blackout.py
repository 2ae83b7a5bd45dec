from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from bot.domain.blackout import windows
from bot.settings import rules
from bot.settings.blackout import BlackoutTable, blackout_of
from bot.settings.checks import check
from bot.settings.problems import ConfigError
from tests.settings.conftest import Load
from tests.settings.test_checks import GOOD, TOKENS

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def days(zone: str = "UTC", **table: object) -> list[str]:
    """The local days that lie in it, or its begin and end where those are not midnight."""
    blackout = blackout_of(BlackoutTable.model_validate({"name": "x", **table}), zone)
    found = windows(blackout, JANUARY, JANUARY + 365 * DAY)
    return [f"{start:%Y-%m-%dT%H:%M}/{end:%Y-%m-%dT%H:%M}" for start, end in found]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"days": ["04-07"]}, ["2026-04-07T00:00/2026-04-08T00:00"]),
        ({"days": [date(2026, 4, 7)]}, ["2026-04-07T00:00/2026-04-08T00:00"]),
        ({"days": ["2025-04-07"]}, []),
        ({"days": ["02-29"]}, []),
        ({"from": "2026-04-07", "to": "2026-04-13"}, ["2026-04-07T00:00/2026-04-14T00:00"]),
        ({"from": "04-07", "to": "04-08"}, ["2026-04-07T00:00/2026-04-09T00:00"]),
        (
            {"from": "12-30", "to": "01-02"},
            ["2025-12-30T00:00/2026-01-03T00:00", "2026-12-30T00:00/2027-01-03T00:00"],
        ),
        (
            {"from": "2026-04-07T18:00", "to": datetime.fromisoformat("2026-04-08T06:30")},
            ["2026-04-07T18:00/2026-04-08T06:30"],
        ),
        (
            {"holidays": {"country": "RW", "names": ["Independence day"]}},
            ["2026-07-01T00:00/2026-07-02T00:00"],
        ),
        ({"holidays": {"country": "FR", "names": ["Fête nationale"]}}, ["2026-07-14T00:00/2026-07-15T00:00"]),
        ({"holidays": {"country": "FR", "names": ["National Day"]}}, ["2026-07-14T00:00/2026-07-15T00:00"]),
    ],
)
def test_days_spans_and_holidays_are_times(table: dict[str, object], expected: list[str]) -> None:
    assert days("UTC", **table) == expected


def test_a_holiday_that_is_kept_on_another_day_counts_on_that_day() -> None:
    liberation = days(holidays={"country": "RW", "names": ["Liberation Day"]})  # 4 July 2026 is a Saturday
    assert "2026-07-06" in "".join(liberation)


def test_without_a_name_every_public_holiday_is_meant() -> None:
    assert len(days(holidays={"country": "FR"})) >= 10


def test_it_keeps_to_its_own_zone_or_the_files() -> None:
    assert days("Africa/Kigali", days=["04-07"]) == ["2026-04-06T22:00/2026-04-07T22:00"]
    assert days("Africa/Kigali", timezone="UTC", days=["04-07"]) == ["2026-04-07T00:00/2026-04-08T00:00"]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({}, "say when: `days`, `from` and `to`, or `holidays`"),
        ({"days": ["7 April"]}, '"7 April" is no day: write "2026-04-07"'),
        ({"days": ["13-07"]}, '"13-07" is no day: write month and day'),
        ({"from": "2026-04-07"}, "`from` and `to` go together"),
        ({"from": "2026-04-07", "to": "2026-04-06"}, "`to` lies before `from`"),
        ({"from": "2026-04-07", "to": "04-09"}, "write `from` and `to` alike"),
        ({"from": "2026-04-07T25:00", "to": "2026-04-08T06:00"}, '"2026-04-07T25:00" is no time'),
        ({"days": ["04-07"], "then": "drop"}, "skip"),
    ],
)
def test_a_mistake_is_told_with_its_cure(table: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as raised:
        BlackoutTable.model_validate({"name": "x", **table})
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            'holidays = { country = "RW", names = ["Independance Day"] }',
            'blackouts.off.holidays.names: there is no holiday "Independance Day" in RW: did you mean',
        ),
        (
            'holidays = { country = "RWA1" }',
            'blackouts.off.holidays.country: no country "RWA1" is known: did you mean "RWA"?',
        ),
        (
            'holidays = { country = "Atlantis" }',
            'blackouts.off.holidays.country: no country "Atlantis" is known: write its two letters, as "RW"',
        ),
        (
            'days = ["04-07"]\nexcept_routes = ["al"]',
            'blackouts.off.except_routes: there is no route "al": did you mean "all"?',
        ),
        (
            'days = ["04-07"]\ntimezone = "Kigali"',
            'blackouts.off.timezone: there is no time zone "Kigali": did you mean "Africa/Kigali"?',
        ),
    ],
)
def test_check_names_what_leads_nowhere(loaded: Load, lines: str, expected: str) -> None:
    settings = loaded(GOOD + f'\n[[blackouts]]\nname = "off"\n{lines}\n', **TOKENS).settings
    (line,) = [str(each).removeprefix("config/bot.toml: ") for each in check(settings)]
    assert line.startswith(expected)


def test_two_of_one_name_are_refused(loaded: Load) -> None:
    block = '\n[[blackouts]]\nname = "off"\ndays = ["04-07"]\n'
    found = [str(each) for each in check(loaded(GOOD + 2 * block, **TOKENS).settings)]
    assert found == ['config/bot.toml: blackouts.off: 2 blackouts are called "off": rename all but one']


def test_a_misspelt_key_is_told_with_the_nearest(loaded: Load) -> None:
    with pytest.raises(ConfigError, match=r"blackouts\.off\.day: .*did you mean \"days\"\?"):
        loaded(GOOD + '\n[[blackouts]]\nname = "off"\nday = ["04-07"]\n', **TOKENS)


def test_the_file_leads_to_the_blackouts_of_the_newsroom(loaded: Load) -> None:
    text = (
        'timezone = "Africa/Kigali"\n'
        + GOOD
        + '\n[[blackouts]]\nname = "off"\ndays = ["04-07"]\nthen = "skip"\n'
    )
    (blackout,) = rules.blackouts(loaded(text, **TOKENS).settings)
    assert (blackout.name, blackout.zone, blackout.then) == ("off", "Africa/Kigali", "skip")
