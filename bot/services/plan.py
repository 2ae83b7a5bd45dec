"""Foresees what goes out in the coming hours, with its final text; writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.budget import month_of
from bot.domain.cost import dollars, micros
from bot.domain.delivery import Delivery, State, Work, work_of
from bot.domain.occasion import yields
from bot.domain.slots import Place
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store
from bot.services.coming import Coming, coming
from bot.services.edition import few_in, fill, is_edition
from bot.services.gates import said_before, says_again
from bot.services.place import Foreseen, foresee
from bot.services.preview import preview_on
from bot.services.spend import cost_of_mending, spent_by_all

__all__ = ["plan"]

LAST = datetime.max.replace(tzinfo=UTC)
Planned = tuple[datetime | None, Delivery | Coming, bool]
"""When, what, and whether that may still change."""


def plan(store: Store, newsroom: Newsroom, now: datetime, within: timedelta) -> list[dict[str, Any]]:
    """`[{at, tentative, account, platform, route, occasion, article, title, label, parts, …}]`, by time.

    What each costs is spent before the next one; `over_budget` says what there will be no money for.
    Held shares and those without a place come last, with `at` null. What repeats and rules will make is
    tentative, its state "planned", its `delivery` null.
    """
    with store.read() as tx:
        rows: list[Foreseen] = [
            pair
            for account in newsroom.accounts
            for pair in foresee(tx, newsroom, account, now, within=within)
        ]
        seen = {row.id for row, _ in rows}
        others = tx.outbox.list(states=(State.QUEUED, State.HELD, State.AWAITING, State.SENDING))
        rows += [(row, None) for row in others if row.id not in seen and row.account in newsroom.accounts]
        to_come, beside = coming(tx, newsroom, rows, now, within)
        rows = [(row, beside.get(row.id, place)) for row, place in rows]
        articles = tx.articles.many({row.article for row, _ in rows} | {each.article for each in to_come})
        editions = {
            row.id: fill(tx, newsroom, articles[row.article], row.account, now, row)
            for row, _ in rows
            if row.article in articles and is_edition(articles[row.article])
        }
        stands = {
            row.id: len(of.refs)
            for row, _ in rows
            if row.work is Work.WITHDRAW
            and (whole := tx.outbox.get(row.id))
            and (of := tx.outbox.get(whole.of))
        }
        behind = {(row.account, row.article) for row, _ in rows if yields(row.occasion)}
        behind |= {(each.account, each.article) for each in to_come if yields(each.occasion)}
        said = {pair: said_before(tx.outbox.of_article(pair[1]), pair[0]) for pair in behind}
    spending = {(month_of(now)[0], account): spent for account, spent in spent_by_all(store, now).items()}
    planned: list[Planned] = [
        (_at(row, place), row, bool(place and not row.pinned and row.timing == "slot")) for row, place in rows
    ]
    planned += [(each.at, each, True) for each in to_come]
    out = []
    for at, row, tentative in sorted(planned, key=lambda each: (each[0] or LAST, each[1].id or 0)):
        edition = row.edition if isinstance(row, Coming) else editions.get(row.id)
        article = edition or articles.get(row.article)
        if article is None or (at is not None and at > now + within):
            continue
        account = newsroom.accounts[row.account]
        purse = month_of(at or now)[0], row.account
        post: dict[str, Any] = {"parts": [], "cost_usd": None, "over_budget": "", "label": None}
        note = row.note if isinstance(row, Coming) else ""
        if not note and work_of(row.occasion) is not Work.WITHDRAW:
            post = preview_on(
                newsroom,
                account,
                article,
                at or now,
                route=row.route,
                template=row.template,
                occasion=row.occasion,
                words=row.words,
                urgent=row.urgent,
                spent=spending.get(purse, 0),
            )
        if (work := work_of(row.occasion)) is not Work.POST:  # no budget stands against it
            each = cost_of_mending(account, work)
            requests = stands.get(row.id or 0, len(post["parts"]))
            post |= {"cost_usd": dollars(each * requests) if each else None, "over_budget": ""}
        again = ""
        if (had := said.get((row.account, row.article))) is not None and post["parts"]:
            texts = [part["text"] for part in post["parts"]]
            again = says_again(account, row.occasion, texts, had) if not row.pinned else ""
            if at is not None and not again:
                had.append((row.id, texts))
        if at is not None and not again and not post["over_budget"] and post["cost_usd"]:
            spending[purse] = spending.get(purse, 0) + micros(post["cost_usd"])
        out.append(
            {
                "at": at.isoformat() if at else None,
                "tentative": tentative,
                "account": row.account,
                "platform": account.platform,
                "route": row.route,
                "occasion": row.occasion,
                "article": row.article or None,
                "title": article.title,
                "label": post["label"],
                "parts": post["parts"],
                "cost_usd": post["cost_usd"],
                "over_budget": post["over_budget"],
                "state": str(row.state),
                "reason": str(row.reason),
                "delivery": row.id,
                "error": "" if note else few_in(newsroom, article) or post.get("error", "") or again,
                "note": note,
                "by_hand": bool(row.words.text),
            }
        )
    return out


def _at(row: Delivery, place: Place | None) -> datetime | None:
    """When it goes out, as far as that is known."""
    return place.due_at if place else (row.due_at if row.state is not State.HELD else None)
