"""Shares what a source had published before we started, by its routes, on a person's word."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.article import Article
from bot.domain.delivery import Reason
from bot.domain.errors import UserError
from bot.domain.following import FIRST_LOOK
from bot.domain.routing import Match, Route, Verdict, decide
from bot.ports.newsroom import Newsroom
from bot.ports.records import Decision
from bot.ports.source import Request, Response
from bot.ports.store import Store, Tx
from bot.services.decide import NEW, delivery_for, excluded
from bot.services.late import enrich_again
from bot.services.pages import PAGE_RETRIES, UNREAD
from bot.services.place import place_all
from bot.services.share import Shared
from bot.services.unread import ask_page, wants_page

__all__ = ["backfill", "read_first"]

log = structlog.get_logger(__name__)

MOST = 10_000
"""Articles of a source that are looked through."""


def backfill(
    store: Store, newsroom: Newsroom, source: str, now: datetime, *, since: datetime, limit: int
) -> Shared:
    """Share what a source's baseline holds since a date, newest first, by its routes and without age.

    Raises:
        UserError: there is no such source.
    """
    _check(newsroom, source)
    made: list[int] = []
    touched: set[str] = set()
    with store.write() as tx:
        tx.articles.hold()
        taken = 0
        for article in _old(tx, source, since):
            fresh = _verdicts(tx, newsroom, source, article)
            if not fresh or taken >= limit:
                continue
            taken += 1
            ask_page(tx, newsroom, article, now)
            for verdict in fresh:
                route = verdict.route or Route("", (), ())
                rule = f"backfill, route {route.name}"
                new = delivery_for(newsroom, article, verdict.account, route, rule, now)
                id_ = tx.outbox.add(replace(new, expires_at=None), now)
                made += [id_] if id_ is not None else []
                touched.add(verdict.account)
            decisions = [Decision(v.account, "share", Reason.NONE, f"backfill, {v.rule}", now) for v in fresh]
            tx.articles.decide(article.id, decisions, now)
            tx.following.watch(article.id, now + FIRST_LOOK)
        place_all(tx, newsroom, touched, now)
    log.info("share.backfill", source=source, deliveries=len(made))
    return Shared(tuple(made))


def read_first(
    store: Store,
    newsroom: Newsroom,
    source: str,
    now: datetime,
    *,
    since: datetime,
    limit: int,
    tell: Callable[[int], None],
) -> Generator[Request, Response, None]:
    """Read the pages of what a backfill comes to, as those of news are read before they are decided.

    Only where routes choose, or nothing but an address is known: what all routes take has its page read
    before it is told. One that does not answer is decided by what its source says, and asked for again.
    `tell` hears how many were asked for.

    Raises:
        UserError: there is no such source.
    """
    _check(newsroom, source)
    read = taken = 0
    choosy = _choosy(newsroom, source)
    with store.read() as tx:
        old = [article.id for article in _old(tx, source, since)]
    for id_ in old:
        asked = _ask(store, newsroom, id_, now, choosy=choosy)
        if asked is not None:
            yield from enrich_again(store, newsroom, asked, now)
            read += 1
            tell(read)
        with store.read() as tx:
            article = tx.articles.get(id_)
            taken += bool(article is not None and _verdicts(tx, newsroom, source, article))
        if taken >= limit:
            return


def _ask(store: Store, newsroom: Newsroom, id_: int, now: datetime, *, choosy: bool) -> Article | None:
    """An article whose page is to be read now, by us: by the worker only where we do not come to it."""
    with store.read() as tx:
        article = tx.articles.get(id_)
        if article is None or article.withdrawn_at or article.skip not in ("", UNREAD):
            return None
        if not (choosy or article.skip) or not wants_page(tx, newsroom, article):
            return None
    with store.write() as tx:
        tx.articles.hold()
        article = tx.articles.get(id_)
        if article is None or not ask_page(tx, newsroom, article, now):
            return None
        tx.articles.enrich_later(id_, now + PAGE_RETRIES[0])
        return tx.articles.get(id_)


def _check(newsroom: Newsroom, source: str) -> None:
    if source not in newsroom.sources:
        raise UserError(f"there is no [sources.{source}]: choose among {', '.join(sorted(newsroom.sources))}")


def _choosy(newsroom: Newsroom, source: str) -> bool:
    """Whether what an article says may decide who shares it."""
    routes = [route for route in newsroom.routes if source in route.sources]
    return newsroom.sources[source].exclude is not None or any(route.match != Match() for route in routes)


def _old(tx: Tx, source: str, since: datetime) -> list[Article]:
    """What a source has shown that was published since then, the newest first."""
    dated = [(each.published_at or each.first_seen_at, each) for each in tx.articles.latest(MOST, source)]
    return [each for at, each in sorted(dated, key=lambda pair: pair[0], reverse=True) if at >= since]


def _verdicts(tx: Tx, newsroom: Newsroom, source: str, article: Article) -> list[Verdict]:
    """Who shares an article by its routes and has not had it; nobody where it is not to be shared."""
    if article.skip or article.withdrawn_at or excluded(newsroom, source, article):
        return []
    had = {row.account for row in tx.outbox.of_article(article.id) if row.occasion == NEW}
    said = decide(article, newsroom.routes, (source,))
    return [verdict for verdict in said if verdict.share and verdict.route and verdict.account not in had]
