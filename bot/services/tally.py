"""Says what became of a simulation's articles: what went out when, what did not, and how full it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from bot.domain.article import Article
from bot.domain.delivery import Delivery, State
from bot.domain.occasion import EDITION, NEW
from bot.domain.schedule import places_per_day
from bot.ports.newsroom import Newsroom
from bot.ports.records import Decision
from bot.ports.store import Store
from bot.services.explain import iso

__all__ = ["tally"]

DAY = timedelta(days=1)
MOST = 1_000_000


def tally(
    store: Store, newsroom: Newsroom, met: Collection[int], start: datetime, end: datetime
) -> dict[str, Any]:
    """`{from, to, articles, shares: […], passed: […], accounts: {…}}`, the shares by time."""
    with store.read() as tx:
        rows = [row for row in tx.outbox.list(limit=MOST) if row.sent_at is None or row.sent_at >= start]
        articles = tx.articles.many({*met, *(row.article for row in rows)})
        last: dict[tuple[int, str], Decision] = {}
        for id_ in met:
            last |= {(id_, said.account): said for said in tx.articles.decisions(id_)}
    shares = [_share(row, articles[row.article]) for row in rows]
    shares.sort(key=lambda each: (each["at"] is None, each["at"] or "", each["account"]))
    return {
        "from": iso(start),
        "to": iso(end),
        "articles": len(met),
        "shares": shares,
        "passed": [
            _about(articles[id_]) | {"account": account, "reason": str(said.reason), "rule": said.rule}
            for (id_, account), said in last.items()
            if said.verdict != "share"
        ],
        "accounts": {
            id_: _account(newsroom, [row for row in rows if row.account == id_], (end - start) / DAY)
            for id_ in newsroom.accounts
        },
    }


def kind_of(row: Delivery) -> str:
    """What a share was for: new, repeat, evergreen, digest, edit or withdraw."""
    return "digest" if row.source.startswith(EDITION) else row.occasion.partition(":")[0]


def _account(newsroom: Newsroom, rows: Sequence[Delivery], days: float) -> dict[str, Any]:
    """How one fared: what met how many places, what went out how fresh, what did not and why."""
    out = [row for row in rows if row.state is State.PUBLISHED and row.sent_at]
    news = [row for row in rows if kind_of(row) == NEW]
    ages = [
        (row.sent_at - (row.published_at or row.created_at)).total_seconds() / 60
        for row in news
        if row.state is State.PUBLISHED and row.sent_at
    ]
    others = Counter(_end_of(row) for row in rows if row.state is not State.PUBLISHED)
    slotted = {row.schedule for row in rows if row.timing == "slot"} & newsroom.schedules.keys()
    places = sum(places_per_day(newsroom.schedules[name]) for name in sorted(slotted))
    articles = len({row.article for row in news})
    return {
        "articles": articles,
        "articles_per_day": round(articles / days, 1),
        "places_per_day": round(places, 1) if slotted else None,
        "published": len(out),
        "published_per_day": round(len(out) / days, 1),
        "of": dict(sorted(Counter(kind_of(row) for row in out).items())),
        "median_age_minutes": round(median(ages)) if ages else None,
        "not_published": dict(sorted(others.items())),
    }


def _end_of(row: Delivery) -> str:
    """What became of a share that is not out; of any but news with what it was for."""
    kind = kind_of(row)
    said = f"{row.state}: {row.reason}" if row.reason else str(row.state)
    return said if kind == NEW else f"{kind} {said}"


def _about(article: Article) -> dict[str, Any]:
    return {
        "article": {"url": article.url, "title": article.title, "source": article.source},
        "published_at": iso(article.published_at),
    }


def _share(row: Delivery, article: Article) -> dict[str, Any]:
    return _about(article) | {
        "at": iso(row.sent_at or row.due_at),
        "account": row.account,
        "route": row.route,
        "occasion": row.occasion,
        "state": str(row.state),
        "reason": str(row.reason),
        "detail": row.detail,
        "parts": [{"text": part["text"]} for part in (row.post or {}).get("parts", ())],
    }
