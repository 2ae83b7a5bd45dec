"""Turns the tables into the values that the domain decides by."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from bot.domain.blackout import Blackout
from bot.domain.cadence import Cadence, local_instant, parse_cadence
from bot.domain.digest import Digest
from bot.domain.evergreen import Evergreen
from bot.domain.rhythm import When
from bot.domain.routing import CardRule, Match, Repeat, Route
from bot.domain.schedule import Schedule
from bot.ports.source import SourceOptions
from bot.settings.again import EvergreenTable
from bot.settings.blackout import blackout_of
from bot.settings.digest import DigestTable
from bot.settings.model import RouteTable, ScheduleTable, Settings
from bot.settings.week import ordinals_of, parse_quiet, week_of

__all__ = [
    "blackouts",
    "cadence",
    "default_schedule",
    "digests",
    "evergreen",
    "exclude",
    "routes",
    "schedule_name",
    "schedules",
    "when",
]


def routes(settings: Settings) -> tuple[Route, ...]:
    """The routes in the file's order."""
    return tuple(_route(table) for table in settings.routes)


def schedules(settings: Settings) -> dict[str, Schedule]:
    """The schedules by their ids."""
    return {id_: _schedule(id_, table, settings) for id_, table in settings.schedules.items()}


def blackouts(settings: Settings) -> tuple[Blackout, ...]:
    """When nothing is published."""
    return tuple(blackout_of(table, settings.timezone) for table in settings.blackouts)


def default_schedule(settings: Settings) -> Schedule:
    """For accounts that name none: no slots, no quiet hours, no gap, the file's zone."""
    return Schedule(name="", zone=settings.timezone)


def schedule_name(settings: Settings, route: RouteTable, account: str) -> str:
    """The schedule a share keeps: its route's, else its account's, else none ("")."""
    options = settings.accounts.get(account)
    return route.schedule or (options.schedule if options else "")


def evergreen(settings: Settings) -> tuple[Evergreen, ...]:
    """The rules that bring old articles back, in the file's order."""
    return tuple(
        Evergreen(
            name=table.name,
            sources=table.sources,
            accounts=table.accounts,
            when=when(settings, table),
            template=table.template,
            match=table.match.to_match(),
            min_age=table.min_age,
            cooldown=table.cooldown,
            max_shares=table.max_shares,
            expires=table.expires,
            until=_end_of(table.until, table.timezone or settings.timezone),
            was=table.was,
        )
        for table in settings.evergreen
    )


def digests(settings: Settings) -> tuple[Digest, ...]:
    """The rules that make editions, in the file's order."""
    return tuple(
        Digest(
            name=table.name,
            accounts=table.accounts,
            when=when(settings, table),
            sources=table.sources,
            match=table.match.to_match(),
            since=table.since,
            least=table.articles.min,
            most=table.articles.max,
            order=table.articles.order,
            template=table.template,
            title=table.title or table.name.replace("_", " ").capitalize(),
            link=table.link,
            max_age=table.max_age,
            was=table.was,
        )
        for table in settings.digests
    )


def when(settings: Settings, table: EvergreenTable | DigestTable) -> When:
    """The times of a rule that has its own.

    Raises:
        ValueError: its cron expression cannot be read.
    """
    zone = table.timezone or settings.timezone
    if isinstance(table, DigestTable):
        return Schedule(name=table.name, zone=zone, slots=week_of(table.at), ordinals=ordinals_of(table.at))
    if table.cron:
        return parse_cadence(None, table.cron, zone)
    return Schedule(name=table.name, zone=zone, slots=week_of(table.slots), ordinals=ordinals_of(table.slots))


def cadence(settings: Settings, options: SourceOptions) -> Cadence:
    """How often a source is polled.

    Raises:
        ValueError: its cron expression cannot be read.
    """
    return parse_cadence(options.every, options.cron, settings.timezone)


def exclude(options: SourceOptions) -> Match | None:
    """The articles that no route shall see, None where every one is seen."""
    return options.exclude.to_match() if options.exclude else None


def _end_of(day: date | None, zone: str) -> datetime | None:
    return local_instant(zone, day + timedelta(days=1), time(0)) if day else None


def _route(table: RouteTable) -> Route:
    return Route(
        name=table.name,
        sources=table.sources,
        accounts=table.accounts,
        match=table.match.to_match(),
        timing=table.timing,
        schedule=table.schedule,
        template=table.template,
        link=table.link or "",
        urgent=table.urgent,
        stop=table.stop,
        approve=table.approve,
        delay=table.delay,
        max_age=table.max_age,
        priority=table.priority,
        repeat=tuple(Repeat(each.after, each.template) for each in table.repeat),
        was=table.was,
        card=CardRule(table.card.check, table.card.wait) if table.card else None,
    )


def _schedule(id_: str, table: ScheduleTable, settings: Settings) -> Schedule:
    zone = table.timezone or settings.timezone
    return Schedule(
        name=id_,
        zone=zone,
        slots=week_of(table.slots),
        ordinals=ordinals_of(table.slots),
        cron=Cadence(None, table.cron, zone) if table.cron else None,
        quiet=tuple(parse_quiet(text) for text in table.quiet),
        pick=table.pick,
        min_gap=table.min_gap,
        max_per_day=table.max_per_day,
        jitter=table.jitter,
    )
