"""Checks what is shared at other times than news: repeats, evergreen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import regex

from bot.domain.schedule import Schedule, dropped_slots
from bot.settings import rules
from bot.settings.again import EvergreenTable
from bot.settings.digest import DigestTable
from bot.settings.model import RouteTable, Settings
from bot.settings.problems import unknown

__all__ = ["found", "rules_of", "template_keys"]

Found = Iterator[tuple[Literal["error", "warning"], str, str]]
"""Level, key, message of each problem."""
Rule = EvergreenTable | DigestTable


def found(settings: Settings) -> Found:
    """What is wrong with repeats and with the rules that have times of their own."""
    for route in settings.routes:
        yield from _repeats(route)
    names = Counter(route.name for route in settings.routes)
    names.update(rule.name for _, rule in rules_of(settings))
    for key, rule in rules_of(settings):
        if names[rule.name] > 1:
            said = "rules (routes, evergreen, digests) are called"
            yield "error", key, f'{names[rule.name]} {said} "{rule.name}": rename all but one'
        yield from _rule(settings, key, rule)
    for table in settings.evergreen:
        if table.expires and table.expires <= table.min_age:
            cure = "an article would never be old enough and young enough"
            yield "error", f"evergreen.{table.name}.expires", f"must be longer than `min_age`: {cure}"
    former = {old for _, rule in rules_of(settings) for old in rule.was}
    for key, rule in rules_of(settings):
        if rule.name in former:
            yield "error", f"{key}.was", f'"{rule.name}" is still there: a name is one or the other'
    yield from _digests(settings)


def rules_of(settings: Settings) -> Iterator[tuple[str, Rule]]:
    """Each rule that has times of its own, with its key."""
    for rule in settings.evergreen:
        yield f"evergreen.{rule.name}", rule
    for digest in settings.digests:
        yield f"digests.{digest.name}", digest


def template_keys(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each template set named here, with its key."""
    for route in settings.routes:
        for place, each in enumerate(route.repeat):
            if each.template:
                yield each.template, f"routes.{route.name}.repeat.{place}.template"
    for key, rule in rules_of(settings):
        yield rule.template, f"{key}.template"


def _repeats(route: RouteTable) -> Found:
    key = f"routes.{route.name}.repeat"
    before = timedelta(0)
    for place, each in enumerate(route.repeat):
        if each.after <= timedelta(0):
            yield "error", f"{key}.{place}", 'comes with the first share: say how long after it, such as "3h"'
        elif each.after <= before:
            yield "error", f"{key}.{place}", "does not come after the one before it: put them in order"
        before = max(before, each.after)


def _rule(settings: Settings, key: str, rule: Rule) -> Found:
    """The names a rule leads to, its patterns and its times."""
    for name in rule.sources:
        if name not in settings.sources:
            yield "error", f"{key}.sources", unknown("source", name, settings.sources)
    for name in rule.accounts:
        if name not in settings.accounts:
            yield "error", f"{key}.accounts", unknown("account", name, settings.accounts)
    for name, pattern in rule.match.patterns():
        try:
            regex.compile(pattern)
        except regex.error as error:
            yield "error", f"{key}.match.{name}", f"is no regular expression: {error}"
    yield from _times(settings, key, rule)


def _times(settings: Settings, key: str, rule: Rule) -> Found:
    slots, cron = (rule.at, "") if isinstance(rule, DigestTable) else (rule.slots, rule.cron)
    name = "at" if isinstance(rule, DigestTable) else "slots"
    if not any(slots.values()) and not cron:
        or_cron = "" if isinstance(rule, DigestTable) else ' or `cron = "0 11 * * sat,sun"`'
        example = f'`{name} = {{ sat-sun = ["11:00"] }}`{or_cron}'
        yield "error", key, f"says no time: give it {example}"
        return
    if slots and cron:
        yield "error", f"{key}.cron", "say `slots` or `cron`, not both"
        return
    try:
        when = rules.when(settings.model_copy(update={"timezone": "UTC"}), rule)
    except ValueError as error:
        if not rule.timezone:
            yield "error", f"{key}.cron", str(error)
        return
    if isinstance(when, Schedule):
        yield from _in_quiet(settings, key, rule, when)


def _in_quiet(settings: Settings, key: str, rule: Rule, when: Schedule) -> Found:
    """A slot in an account's quiet hours: what it makes waits for their end."""
    schedules = rules.schedules(settings)
    for account in rule.accounts:
        options = settings.accounts.get(account)
        schedule = schedules.get(options.schedule) if options else None
        if schedule is None or schedule.zone != (rule.timezone or settings.timezone):
            continue
        for _, wall in dropped_slots(replace(when, quiet=schedule.quiet))[:1]:
            said = f"{wall:%H:%M} lies in the quiet hours of {account}: it waits for their end"
            name = "at" if isinstance(rule, DigestTable) else "slots"
            yield "warning", f"{key}.{name}", said


def _digests(settings: Settings) -> Found:
    for digest in settings.digests:
        key = f"digests.{digest.name}"
        articles = digest.articles
        if articles.min > articles.max:
            cure = f"it is {articles.min}, and `max` is {articles.max}"
            yield "error", f"{key}.articles.min", f"must not be more than `max`: {cure}"
        if not articles.order:
            yield "error", f"{key}.articles.order", 'says nothing: write "priority", "newest" or "oldest"'
        if {"newest", "oldest"} <= set(articles.order):
            yield "error", f"{key}.articles.order", "say `newest` or `oldest`, not both"
        if digest.since is not None and digest.since <= timedelta(0):
            yield "error", f"{key}.since", 'must be longer than nothing: say "last edition" or "24h"'
        if digest.max_age <= timedelta(0):
            yield "error", f"{key}.max_age", "must be longer than nothing: an edition needs time to go out"
