"""Says what another configuration would change about what goes out, before it takes effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State, Work
from bot.domain.slots import Place
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store, Tx
from bot.services.apply import as_applied
from bot.services.coming import Coming, coming
from bot.services.edition import fill
from bot.services.explain import iso
from bot.services.place import foresee
from bot.services.preview import preview_on

__all__ = ["difference"]

Placed = dict[int, tuple[Delivery, Place | None]]
Key = tuple[str, str, str, int, int]
"""Account, rule, occasion and article of a share that is to come, and which of these it is."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one configuration makes: of each share that waits, and what it would add."""

    newsroom: Newsroom
    placed: Placed
    to_come: dict[Key, Coming]


def difference(
    store: Store, old: Newsroom, new: Newsroom, now: datetime, within: timedelta = timedelta(days=7)
) -> list[dict[str, Any]]:
    """`[{delivery, account, article, title, was: {at, state, text, …}, becomes: {…}}]`: only what differs.

    Nothing is decided anew: an edit of routes changes how articles to come are routed, and the times and
    words of those that wait. What repeats, evergreen and digests will make `within` that time has no
    `delivery` yet; where only one of the two makes it, the other side is None.
    """
    with store.read() as tx:
        rows = tx.outbox.list(states=(State.QUEUED, State.HELD), limit=None)
        rows = [row for row in rows if row.begun_at is None]
        articles = tx.articles.many({row.article for row in rows})
        before = _side(tx, old, rows, now, within)
        applied = [as_applied(new, row, articles.get(row.article), now) for row in rows]
        after = _side(tx, new, applied, now, within)
        told = {each.article for side in (before, after) for each in side.to_come.values()}
        articles |= tx.articles.many(told - articles.keys() - {0})
        full = {row.id: _full(tx, new, articles.get(row.article), row, now) for row in rows}
    out = []
    for row in rows:
        was = _as_it_is(before, *before.placed[row.id], full[row.id], now)
        becomes = _as_it_is(after, *after.placed[row.id], full[row.id], now)
        if was != becomes:
            out.append(_changed(row.id, row.account, row.occasion, articles.get(row.article), was, becomes))
    for key in dict.fromkeys([*before.to_come, *after.to_come]):
        one, other = before.to_come.get(key), after.to_come.get(key)
        some = one or other
        article = (some and some.edition) or articles.get(key[3])
        first = _to_come(before, one, articles, now) if one else None
        then = _to_come(after, other, articles, now) if other else None
        if first != then:
            out.append(_changed(None, key[0], key[2], article, first, then))
    return sorted(out, key=_time)


def _time(each: dict[str, Any]) -> tuple[str, int]:
    return (each["was"] or each["becomes"])["at"] or "~", each["delivery"] or 0


def _changed(
    delivery: int | None,
    account: str,
    occasion: str,
    article: Article | None,
    was: dict[str, Any] | None,
    becomes: dict[str, Any] | None,
) -> dict[str, Any]:
    return {
        "delivery": delivery,
        "account": account,
        "occasion": occasion,
        "article": (article.id or None) if article else None,
        "title": article.title if article else "",
        "was": was,
        "becomes": becomes,
    }


def _full(
    tx: Tx, newsroom: Newsroom, article: Article | None, row: Delivery, now: datetime
) -> Article | None:
    return fill(tx, newsroom, article, row.account, now, row) if article else None


def _side(tx: Tx, newsroom: Newsroom, rows: list[Delivery], now: datetime, within: timedelta) -> Side:
    """Every row with the place it gets by one configuration, and what that will make."""
    placed: Placed = {row.id: (row, None) for row in rows}
    for account in {row.account for row in rows}:
        waiting = [row for row in rows if row.account == account and row.state is State.QUEUED]
        found = foresee(tx, newsroom, account, now, waiting, within)
        placed |= {row.id: (row, place) for row, place in found}
    numbers: Counter[tuple[str, str, str, int]] = Counter()
    to_come: dict[Key, Coming] = {}
    for each in sorted(coming(tx, newsroom, placed.values(), now, within), key=lambda each: each.ready_at):
        key = (each.account, each.route, each.occasion, each.article)
        numbers[key] += 1
        to_come[*key, numbers[key]] = each
    return Side(newsroom, placed, to_come)


def _as_it_is(
    side: Side, row: Delivery, place: Place | None, article: Article | None, now: datetime
) -> dict[str, Any]:
    return {
        "at": iso(place.due_at) if place else None,
        "state": str(row.state),
        "reason": "" if row.reason is Reason.NONE else str(row.reason),
        "route": row.route,
        "schedule": row.schedule,
        "template": row.template,
        "text": _text(side.newsroom, row, article, now) if row.work is Work.POST else "",
    }


def _to_come(side: Side, each: Coming, articles: Mapping[int, Article], now: datetime) -> dict[str, Any]:
    article = each.edition or articles.get(each.article)
    return {
        "at": iso(each.at),
        "state": each.state,
        "reason": each.reason,
        "route": each.route,
        "schedule": each.schedule,
        "template": each.template,
        "text": "" if each.note else _text(side.newsroom, each, article, now),
    }


def _text(newsroom: Newsroom, row: Delivery | Coming, article: Article | None, now: datetime) -> str:
    """What it would say, or why it could not; at one time for both sides."""
    account = newsroom.accounts.get(row.account)
    if account is None or article is None:
        return ""
    post = preview_on(
        newsroom,
        account,
        article,
        now,
        route=row.route,
        template=row.template,
        occasion=row.occasion,
        words=row.words,
        urgent=row.urgent,
    )
    return post.get("error") or "\n===\n".join(part["text"] for part in post["parts"])
