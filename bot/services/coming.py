"""What repeats and evergreen rules will make in the coming hours, before there is a row of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.delivery import State
from bot.domain.evergreen import Past
from bot.domain.occasion import EVERGREEN, NEW, repeats
from bot.domain.rhythm import times
from bot.domain.slots import Place, Waiting, project
from bot.ports.newsroom import Newsroom
from bot.ports.store import Tx
from bot.services.evergreen import PATIENCE, picks
from bot.services.place import LOOK_BACK, Foreseen, taken
from bot.services.repeat import repeated

__all__ = ["Coming", "coming"]


@dataclass(frozen=True, slots=True)
class Coming:
    """A share that nothing has made yet. `at` is None where it would find no place."""

    at: datetime | None
    account: str
    article: int
    occasion: str
    route: str
    template: str
    schedule: str
    timing: str
    ready_at: datetime
    expires_at: datetime | None
    id: None = None
    state: str = "planned"
    reason: str = ""
    urgent: bool = False


def coming(
    tx: Tx, newsroom: Newsroom, foreseen: Iterable[Foreseen], now: datetime, within: timedelta
) -> list[Coming]:
    """Everything that the rules make until then, in the places that are left.

    Args:
        tx: a transaction to read in.
        newsroom: the rules in force.
        foreseen: the rows there are, with their places.
        now: when.
        within: how far to look.
    """
    placed = [(row, place) for row, place in foreseen if place and place.due_at]
    found = [*_repeats(newsroom, placed), *_evergreen(tx, newsroom, now, now + within)]
    out: list[Coming] = []
    for account in newsroom.accounts:
        mine = [each for each in found if each.account == account and each.ready_at <= now + within]
        places = [place for row, place in placed if row.account == account and place]
        out += _placed(tx, newsroom, account, mine, places, now)
    return [each for each in out if each.at is None or each.at <= now + within]


def _placed(
    tx: Tx,
    newsroom: Newsroom,
    account: str,
    mine: Sequence[Coming],
    places: Iterable[Place],
    now: datetime,
) -> Iterator[Coming]:
    if not mine:
        return
    history = taken(tx.outbox.history(account, now - LOOK_BACK), places)
    rows = [
        Waiting(
            id=number,
            published_at=each.ready_at,
            ready_at=each.ready_at,
            expires_at=each.expires_at,
            schedule=each.schedule,
            timing=each.timing,
        )
        for number, each in enumerate(mine)
    ]
    given = project(rows, newsroom.schedules, newsroom.default_schedule, history, now)
    for each, place in zip(mine, given, strict=True):
        yield replace(each, at=place.due_at)


def _repeats(newsroom: Newsroom, placed: Iterable[Foreseen]) -> Iterator[Coming]:
    """Of first shares that wait: as if they went out when they are due."""
    for row, place in placed:
        route = repeated(newsroom, row) if row.occasion == NEW and row.state is State.QUEUED else None
        if route is None or place is None or place.due_at is None:
            continue
        for occasion, template, ready, end, _ in repeats(route, place.due_at):
            schedule, told = newsroom.schedule_of(route, row.account), template or row.template
            rest = (route.name, told, schedule, route.timing, ready, end)
            yield Coming(None, row.account, row.article, occasion, *rest)


def _evergreen(tx: Tx, newsroom: Newsroom, now: datetime, end: datetime) -> Iterator[Coming]:
    """Each rule's picks at its times to come, one after the other."""
    ticks = sorted(
        (
            (at, rule)
            for rule in newsroom.evergreen
            for at in times(rule.when, now, end)
            if rule.until is None or at < rule.until
        ),
        key=lambda tick: tick[0],
    )
    told: dict[tuple[str, int], Past] = {}
    for at, rule in ticks:
        for account, article in picks(tx, newsroom, rule, at, told).items():
            had = told.get((account, article)) or tx.outbox.past(account, [article]).get(article, Past())
            told[account, article] = Past(had.shares + 1, at)
            schedule = newsroom.accounts[account].options.schedule
            rest = (rule.name, rule.template, schedule, "now", at, at + PATIENCE)
            yield Coming(None, account, article, f"{EVERGREEN}{had.shares + 1}", *rest)
