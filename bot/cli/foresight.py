"""What `sharewire plan` shows beside its table: days, a calendar file, what an edit changes."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.cli.output import console, counted, print_json

if TYPE_CHECKING:
    from bot.cli.session import Session

__all__ = ["day_of", "print_calendar", "show_difference"]


def day_of(row: dict[str, Any], zone: ZoneInfo) -> str:
    """The heading under which a planned share stands."""
    return f"{datetime.fromisoformat(row['at']).astimezone(zone):%A %d %B}" if row["at"] else "without a time"


def print_calendar(rows: list[dict[str, Any]], now: datetime) -> None:
    """An RFC 5545 calendar on stdout; its lines end as the format wants it."""
    from bot.services.calendar import ics

    sys.stdout.buffer.write(ics(rows, now).encode())
    sys.stdout.flush()


def show_difference(session: Session, *, as_json: bool) -> None:
    """What the file on disk would change about the shares that wait."""
    from bot.services.difference import difference

    new = session.newsroom
    changed = difference(session.store, session.house.in_force(session.store, new), new, session.now)
    if as_json:
        print_json(changed)
        return
    out = console()
    if not changed:
        out.print("The file changes nothing about the shares that wait.")
        return
    zone = ZoneInfo(new.timezone)
    for each in changed:
        was, becomes = _said(each["was"], each["becomes"], zone), _said(each["becomes"], each["was"], zone)
        out.print(f"share {each['delivery']} on {each['account']}: {was} -> {becomes}", markup=False)
        out.print(f"    {each['title']}", style="dim", markup=False)
    out.print(f"{counted(len(changed), 'share')} would change", style="bold")


def _said(side: dict[str, Any], other: dict[str, Any], zone: ZoneInfo) -> str:
    """When, or in which state; and what else is not the same on the other side."""
    if side["state"] != "queued":
        when = f"{side['state']} ({side['reason']})" if side["reason"] else side["state"]
    else:
        at = side["at"] and datetime.fromisoformat(side["at"]).astimezone(zone)
        when = f"{at:%a %d %b %H:%M}" if at else "no place"
    differs = [
        f"{name} {side[name] or '-'}" for name in ("schedule", "template") if side[name] != other[name]
    ]
    return ", ".join([when, *differs])
