"""Finds what no table alone can show: names that lead nowhere, slots that never come, missing secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import regex

from bot import registry
from bot.domain.cadence import parse_zone
from bot.domain.errors import TemplateError
from bot.domain.schedule import Quiet, dropped_slots, has_slots, places_per_day
from bot.http.guard import is_public
from bot.observe.alerts import understood
from bot.ports.durations import format_duration
from bot.ports.matching import MatchTable
from bot.ports.source import SourceOptions
from bot.rendering.values import UTM_WORDS, unknown_utm
from bot.settings import occasions, rules
from bot.settings.blackout import trouble
from bot.settings.following import follow_problems
from bot.settings.labels import label_problems
from bot.settings.loading import DEFAULT_PATH
from bot.settings.model import RouteTable, Settings
from bot.settings.money import money
from bot.settings.orders import order_problems
from bot.settings.problems import Problem, did_you_mean, unknown
from bot.settings.tree import secrets_of, variable

__all__ = ["check"]

Level = Literal["error", "warning"]
Found = Iterator[tuple[Level, str, str]]
"""Level, key, message."""

MINUTES = 24 * 60
LOCAL = (".local", ".localhost", ".internal", ".lan", ".home.arpa")


def check(
    settings: Settings,
    *,
    file: Path = DEFAULT_PATH,
    compile_templates: Callable[[str], object] | None = None,
) -> list[Problem]:
    """Every problem, errors first. Reads no database and no network.

    Args:
        settings: as loaded.
        file: the name that problems give as their place.
        compile_templates: takes a template set's name and raises TemplateError if it is not fit for use.
    """
    found = [
        *_zones(settings),
        *_sources(settings),
        *_accounts(settings),
        *_schedules(settings),
        *_routes(settings),
        *occasions.found(settings),
        *_blackouts(settings),
        *_unused(settings),
        *_former_names(settings),
        *_labels(settings),
        *_delivery(settings),
        *_alerts(settings),
        *money(settings),
        *follow_problems(settings),
        *order_problems(settings),
        *(_templates(settings, compile_templates) if compile_templates else ()),
    ]
    problems = [Problem(str(file), key, message, level) for level, key, message in dict.fromkeys(found)]
    return sorted(problems, key=lambda problem: problem.level != "error")


def _zones(settings: Settings) -> Found:
    zones = {"timezone": settings.timezone}
    zones |= {f"{key}.timezone": rule.timezone for key, rule in occasions.rules_of(settings) if rule.timezone}
    zones |= {f"schedules.{id_}.timezone": s.timezone for id_, s in settings.schedules.items() if s.timezone}
    zones |= {
        f"blackouts.{each.name}.timezone": each.timezone for each in settings.blackouts if each.timezone
    }
    for key, zone in zones.items():
        if not _is_zone(zone):
            yield "error", key, f'there is no time zone "{zone}": {_near_zone(zone)}'


def _is_zone(zone: str) -> bool:
    try:
        parse_zone(zone)
    except ValueError:
        return False
    return True


def _near_zone(zone: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    near = get_close_matches(zone, sorted(available_timezones()), n=1)
    return f'did you mean "{near[0]}"?' if near else 'write an IANA name such as "Africa/Kigali"'


def _sources(settings: Settings) -> Found:
    for id_, options in settings.sources.items():
        key = f"sources.{id_}"
        if options.cron and "every" in options.model_fields_set:
            yield "error", f"{key}.cron", "say `every` or `cron`, not both"
        try:
            rules.cadence(settings.model_copy(update={"timezone": "UTC"}), options)
        except ValueError as error:
            yield "error", f"{key}.{'cron' if options.cron else 'every'}", str(error)
        if settings.mode == "live":
            for name in _missing_secrets(options):
                name_of = variable(("sources", id_, name))
                yield "error", f"{key}.{name}", f"is missing: set {name_of} in the environment or .env"
        yield from _slowest(key, options)
        host = _private_host(str(getattr(options, "url", "")))
        if host and not options.allow_private:
            cure = "set `allow_private = true` on this source if that is meant"
            yield "error", f"{key}.url", f"{host} is not a public address: {cure}"
        if options.allow_private and not options.asked:
            reason = (
                f"a {options.kind} source names no host of its own, and pages are read on public ones only"
            )
            yield "warning", f"{key}.allow_private", f"has no effect: {reason}"
        if options.exclude:
            yield from _patterns(f"{key}.exclude", options.exclude)


def _slowest(key: str, options: SourceOptions) -> Found:
    if options.slowest and options.cron:
        yield "error", f"{key}.slowest", "goes with `every`, not with `cron`, whose times are fixed"
    elif options.slowest and options.slowest < options.every:
        yield "error", f"{key}.slowest", f"is less than `every` ({format_duration(options.every)}): give more"


def _private_host(url: str) -> str:
    """The host of a URL, if it can be seen without asking that it is not a public one."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    try:
        return "" if not host or is_public(host) else host
    except ValueError:
        return host if "." not in host or host.endswith(LOCAL) else ""


def _patterns(key: str, match: MatchTable) -> Found:
    for name, pattern in match.patterns():
        try:
            regex.compile(pattern)
        except regex.error as error:
            yield "error", f"{key}.{name}", f"is no regular expression: {error}"


def _accounts(settings: Settings) -> Found:
    for id_, options in settings.accounts.items():
        key = f"accounts.{id_}"
        if options.schedule and options.schedule not in settings.schedules:
            yield "error", f"{key}.schedule", unknown("schedule", options.schedule, settings.schedules)
        plays = getattr(options, "as_", "")
        if plays and plays not in registry.platform_kinds():
            yield "error", f"{key}.as", unknown("platform", plays, dict.fromkeys(registry.platform_kinds()))
        for name, word in unknown_utm(options.utm):
            yield "error", f"{key}.utm.{name}", f"{{{word}}} names nothing: {did_you_mean(word, UTM_WORDS)}"
        if settings.mode == "live":
            for name in _missing_secrets(options):
                name_of = variable(("accounts", id_, name))
                cure = f"set {name_of} in the environment or .env (or try all with BOT_MODE=rehearsal)"
                yield "error", f"{key}.{name}", f"is missing: {cure}"


def _missing_secrets(options: Any) -> list[str]:
    given = options.model_dump(by_alias=True)
    return [
        name
        for name in secrets_of(type(options))
        if name not in options.optional_secrets and not (given[name] and given[name].get_secret_value())
    ]


def _schedules(settings: Settings) -> Found:
    for id_, schedule in rules.schedules(settings).items():
        key = f"schedules.{id_}"
        if not _is_zone(schedule.zone):
            continue  # told already
        dropped = dropped_slots(schedule)
        if dropped and not places_per_day(schedule):
            yield "error", f"{key}.quiet", "every slot lies in the quiet hours: nothing would ever go out"
        elif dropped:
            named = ", ".join(f"{day} {at:%H:%M}" for day, at in dropped[:3])
            more = f" and {len(dropped) - 3} more" if len(dropped) > 3 else ""  # noqa: PLR2004 - as above
            yield "warning", f"{key}.slots", f"{named}{more} lies in the quiet hours and is dropped"
        if _always_quiet(schedule.quiet):
            yield "error", f"{key}.quiet", "is quiet around the clock: only urgent routes would go out"


def _always_quiet(quiet: Iterable[Quiet]) -> bool:
    covered: set[int] = set()
    for span in quiet:
        start, end = (60 * at.hour + at.minute for at in (span.start, span.end))
        covered |= set(range(start, end)) if start < end else {*range(start, MINUTES), *range(end)}
    return len(covered) == MINUTES


def _routes(settings: Settings) -> Found:
    names = Counter(route.name for route in settings.routes)
    taken: dict[tuple[str, str], str] = {}
    if not settings.routes:
        yield "warning", "routes", "there is none: nothing will be shared"
    for route in settings.routes:
        key = f"routes.{route.name}"
        if names[route.name] > 1:
            yield "error", key, f'{names[route.name]} routes are called "{route.name}": rename all but one'
        for name in route.sources:
            if name not in settings.sources:
                yield "error", f"{key}.sources", unknown("source", name, settings.sources)
        for name in route.accounts:
            if name not in settings.accounts:
                yield "error", f"{key}.accounts", unknown("account", name, settings.accounts)
        yield from _route_schedule(settings, route, key)
        yield from _patterns(f"{key}.match", route.match)
        pairs = [(source, account) for source in route.sources for account in route.accounts]
        if all(pair in taken for pair in pairs):
            above = taken[pairs[0]]
            yield "warning", key, f'is never reached: "{above}" above it takes every article; move it up'
        if route.match == MatchTable():
            taken |= {pair: route.name for pair in pairs if pair not in taken}


def _route_schedule(settings: Settings, route: RouteTable, key: str) -> Found:
    if route.schedule and route.schedule not in settings.schedules:
        yield "error", f"{key}.schedule", unknown("schedule", route.schedule, settings.schedules)
        return
    if route.timing != "slot" or route.urgent:
        return
    for account in route.accounts:
        name = rules.schedule_name(settings, route, account)
        if not name and account in settings.accounts:
            cure = f"give [accounts.{account}] or the route a `schedule`"
            yield "error", f"{key}.timing", f"waits for slots, but {account} keeps no schedule: {cure}"
        elif name in settings.schedules and not has_slots(rules.schedules(settings)[name]):
            cure = f"give [schedules.{name}] `slots` or `cron`"
            yield "error", f"{key}.timing", f"waits for slots, but the schedule of {account} has none: {cure}"


def _blackouts(settings: Settings) -> Found:
    names = Counter(table.name for table in settings.blackouts)
    others = [rule.name for _, rule in occasions.rules_of(settings)]
    routes = dict.fromkeys([*(route.name for route in settings.routes), *others])
    for table in settings.blackouts:
        key = f"blackouts.{table.name}"
        if names[table.name] > 1:
            yield "error", key, f'{names[table.name]} blackouts are called "{table.name}": rename all but one'
        for name in table.except_routes:
            if name not in routes:
                yield "error", f"{key}.except_routes", unknown("route", name, routes)
        for rest, message in trouble(table):
            yield "error", f"{key}.{rest}", message


def _unused(settings: Settings) -> Found:
    routes = settings.routes
    others = [rule for _, rule in occasions.rules_of(settings)]
    used = {
        "sources": {n for r in routes for n in r.sources} | {n for r in others for n in r.sources},
        "accounts": {n for r in routes for n in r.accounts} | {n for r in others for n in r.accounts},
        "schedules": {r.schedule for r in routes} | {a.schedule for a in settings.accounts.values()},
    }
    words = {"sources": "no route", "accounts": "no route", "schedules": "no account and no route"}
    for section, names in used.items():
        for id_ in getattr(settings, section):
            if id_ not in names:
                yield "warning", f"{section}.{id_}", f"is not used: {words[section]} names it"


def _labels(settings: Settings) -> Found:
    for key, message in label_problems(settings.labels, settings.languages):
        yield "error", key, message
    for table in settings.labels:
        yield from _patterns(f"labels.{table.name}.match", table.match)


def _delivery(settings: Settings) -> Found:
    table = settings.delivery
    if table.reconcile_after < table.deadline:
        cure = "or a request that is still on its way may be taken for lost"
        yield "warning", "delivery.reconcile_after", f"should not be shorter than `deadline`, {cure}"
    if table.lease <= table.deadline:
        yield "error", "delivery.lease", "must be longer than `deadline`: a call must end within its lease"


def _alerts(settings: Settings) -> Found:
    for id_, table in settings.alerts.items():
        key, name = f"alerts.{id_}.urls", variable(("alerts", id_, "urls"))
        if not table.places():
            yield "warning", key, f"is missing: nobody hears of these events until {name} is set"
        for number, url in enumerate(table.places(), 1):
            if not understood(url):
                yield (
                    "error",
                    key,
                    f"address {number} of {name} is none that Apprise knows: see its list of services",
                )


def _former_names(settings: Settings) -> Found:
    routes = {route.name: route for route in settings.routes}
    tables: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("sources", settings.sources),
        ("accounts", settings.accounts),
        ("routes", routes),
    )
    for section, named in tables:
        for id_, table in named.items():
            for old in table.was:
                if old in named:
                    yield (
                        "error",
                        f"{section}.{id_}.was",
                        f'"{old}" is still there: a name is one or the other',
                    )


def _templates(settings: Settings, compile_templates: Callable[[str], object]) -> Found:
    names = {route.template: f"routes.{route.name}.template" for route in reversed(settings.routes)}
    for id_, options in settings.accounts.items():
        if options.template:
            names.setdefault(options.template, f"accounts.{id_}.template")
        if options.budget and options.budget.near_template:
            names.setdefault(options.budget.near_template, f"accounts.{id_}.budget.near_template")
    for name, key in occasions.template_keys(settings):
        names.setdefault(name, key)
    for name, key in names.items():
        try:
            compile_templates(name)
        except TemplateError as error:
            yield "error", key, str(error)
