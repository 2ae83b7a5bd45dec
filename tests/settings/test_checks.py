from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.errors import TemplateError
from bot.settings.checks import check
from bot.settings.loading import Loaded

Load = Callable[..., Loaded]

TOKENS = {"BOT_ACCOUNTS__MAIN_X__ACCESS_TOKEN": "t", "BOT_ACCOUNTS__FEDI__ACCESS_TOKEN": "t"}
SOURCE = '[sources.site]\nkind = "wire"\nurl = "https://example.org/feed/"\n'
ACCOUNTS = '[accounts.main_x]\nplatform = "relay"\nschedule = "day"\n[accounts.fedi]\nplatform = "relay"\n'
SCHEDULE = '[schedules.day]\nslots = { mon-sun = ["08:00", "12:30"] }\n'
ROUTE = '[[routes]]\nname = "all"\nsources = ["site"]\naccounts = ["main_x", "fedi"]\n'
GOOD = SOURCE + ACCOUNTS + SCHEDULE + ROUTE


def told(loaded: Load, text: str, **environ: str) -> list[str]:
    problems = check(loaded(text, **(TOKENS | environ)).settings)
    return [f"{problem.level} {problem.key}: {problem.message}" for problem in problems]


def test_a_sound_configuration_has_no_problem(loaded: Load) -> None:
    assert told(loaded, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            '["site"]',
            '["sites"]',
            'error routes.all.sources: there is no source "sites": did you mean "site"?',
        ),
        ('"fedi"]', '"fedy"]', 'error routes.all.accounts: there is no account "fedy": did you mean "fedi"?'),
        ('"day"', '"dya"', 'error accounts.main_x.schedule: there is no schedule "dya": did you mean "day"?'),
        (
            'name = "all"',
            'name = "all"\nschedule = "days"',
            'error routes.all.schedule: there is no schedule "days": did you mean "day"?',
        ),
        (
            'name = "all"',
            'name = "all"\ntiming = "slot"',
            "error routes.all.timing: waits for slots, but fedi keeps no schedule: give [accounts.fedi]",
        ),
        (
            "[sources.site]",
            'timezone = "Africa/Kigalli"\n[sources.site]',
            'error timezone: there is no time zone "Africa/Kigalli": did you mean',
        ),
        (
            "[schedules.day]",
            '[schedules.day]\ntimezone = "Kigali/Africa/XX"',
            'error schedules.day.timezone: there is no time zone "Kigali/Africa/XX"',
        ),
        (
            'name = "all"',
            'name = "all"\nmatch.any = [{ title_matches = "(" }]',
            "error routes.all.match.any.0.title_matches: is no",
        ),
        (
            "[sources.site]",
            '[sources.site]\nexclude = { url_matches = "[" }',
            "error sources.site.exclude.url_matches: is no",
        ),
        ("[sources.site]", '[sources.site]\ncron = "0 9 * * 0"', "error sources.site.cron: "),
        ("[sources.site]", '[sources.site]\ncron = "0 99 * * mon"', "error sources.site.cron: "),
        (
            "[sources.site]",
            '[sources.site]\ncron = "0 9 * * mon"\nevery = "5m"',
            "error sources.site.cron: say `every` or `cron`",
        ),
        ("[sources.site]", '[sources.site]\nevery = "0"', "error sources.site.every: "),
        (
            "[accounts.fedi]",
            '[accounts.fedi]\nas = "relai"',
            'error accounts.fedi.as: there is no platform "relai": did you mean "relay"?',
        ),
        (
            "[accounts.fedi]",
            '[accounts.fedi]\nwas = ["main_x"]',
            'error accounts.fedi.was: "main_x" is still there',
        ),
        (
            "[schedules.day]",
            '[schedules.day]\nquiet = ["00:00-12:00", "12:00-24:00"]',
            "error schedules.day.quiet: is quiet around the clock",
        ),
        (
            "[schedules.day]",
            '[schedules.day]\nquiet = ["07:00-13:00"]',
            "error schedules.day.quiet: every slot lies in",
        ),
        (
            "[schedules.day]",
            '[schedules.day]\nquiet = ["12:00-13:00"]',
            "warning schedules.day.slots: mon 12:30, tue 12:30, wed 12:30 and 4 more lies in",
        ),
        (
            "[schedules.day]",
            '[schedules.day]\ncron = "0 7,12 * * *"\nquiet = ["06:00-07:30"]',
            "warning schedules.day.slots: cron 07:00 lies in",
        ),
        (
            "[schedules.day]",
            '[schedules.day]\ntimezone = "Africa/Kigalli"',
            'error schedules.day.timezone: there is no time zone "Africa/Kigalli": did you mean',
        ),
        ("[schedules.day]", "[schedules.night]\n[schedules.day]", "warning schedules.night: is not used"),
        (
            "[accounts.fedi]",
            '[accounts.spare]\nplatform = "file"\n[accounts.fedi]',
            "warning accounts.spare: is not used",
        ),
    ],
)
def test_what_leads_nowhere_is_named_with_its_cure(loaded: Load, old: str, new: str, line: str) -> None:
    found = told(loaded, GOOD.replace(old, new, 1))
    assert [each for each in found if each.startswith(line)]


def test_an_unused_source_and_an_empty_newsroom_are_warnings(loaded: Load) -> None:
    assert told(loaded, SOURCE) == [
        "warning routes: there is none: nothing will be shared",
        "warning sources.site: is not used: no route names it",
    ]


def test_a_slot_route_needs_slots_in_its_schedule(loaded: Load) -> None:
    text = GOOD.replace('slots = { mon-sun = ["08:00", "12:30"] }', "") + 'timing = "slot"\nschedule = "day"'
    assert told(loaded, text)[0].startswith(
        "error routes.all.timing: waits for slots, but the schedule of main_x"
    )


def test_an_urgent_route_needs_no_slots(loaded: Load) -> None:
    assert told(loaded, GOOD + 'timing = "slot"\nurgent = true') == []


def test_two_routes_of_one_name_are_refused_once(loaded: Load) -> None:
    found = told(loaded, GOOD + "match.tags_any = ['a']\n" + ROUTE)
    assert found == ['error routes.all: 2 routes are called "all": rename all but one']


def test_a_route_below_one_that_takes_all_is_never_reached(loaded: Load) -> None:
    found = told(loaded, GOOD + ROUTE.replace('"all"', '"late"').replace('"main_x", ', ""))
    assert found == ['warning routes.late: is never reached: "all" above it takes every article; move it up']


def test_a_live_account_without_its_secret_is_an_error_that_names_the_variable(loaded: Load) -> None:
    (line,) = told(loaded, GOOD, BOT_ACCOUNTS__FEDI__ACCESS_TOKEN="")
    assert line.startswith(
        "error accounts.fedi.access_token: is missing: set BOT_ACCOUNTS__FEDI__ACCESS_TOKEN"
    )


def test_rehearsal_needs_no_secret(loaded: Load) -> None:
    assert check(loaded(GOOD, BOT_MODE="rehearsal").settings) == []


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "192.168.1.4",
        "[::1]",
        "169.254.169.254",
        "intranet",
        "cms.local",
        "a.internal",
    ],
)
def test_a_private_host_must_be_allowed(loaded: Load, host: str) -> None:
    private = GOOD.replace("example.org", host)
    (line,) = told(loaded, private)
    assert line.startswith(
        f"error sources.site.url: {host.strip('[]')} is not a public address: set `allow_priv"
    )
    assert told(loaded, private.replace("[sources.site]", "[sources.site]\nallow_private = true")) == []


def test_errors_come_before_warnings_and_name_the_file(loaded: Load) -> None:
    problems = check(loaded(GOOD + "[schedules.night]\n", BOT_MODE="live").settings)
    assert [problem.level for problem in problems] == ["error", "error", "warning"]
    assert {problem.where for problem in problems} == {"config/bot.toml"}


def test_each_template_set_is_compiled_once_and_its_mistake_told_where_it_is_named(loaded: Load) -> None:
    seen: list[str] = []

    def compile_templates(name: str) -> None:
        seen.append(name)
        raise TemplateError(f"templates/{name}: line 3: unknown filter")

    settings = loaded(
        GOOD.replace("[accounts.fedi]", '[accounts.fedi]\ntemplate = "soft"'), **TOKENS
    ).settings
    problems = check(settings, compile_templates=compile_templates)
    assert sorted(seen) == ["default", "soft"]
    assert [str(problem) for problem in problems] == [
        "config/bot.toml: routes.all.template: templates/default: line 3: unknown filter",
        "config/bot.toml: accounts.fedi.template: templates/soft: line 3: unknown filter",
    ]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ('every = "5m"\nslowest = "1m"', "error sources.site.slowest: is less than `every` (5m): give more"),
        (
            'cron = "*/5 * * * *"\nslowest = "1h"',
            "error sources.site.slowest: goes with `every`, not with `cron`, whose times are fixed",
        ),
    ],
)
def test_the_slowest_rhythm_goes_with_the_usual_one(loaded: Load, keys: str, line: str) -> None:
    assert told(loaded, GOOD.replace('kind = "wire"', f'kind = "wire"\n{keys}')) == [line]
    assert told(loaded, GOOD.replace('kind = "wire"', 'kind = "wire"\nslowest = "1h"')) == []


LABEL = '[[labels]]\nname = "ad"\nmatch.categories_any = ["Ad"]\ntext = { en = "Ad", fr = "Pub" }\n'


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("fr =", "rw =", 'error labels.ad.text: has nothing in fr: add `fr = "…"` or `default = "…"`'),
        ("fr =", "default =", ""),
        ('{ en = "Ad", fr = "Pub" }', '"Ad"', ""),
        (
            "fr =",
            "french =",
            'error labels.ad.text.french: is no language: write one such as "fr", or "default"',
        ),
        ('"Pub"', '" "', "error labels.ad.text.fr: is empty: write what the post shall say"),
        ('{ en = "Ad", fr = "Pub" }', "{}", "error labels.ad.text: has nothing in en, fr: add `en ="),
        (
            'match.categories_any = ["Ad"]',
            "",
            "error labels.ad.match: is missing: without a condition every article would be labelled",
        ),
        (
            'match.categories_any = ["Ad"]',
            'match.title_matches = "("',
            "error labels.ad.match.title_matches: is no regular expression",
        ),
    ],
)
def test_a_label_that_cannot_do_its_work(loaded: Load, old: str, new: str, line: str) -> None:
    lines = told(loaded, 'languages = ["en", "fr"]\n' + GOOD + LABEL.replace(old, new))
    assert bool(lines) is bool(line)
    assert not lines or lines[0].startswith(line)


def test_two_labels_of_one_name_are_an_error(loaded: Load) -> None:
    lines = told(loaded, GOOD + LABEL + LABEL)
    assert lines == ['error labels.ad: 2 labels are called "ad": rename all but one']


def test_a_utm_parameter_that_names_nothing_is_an_error(loaded: Load) -> None:
    utm = 'platform = "relay"\nutm = { source = "{platform}", campaign = "{rout}" }\nschedule = "day"'
    lines = told(loaded, GOOD.replace('platform = "relay"\nschedule = "day"', utm))
    assert lines == ['error accounts.main_x.utm.campaign: {rout} names nothing: did you mean "route"?']


def test_a_source_that_only_tells_opens_no_private_host(loaded: Load) -> None:
    cms = GOOD.replace(
        "[accounts.main_x]", '[sources.cms]\nkind = "push"\nallow_private = true\n[accounts.main_x]'
    )
    (line,) = told(
        loaded, cms.replace('["site"]', '["site", "cms"]'), BOT_SOURCES__CMS__HOOK_SECRET="s3cret-of-cms"
    )
    assert line == (
        "warning sources.cms.allow_private: has no effect: a push source names no host of its own, and pages "
        "are read on public ones only"
    )
