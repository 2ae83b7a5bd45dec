"""Says what another configuration would change about what goes out, before it takes effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.article import Article
from bot.domain.budget import month_of
from bot.domain.cost import micros
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
from bot.services.spend import spent_by_all

__all__ = ["difference"]

LAST = datetime.max.replace(tzinfo=UTC)
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
    """`[{delivery, account, article, title, was: {at, state, text, cost_usd, …}, becomes: {…}}]`.

    Only what differs is told.

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
    spent = spent_by_all(store, now)
    was, becomes = (_said(side, full, articles, spent, now) for side in (before, after))
    out = [
        _changed(row.id, row.account, row.occasion, articles.get(row.article), was[row.id], becomes[row.id])
        for row in rows
        if was[row.id] != becomes[row.id]
    ]
    for key in dict.fromkeys([*before.to_come, *after.to_come]):
        some = before.to_come.get(key) or after.to_come.get(key)
        article = (some and some.edition) or articles.get(key[3])
        if was.get(key) != becomes.get(key):
            out.append(_changed(None, key[0], key[2], article, was.get(key), becomes.get(key)))
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
        theirs = foresee(tx, newsroom, account, now, waiting, within)
        placed |= {row.id: (row, place) for row, place in theirs}
    numbers: Counter[tuple[str, str, str, int]] = Counter()
    to_come: dict[Key, Coming] = {}
    found, beside = coming(tx, newsroom, placed.values(), now, within)
    placed |= {id_: (placed[id_][0], place) for id_, place in beside.items()}
    for each in sorted(found, key=lambda each: each.ready_at):
        key = (each.account, each.route, each.occasion, each.article)
        numbers[key] += 1
        to_come[*key, numbers[key]] = each
    return Side(newsroom, placed, to_come)


def _said(
    side: Side,
    full: Mapping[int, Article | None],
    articles: Mapping[int, Article],
    spent: Mapping[str, int],
    now: datetime,
) -> dict[int | Key, dict[str, Any]]:
    """What each would say and cost; what one costs is spent before the next."""
    each: list[tuple[datetime | None, int | Key, Delivery | Coming, Article | None]] = [
        (place.due_at if place else None, id_, row, full[id_]) for id_, (row, place) in side.placed.items()
    ]
    each += [
        (come.at, key, come, come.edition or articles.get(come.article)) for key, come in side.to_come.items()
    ]
    purses = {(month_of(now)[0], account): micros_ for account, micros_ in spent.items()}
    out: dict[int | Key, dict[str, Any]] = {}
    for at, key, row, article in sorted(each, key=lambda one: one[0] or LAST):
        purse = month_of(at or now)[0], row.account
        post = _post(side.newsroom, row, article, now, purses.get(purse, 0))
        if at is not None and post["cost_usd"] and not post["over_budget"]:
            purses[purse] = purses.get(purse, 0) + micros(post["cost_usd"])
        out[key] = {
            "at": iso(at),
            "state": str(row.state),
            "reason": "" if row.reason is Reason.NONE else str(row.reason),
            "route": row.route,
            "schedule": row.schedule,
            "template": row.template,
            **post,
        }
    return out


NO_POST: Mapping[str, Any] = {"text": "", "cost_usd": None, "over_budget": ""}


def _post(
    newsroom: Newsroom, row: Delivery | Coming, article: Article | None, now: datetime, spent: int
) -> dict[str, Any]:
    """What it would say and cost, or why it could not say it; at one time for both sides."""
    account = newsroom.accounts.get(row.account)
    mends = isinstance(row, Delivery) and row.work is not Work.POST
    if account is None or article is None or mends or (isinstance(row, Coming) and row.note):
        return dict(NO_POST)
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
        spent=spent,
    )
    text = post.get("error") or "\n===\n".join(part["text"] for part in post["parts"])
    return {"text": text, "cost_usd": post["cost_usd"], "over_budget": post["over_budget"]}
