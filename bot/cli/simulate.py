"""`sharewire simulate`: what a configuration would have made of what a source published."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from bot.cli.session import Session
    from bot.services.history import Arrival

__all__ = ["simulate"]

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
BEGINS = "It begins with empty queues: what waited then is not played."


def simulate(
    config: ConfigOption = None,
    *,
    from_: Annotated[
        str, typer.Option("--from", metavar="DAY", help="The first day, as 2026-11-01; else a week ago.")
    ] = "",
    to: Annotated[str, typer.Option(metavar="DAY", help="The last day; else yesterday.")] = "",
    source: Annotated[str, typer.Option(help="Only this source.")] = "",
    feed: Annotated[bool, typer.Option("--feed", help="Also what the sources list at this moment.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also each share that would not have gone out, and why.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Play past articles through the configuration: what would have gone out when, what not, and why.

    Posts nothing and writes nothing. It begins with empty queues: what waited then is not played.
    With --config another file is tried on the same history.
    """
    from bot.cli.session import Session
    from bot.domain.errors import UserError
    from bot.services.history import Memory, from_store, memory_of
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
    memory = memory_of(store, newsroom, start, end) if store else Memory()
    document = play(session.house.scratch_store(), newsroom, arrivals, start, end, memory)
    if as_json:
        print_json({**document, "notes": [BEGINS]})
    else:
        _print(document, zone, everything=everything)


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
    from bot.services.history import from_feed

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


def _print_account(out: Console, id_: str, each: dict[str, Any]) -> None:
    places, age = each["places_per_day"], each["median_age_minutes"]
    met = "go out at once" if places is None else f"meet {places:g} places a day"
    out.print(
        f"{id_}: {counted(each['articles'], 'article')} ({each['articles_per_day']:g} a day) {met}",
        markup=False,
    )
    aged = "" if age is None else f", news {age // 60} h {age % 60} min old (median)"
    out.print(f"    out: {_out(each)}, {each['published_per_day']:g} a day{aged}", markup=False)
    not_out = ", ".join(f"{count} {why}" for why, count in each["not_published"].items())
    if not_out:
        out.print(f"    not out: {not_out.replace('queued', 'still waiting')}", markup=False)


def _out(account: dict[str, Any]) -> str:
    """How many went out, and of what kind where not all were news."""
    of = ", ".join(f"{count} {kind}" for kind, count in account["of"].items())
    return str(account["published"]) + (f" ({of})" if account["of"].keys() - {"new"} else "")


def _print_shares(shares: list[dict[str, Any]], zone: ZoneInfo) -> None:
    """By days; what did not go out stands, dim, at the time its article was published."""
    out, day = console(), ""
    width = max((len(share["account"]) for share in shares), default=0)
    timed = [
        (share["at"] if share["state"] == "published" else share["published_at"] or share["at"], share)
        for share in shares
    ]
    for when, share in sorted(timed, key=lambda each: each[0] or ""):
        at = datetime.fromisoformat(when).astimezone(zone)
        if (heading := f"{at:%A %d %B %Y}") != day:
            day = heading
            out.print(day, style="bold", markup=False)
        what = "" if share["occasion"] == "new" else f"{share['occasion']}: "
        account, title = share["account"].ljust(width), f"{what}{share['article']['title']}"
        if share["state"] == "published":
            line, style = f"  {at:%H:%M}  {account}  {title}", None
        else:
            line, style = f"      -  {account}  {_end(share['state'], share['reason'])}: {title}", "dim"
        out.print(line, style=style, markup=False, no_wrap=True, overflow="ellipsis")


def _end(state: str, reason: str) -> str:
    """What became of a share that is not out."""
    said = "still waiting" if state == "queued" else state
    return said + (f" ({reason})" if reason else "")


def _print(document: dict[str, Any], zone: ZoneInfo, *, everything: bool) -> None:
    out = console()
    shown = [share for share in document["shares"] if everything or share["state"] == "published"]
    _print_shares(shown, zone)
    first, last = (datetime.fromisoformat(document[name]).astimezone(zone) for name in ("from", "to"))
    days = f"{first:%d %B %Y} to {last - DAY:%d %B %Y}"
    out.print(f"{counted(document['articles'], 'article')} from {days}")
    out.print(BEGINS, style="dim")
    for id_, each in document["accounts"].items():
        _print_account(out, id_, each)
    passed: dict[tuple[str, str], int] = {}
    for each in document["passed"]:
        key = (each["account"], each["rule"])
        passed[key] = passed.get(key, 0) + 1
    for (account, rule), count in sorted(passed.items()):
        out.print(f"{counted(count, 'article')} not for {account}: {rule}", markup=False)
