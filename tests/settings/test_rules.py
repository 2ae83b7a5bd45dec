from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta

from bot.domain.routing import Match, Route
from bot.domain.schedule import Quiet, Schedule
from bot.settings import rules
from bot.settings.loading import Loaded

Load = Callable[..., Loaded]


def test_a_route_is_what_its_table_says(loaded: Load) -> None:
    settings = loaded("""
        [[routes]]
        name = "breaking"
        sources = ["site"]
        accounts = ["fedi", "main_x"]
        match.any = [{ categories_any = ["Breaking"] }, { title_matches = "(?i)^urgent" }]
        match.languages = ["fr"]
        timing = "slot"
        schedule = "day"
        template = "loud"
        urgent = true
        stop = true
        approve = true
        delay = "5m"
        max_age = "24h"
        priority = 3
        was = ["old"]
    """).settings
    match = Match(
        any=(Match(categories_any=("Breaking",)), Match(title_matches="(?i)^urgent")), languages=("fr",)
    )
    assert rules.routes(settings) == (
        Route(
            name="breaking",
            sources=("site",),
            accounts=("fedi", "main_x"),
            match=match,
            timing="slot",
            schedule="day",
            template="loud",
            urgent=True,
            stop=True,
            approve=True,
            delay=timedelta(minutes=5),
            max_age=timedelta(hours=24),
            priority=3,
            was=("old",),
        ),
    )


def test_a_route_that_says_nothing_more_has_the_domains_defaults(loaded: Load) -> None:
    settings = loaded('[[routes]]\nname = "all"\nsources = ["s"]\naccounts = ["a"]').settings
    assert rules.routes(settings) == (Route("all", ("s",), ("a",)),)


def test_a_schedule_is_what_its_table_says(loaded: Load) -> None:
    settings = loaded("""
        [schedules.day]
        timezone = "Africa/Kigali"
        slots = { mon-fri = ["12:30", "08:00"], wed = ["07:00-11:00/2h"], sat = [10:00:00] }
        quiet = ["22:00-06:30"]
        pick = "oldest"
        min_gap = "20m"
        max_per_day = 12
        jitter = "3m"
    """).settings
    usual, wednesday = (time(8), time(12, 30)), (time(7), time(9), time(11))
    assert rules.schedules(settings) == {
        "day": Schedule(
            name="day",
            zone="Africa/Kigali",
            slots=(usual, usual, wednesday, usual, usual, (time(10),), ()),
            quiet=(Quiet(time(22), time(6, 30)),),
            pick="oldest",
            min_gap=timedelta(minutes=20),
            max_per_day=12,
            jitter=timedelta(minutes=3),
        )
    }


def test_a_schedule_without_a_zone_keeps_the_files(loaded: Load) -> None:
    settings = loaded('timezone = "Africa/Kigali"\n[schedules.day]').settings
    assert rules.schedules(settings)["day"].zone == "Africa/Kigali"
    assert rules.default_schedule(settings) == Schedule("", zone="Africa/Kigali")


def test_a_share_keeps_its_routes_schedule_else_its_accounts(loaded: Load) -> None:
    settings = loaded("""
        [accounts.a]
        platform = "relay"
        schedule = "account"
        [[routes]]
        name = "own"
        sources = ["s"]
        accounts = ["a", "unknown"]
        schedule = "route"
        [[routes]]
        name = "plain"
        sources = ["s"]
        accounts = ["a", "unknown"]
    """).settings
    own, plain = settings.routes
    assert rules.schedule_name(settings, own, "a") == "route"
    assert rules.schedule_name(settings, plain, "a") == "account"
    assert rules.schedule_name(settings, plain, "unknown") == ""


def test_a_sources_cadence_runs_by_the_files_zone(loaded: Load) -> None:
    settings = loaded("""
        timezone = "Africa/Kigali"
        [sources.s]
        kind = "wire"
        url = "https://example.org/"
        cron = "*/10 6-22 * * mon-fri"
    """).settings
    cadence = rules.cadence(settings, settings.sources["s"])
    assert (cadence.cron, cadence.zone) == ("*/10 6-22 * * mon-fri", "Africa/Kigali")


def test_what_a_source_excludes_is_a_match(loaded: Load) -> None:
    text = '[sources.s]\nkind = "wire"\nurl = "https://example.org/"\n'
    plain = loaded(text).settings.sources["s"]
    filtered = loaded(text + 'exclude = { tags_any = ["nosocial"] }').settings.sources["s"]
    assert rules.exclude(plain) is None
    assert rules.exclude(filtered) == Match(tags_any=("nosocial",))
