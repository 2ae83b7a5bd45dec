"""Asks where the old addresses of articles lead that stand elsewhere now."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.article import Article
from bot.domain.errors import SourceError
from bot.domain.identity import normalise_url
from bot.ports.source import Request, Response
from bot.ports.store import Store
from bot.services.amend import standing
from bot.services.moved import leads
from bot.services.pages import HEAD_BYTES

__all__ = ["ask_old"]

log = structlog.get_logger(__name__)

MOST = 5
"""Old pages asked for in one poll: where they all lead on, so do the others of a site that has moved."""


def ask_old(store: Store, moved: Mapping[int, str], now: datetime) -> Generator[Request, Response, None]:
    """Ask for the old addresses of articles that moved at `now`, and are to be compared for that alone.

    `moved`: see Taken.

    A site that has changed all its addresses, and leads on from the old ones, is no reason to edit, or to
    tell of, all that was shared of it.
    """
    if not moved:
        return
    with store.read() as tx:
        articles = tx.articles.many(moved)
        shared = [id_ for id_ in moved if id_ in articles and standing(tx.outbox.of_article(id_))]
    led: dict[int, bool] = {}
    for id_ in shared[:MOST]:
        led[id_] = yield from _leads_on(articles[id_], moved[id_])
    if all(led.values()):
        led |= dict.fromkeys(shared, True)
    with store.write() as tx:
        tx.articles.hold()
        for id_, on in led.items():
            followed = tx.following.get(id_)
            if on and followed.since == now:  # nothing else has changed of it
                tx.following.put(replace(followed, since=None, check_at=None))


def _leads_on(article: Article, old: str) -> Generator[Request, Response, bool]:
    try:
        page = yield Request(old, max_bytes=HEAD_BYTES, truncate=True, robots=True)
    except SourceError as error:
        log.info("address.asked", article=article.id, url=old, detail=str(error))
        return False
    there = normalise_url(article.url) in leads(page)[0]
    log.info("address.asked", article=article.id, url=old, status=page.status, leads_on=there)
    return there
