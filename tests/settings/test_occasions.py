"""Mistakes in what is shared again, each told with its key and a cure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.errors import TemplateError
from bot.settings.checks import check
from bot.settings.loading import Loaded
from bot.settings.problems import ConfigError
from tests.settings.test_checks import GOOD, TOKENS

Load = Callable[..., Loaded]


def told(loaded: Load, text: str) -> list[str]:
    problems = check(loaded(text, **TOKENS).settings, compile_templates=only_default)
    return [f"{problem.level} {problem.key}: {problem.message}" for problem in problems]


def only_default(name: str) -> None:
    if name not in ("default", "again", "evergreen", "digest"):
        raise TemplateError(f"there is no template set {name!r}")


@pytest.mark.parametrize(
    ("repeat", "lines"),
    [
        ('["3h", "2d"]', []),
        ('["3h", { after = "2d", template = "again" }]', []),
        (
            '["2d", "3h"]',
            ["error routes.all.repeat.1: does not come after the one before it: put them in order"],
        ),
        (
            '["0"]',
            ['error routes.all.repeat.0: comes with the first share: say how long after it, such as "3h"'],
        ),
        (
            '[{ after = "3h", template = "agian" }]',
            ["error routes.all.repeat.0.template: there is no template set 'agian'"],
        ),
    ],
)
def test_repeats_come_in_order_and_find_their_templates(loaded: Load, repeat: str, lines: list[str]) -> None:
    assert told(loaded, GOOD + f"repeat = {repeat}\n") == lines


@pytest.mark.parametrize(
    ("repeat", "line"),
    [
        ('["3x"]', 'write a duration with its unit, such as "90s", "5m", "24h" or "2d"'),
        ("[3]", "write a duration with its unit"),
        ('[{ aftr = "3h" }]', "after"),
    ],
)
def test_a_repeat_that_cannot_be_read_is_told_in_one_line(loaded: Load, repeat: str, line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(GOOD + f"repeat = {repeat}\n", **TOKENS)
    assert all(
        "bot.toml: routes.1.repeat" in each or "routes.all" in each
        for each in str(refused.value).splitlines()
    )
    assert line in str(refused.value)


EVERGREEN = """[[evergreen]]
name = "classics"
sources = ["site"]
accounts = ["main_x"]
slots = { sat-sun = ["11:00"] }
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("", "", ""),
        ('["main_x"]', '["main_y"]', 'accounts: there is no account "main_y": did you mean "main_x"?'),
        ('["site"]', '["sight"]', 'sources: there is no source "sight": did you mean "site"?'),
        ('slots = { sat-sun = ["11:00"] }', "", ": says no time: give it `slots = { sat-sun"),
        ('name = "cl', 'cron = "0 11 * * sat"\nname = "cl', "cron: say `slots` or `cron`, not both"),
        (
            'slots = { sat-sun = ["11:00"] }',
            'cron = "0 11 * * 6"',
            "cron: '0 11 * * 6' names a weekday by number",
        ),
        (
            'name = "cl',
            'timezone = "Kigali"\nname = "cl',
            'timezone: there is no time zone "Kigali": did you mean "Africa/Kigali"?',
        ),
        ('name = "cl', 'expires = "60d"\nname = "cl', "expires: must be longer than `min_age`"),
        ('name = "cl', 'template = "evergren"\nname = "cl', "template: there is no template set 'evergren'"),
        (
            'name = "cl',
            'match.title_matches = "("\nname = "cl',
            "match.title_matches: is no regular expression",
        ),
        (
            '"classics"',
            '"all"',
            ': 2 rules (routes, evergreen, digests) are called "all": rename all but one',
        ),
    ],
)
def test_a_rule_that_leads_nowhere_is_told(loaded: Load, old: str, new: str, line: str) -> None:
    lines = told(loaded, GOOD + EVERGREEN.replace(old, new))
    name = "all" if new == '"all"' else "classics"
    assert len(lines) == bool(line)
    assert all(each.startswith(f"error evergreen.{name}") and line in each for each in lines)


def test_a_slot_in_quiet_hours_is_a_warning(loaded: Load) -> None:
    quiet = GOOD.replace("[schedules.day]", '[schedules.day]\nquiet = ["10:30-11:30"]')
    assert told(loaded, quiet + EVERGREEN) == [
        "warning evergreen.classics.slots: 11:00 lies in the quiet hours of main_x: it waits for their end"
    ]


def test_what_only_a_rule_uses_is_used(loaded: Load) -> None:
    more = '[sources.archive]\nkind = "wire"\nurl = "https://example.org/old/"\n'
    assert told(loaded, more + GOOD + EVERGREEN.replace('["site"]', '["archive"]')) == []


DIGEST = """[[digests]]
name = "morning"
accounts = ["main_x"]
at = { mon-sat = ["06:45"] }
since = "last edition"
articles = { min = 3, max = 5 }
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("", "", ""),
        ('"last edition"', '"36h"', ""),
        ('["main_x"]', '["main_y"]', '.accounts: there is no account "main_y": did you mean "main_x"?'),
        ('name = "mo', 'sources = ["sight"]\nname = "mo', '.sources: there is no source "sight"'),
        ('{ mon-sat = ["06:45"] }', "{}", ': says no time: give it `at = { sat-sun = ["11:00"] }`'),
        ("min = 3", "min = 6", ".articles.min: must not be more than `max`: it is 6, and `max` is 5"),
        ("min = 3", 'order = ["newest", "oldest"]', ".articles.order: say `newest` or `oldest`, not both"),
        ("min = 3", "order = []", '.articles.order: says nothing: write "priority"'),
        ('"last edition"', '"0"', ".since: must be longer than nothing"),
        ('name = "mo', 'max_age = "0"\nname = "mo', ".max_age: must be longer than nothing"),
        ('name = "mo', 'template = "digset"\nname = "mo', ".template: there is no template set 'digset'"),
        ('name = "morning"', 'name = "all"', ': 2 rules (routes, evergreen, digests) are called "all"'),
        ('name = "mo', 'was = ["morning"]\nname = "mo', '.was: "morning" is still there'),
    ],
)
def test_a_digest_that_cannot_be_kept_is_told(loaded: Load, old: str, new: str, line: str) -> None:
    lines = told(loaded, GOOD + DIGEST.replace(old, new))
    name = "all" if new == 'name = "all"' else "morning"
    assert len(lines) == bool(line)
    assert all(each.startswith(f"error digests.{name}") and line in each for each in lines)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"last edition"', '"yesterday"', 'write "last edition" or a duration such as "24h"'),
        ("mon-sat", "mon-sta", '"mon-sta" is no day'),
        ('"06:45"', '"25:00"', '"25:00" is no time of day'),
        ("min = 3", "min = 0", "greater than or equal to 1"),
        ("min = 3", 'order = ["importance"]', "priority"),
        ('name = "mo', 'link = "example.org"\nname = "mo', '"example.org" is no address'),
        ('name = "mo', 'artikles = 3\nname = "mo', "articles"),
    ],
)
def test_a_digest_that_cannot_be_read_is_told_in_one_line(
    loaded: Load, old: str, new: str, line: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(GOOD + DIGEST.replace(old, new), **TOKENS)
    assert len(str(refused.value).splitlines()) == 1
    assert line in str(refused.value)
