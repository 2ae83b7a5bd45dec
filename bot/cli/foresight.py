"""What `sharewire plan` shows beside its table: days, a calendar file, what an edit changes."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.cli.output import console, counted, price, print_json
from bot.domain.wallclock import SHORT, WallClock

if TYPE_CHECKING:
    from rich.console import Console

    from bot.cli.session import Session

__all__ = ["day_of", "print_calendar", "show_difference"]

WEEK = timedelta(days=7)


def day_of(row: dict[str, Any], wall: WallClock) -> str:
    """The heading under which a planned share stands."""
    return wall.tell(datetime.fromisoformat(row["at"]), "%A %d %B") if row["at"] else "without a time"


def print_calendar(rows: list[dict[str, Any]], now: datetime) -> None:
    """An RFC 5545 calendar on stdout; its lines end as the format wants it."""
    from bot.services.calendar import ics

    sys.stdout.buffer.write(ics(rows, now).encode())
    sys.stdout.flush()


def show_difference(session: Session, within: timedelta, *, as_json: bool) -> None:
    """What the file and the templates on disk would change about what goes out."""
    from bot.services.difference import difference

    new = session.newsroom
    with session.house.in_force(session.store, new) as old:
        changed = difference(session.store, old, new, session.now, max(within, WEEK))
    if as_json:
        print_json(changed)
        return
    out = console()
    if not changed:
        out.print("The file changes nothing about the shares that wait, nor about what is to come.")
        out.print("(A running worker takes up an edit within a second: try one on a copy, with --config.)")
        return
    wall = session.wall
    for each in changed:
        was, becomes = _said(each["was"], each["becomes"], wall), _said(each["becomes"], each["was"], wall)
        some = each["becomes"] or each["was"]
        what = some["route"] + (f" {each['occasion']}" if each["occasion"] != "new" else "")
        which = f"share {each['delivery']}" if each["delivery"] else f"{what} (to come)"
        change = f"{was}, in other words" if was == becomes else f"{was} -> {becomes}"
        out.print(f"{which} on {each['account']}: {change}", markup=False)
        out.print(f"    {each['title']}", style="dim", markup=False)
        _texts(out, each)
    out.print(f"{counted(len(changed), 'share')} would change", style="bold")


def _texts(out: Console, each: dict[str, Any]) -> None:
    """Both texts, where they differ."""
    was, becomes = each["was"], each["becomes"]
    if was is None or becomes is None or was["text"] == becomes["text"]:
        return
    for mark, side, style in (("-", was, "red"), ("+", becomes, "green")):
        for line in side["text"].splitlines():
            out.print(f"    {mark} {line}".rstrip(), style=style, markup=False)


def _said(side: dict[str, Any] | None, other: dict[str, Any] | None, wall: WallClock) -> str:
    """When, or in which state; and what else is not the same on the other side."""
    if side is None:
        return "nothing"
    if side["state"] not in ("queued", "planned"):
        when = f"{side['state']} ({side['reason']})" if side["reason"] else side["state"]
    else:
        at = side["at"] and datetime.fromisoformat(side["at"])
        when = wall.tell(at, f"%a {SHORT}") if at else "no place"
    differs = [
        f"{name} {side[name] or '-'}"
        for name in ("schedule", "template")
        if other and side[name] != other[name]
    ]
    if other and side["cost_usd"] != other["cost_usd"]:
        differs.append("costs nothing" if side["cost_usd"] is None else f"costs {price(side['cost_usd'])}")
    if other and bool(side["over_budget"]) != bool(other["over_budget"]):
        differs.append("no money left for it" if side["over_budget"] else "money for it")
    return ", ".join([when, *differs])
