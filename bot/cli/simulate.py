"""`sharewire simulate`: what a configuration would have made of what a source published."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json

if TYPE_CHECKING:
    from bot.cli.session import Session
    from bot.services.simulate import Arrival

__all__ = ["simulate"]

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def simulate(
    config: ConfigOption = None,
    *,
    from_: Annotated[
        str, typer.Option("--from", metavar="DAY", help="The first day, as 2026-11-01; else a week ago.")
    ] = "",
    to: Annotated[str, typer.Option(metavar="DAY", help="The last day; else yesterday.")] = "",
    source: Annotated[str, typer.Option(help="Only this source.")] = "",
    feed: Annotated[bool, typer.Option("--feed", help="Also what the sources list at this moment.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Play past articles through the configuration: what would have gone out when, what not, and why.

    Posts nothing and writes nothing. With --config another file is tried on the same history.
    """
    from bot.cli.session import Session
    from bot.domain.errors import UserError
    from bot.services.simulate import from_store
    from bot.services.simulate import simulate as play

    session = Session(config, level="ERROR")
    newsroom = session.newsroom
    if source and source not in newsroom.sources:
        raise UserError(f"there is no [sources.{source}]: choose among {', '.join(sorted(newsroom.sources))}")
    zone = ZoneInfo(newsroom.timezone)
    today = session.now.astimezone(zone).date()
    first, last = _day(from_, today - WEEK), _day(to, today - DAY)
    if last < first:
        raise UserError(f"--to {last} lies before --from {first}")
    start, end = _midnight(first, zone), _midnight(last + DAY, zone)
    store = session.store_if_any if feed else session.store
    arrivals: list[Arrival] = from_store(store, newsroom, start, end, source) if store else []
    if feed:
        arrivals += _listed(session, source, start, end)
    document = play(session.house.scratch_store(), newsroom, arrivals, start, end)
    if as_json:
        print_json(document)
    else:
        _print(document, zone)


def _day(text: str, otherwise: date) -> date:
    from bot.domain.errors import UserError

    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        raise UserError(f"{text!r} is no day: write it as 2026-11-01") from None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    from datetime import UTC

    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _listed(session: Session, source: str, start: datetime, end: datetime) -> list[Arrival]:
    """What the sources list now; one that does not answer is told on stderr and left out."""
    from bot.domain.errors import SourceError
    from bot.ports.records import SourceRow
    from bot.services.simulate import from_feed

    found: list[Arrival] = []
    for feed in session.newsroom.sources.values():
        if source in ("", feed.id):
            try:
                harvest = session.fetch(feed.connector.poll(SourceRow(feed.id).cursor), private=feed.private)
            except SourceError as error:
                typer.echo(f"{feed.id}: {error}", err=True)
                continue
            found += from_feed(session.newsroom, feed, harvest, start, end, session.now)
    return found


def _print(document: dict[str, Any], zone: ZoneInfo) -> None:
    from rich.table import Table

    out = console()
    day = ""
    for share in document["shares"]:
        if share["state"] != "published":
            continue
        at = datetime.fromisoformat(share["at"]).astimezone(zone)
        if (heading := f"{at:%A %d %B %Y}") != day:
            day = heading
            out.print(day, style="bold", markup=False)
        out.print(f"  {at:%H:%M}  {share['account']}  {share['article']['title']}", markup=False)
    table = Table(
        "account",
        "articles",
        "places a day",
        "out",
        "a day",
        "median age",
        "not out",
        box=None,
        pad_edge=False,
    )
    for id_, each in document["accounts"].items():
        age = each["median_age_minutes"]
        table.add_row(
            id_,
            f"{each['articles']} ({each['articles_per_day']:g} a day)",
            "at once" if each["places_per_day"] is None else f"{each['places_per_day']:g}",
            str(each["published"]),
            f"{each['published_per_day']:g}",
            "" if age is None else f"{age // 60} h {age % 60} min",
            ", ".join(f"{count} {why}" for why, count in each["not_published"].items()),
        )
    first, last = (datetime.fromisoformat(document[name]).astimezone(zone) for name in ("from", "to"))
    days = f"{first:%d %B %Y} to {last - DAY:%d %B %Y}"
    out.print(f"{counted(document['articles'], 'article')} from {days}")
    out.print(table)
    passed: dict[tuple[str, str], int] = {}
    for each in document["passed"]:
        key = (each["account"], each["rule"])
        passed[key] = passed.get(key, 0) + 1
    for (account, rule), count in sorted(passed.items()):
        out.print(f"{counted(count, 'article')} not for {account}: {rule}", markup=False)
