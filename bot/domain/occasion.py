"""What a delivery is for: the news itself, a repeat of it, an old article brought back, an edition."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.routing import Route

__all__ = ["EDITION", "EVERGREEN", "NEW", "REPEAT", "Again", "next_evergreen", "repeats", "yields"]

NEW = "new"
REPEAT = "repeat:"
EVERGREEN = "evergreen:"
EDITION = "digest:"
"""How the source of an edition begins, an article that we make; a source of the file has no colon."""
PATIENCE = timedelta(days=1)
"""A repeat waits at least so long for a place: a night or a schedule of one slot a day does not lose it."""

Again = tuple[str, str, datetime, datetime, timedelta]
"""A repeat's occasion, template set ("" for the first share's), earliest time, end, and wait."""


def yields(occasion: str) -> bool:
    """Whether news goes before it: it takes only the places that no news wants."""
    return occasion.startswith((REPEAT, EVERGREEN))


def repeats(route: Route, sent_at: datetime) -> tuple[Again, ...]:
    """The repeats of a share that went out at `sent_at`, in order.

    Each ages by its own time: it waits as long again as it had waited, a day at least, and never
    until the next one is ready, so that two of one article do not follow each other directly.
    """
    out: list[Again] = []
    for place, each in enumerate(route.repeat):
        ready = sent_at + each.after
        end = ready + max(each.after, PATIENCE)
        if place + 1 < len(route.repeat):
            end = min(end, sent_at + route.repeat[place + 1].after)
        out.append((f"{REPEAT}{place + 1}", each.template, ready, end, each.after))
    return tuple(out)


def next_evergreen(occasions: Iterable[str]) -> str:
    """The occasion after those that an article had on an account."""
    had = [int(each.removeprefix(EVERGREEN)) for each in occasions if each.startswith(EVERGREEN)]
    return f"{EVERGREEN}{max(had, default=0) + 1}"
