"""What repeats and evergreen rules will make in the coming hours, before there is a row of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State, turn_after
from bot.domain.occasion import EVERGREEN, NEW, repeats
from bot.domain.rhythm import next_time, times
from bot.domain.slots import Place
from bot.domain.wording import Wording
from bot.ports.newsroom import Newsroom
from bot.ports.store import Tx
from bot.services.edition import draft, items_of
from bot.services.evergreen import PATIENCE, Shelf
from bot.services.place import Foreseen, foresee
from bot.services.repeat import repeated, told_with

__all__ = ["Coming", "coming"]


INSTANT = timedelta(microseconds=1)
"""What is due at this very moment has been made, or is about to be."""


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
    pinned: bool = False
    edition: Article | None = None
    note: str = ""
    words: Wording = Wording()


def coming(
    tx: Tx, newsroom: Newsroom, foreseen: Iterable[Foreseen], now: datetime, within: timedelta
) -> tuple[list[Coming], dict[int, Place]]:
    """Everything that the rules make until then, and the places that what waits has beside it.

    Args:
        tx: a transaction to read in.
        newsroom: the rules in force.
        foreseen: the rows there are, with their places.
        now: when.
        within: how far to look.
    """
    known = list(foreseen)
    placed = [(row, place) for row, place in known if place and place.due_at]
    start, end = now + INSTANT, now + within
    found = [
        *_editions(tx, newsroom, start, end),
        *_repeats(tx, newsroom, placed),
        *_evergreen(tx, newsroom, start, end),
    ]
    out: list[Coming] = []
    beside: dict[int, Place] = {}
    for account in newsroom.accounts:
        mine = [each for each in found if each.account == account and each.ready_at <= end]
        if not mine:
            continue
        made = {-1 - number: _as_row(each, -1 - number) for number, each in enumerate(mine)}
        waiting = [row for row, place in known if place is not None and row.account == account]
        rows = [*waiting, *made.values()]
        places = {place.id: place for _, place in foresee(tx, newsroom, account, now, rows, within)}
        out += [replace(each, at=places[-1 - number].due_at) for number, each in enumerate(mine)]
        beside |= {row.id: places[row.id] for row in waiting}
    return [each for each in out if each.at is None or each.at <= end], beside


def _as_row(each: Coming, number: int) -> Delivery:
    """The row that it will be, as far as its place depends on it."""
    return Delivery(
        id=number,
        article=each.article,
        account=each.account,
        occasion=each.occasion,
        state=State.QUEUED,
        reason=Reason.NONE,
        route=each.route,
        rule="",
        idempotency_key="",
        created_at=each.ready_at,
        schedule=each.schedule,
        timing=each.timing,
        published_at=each.ready_at,
        ready_at=each.ready_at,
        expires_at=each.expires_at,
    )


def _editions(tx: Tx, newsroom: Newsroom, now: datetime, end: datetime) -> Iterator[Coming]:
    """Each digest's next edition with what is new to it so far; nothing is known of those after it yet."""
    for digest in newsroom.digests:
        for number, at in enumerate(times(digest.when, now, end)):
            edition = draft(newsroom, digest, at)
            for account in digest.accounts:
                if account not in newsroom.accounts:
                    continue
                items = () if number else items_of(tx, newsroom, digest, account, at)
                schedule = newsroom.accounts[account].options.schedule
                rest = (digest.name, digest.template, schedule, "now", at, at + digest.max_age)
                filled = replace(edition, items=items)
                note = "its articles are still to come" if number else ""
                yield replace(Coming(None, account, 0, NEW, *rest), edition=filled, note=note)


def _repeats(tx: Tx, newsroom: Newsroom, placed: Iterable[Foreseen]) -> Iterator[Coming]:
    """Of first shares that wait: as if they went out when they are due."""
    for row, place in placed:
        route = repeated(newsroom, row) if row.occasion == NEW and row.state is State.QUEUED else None
        if route is None or place is None or place.due_at is None:
            continue
        first = turn_after(tx.outbox.of_article(row.article), row.account)
        for turn, (occasion, template, ready, end, _) in enumerate(repeats(route, place.due_at), first):
            schedule, told = newsroom.schedule_of(route, row.account), told_with(newsroom, row, template)
            rest = (route.name, told, schedule, route.timing, ready, end)
            yield Coming(None, row.account, row.article, occasion, *rest, words=Wording(turn=turn))


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
    shelf = Shelf(tx, newsroom)
    turns: dict[tuple[str, int], int] = {}
    for at, rule in ticks:
        until = min(filter(None, (at + PATIENCE, next_time(rule.when, at))))
        for account in rule.accounts:
            if account not in newsroom.accounts:
                continue
            for article in shelf.best(rule, account, at):
                number = shelf.tell(rule, account, article, at)
                schedule = newsroom.accounts[account].options.schedule
                rest = (rule.name, rule.template, schedule, "now", at, until)
                if (account, article) not in turns:
                    turns[account, article] = turn_after(tx.outbox.of_article(article), account)
                words = Wording(turn=turns[account, article])
                turns[account, article] += 1
                yield Coming(None, account, article, f"{EVERGREEN}{number}", *rest, words=words)
