"""Asks where the addresses lead between which an article has moved, forth or back."""

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
from bot.services.moved import GONE, leads
from bot.services.pages import HEAD_BYTES

__all__ = ["readdress"]

log = structlog.get_logger(__name__)

MOST = 5
"""Old pages asked for in one poll: where they all lead on, so do the others of a site that has moved."""


def readdress(
    store: Store, moved: Mapping[int, str], turned: Mapping[int, str], now: datetime
) -> Generator[Request, Response, None]:
    """See `Taken`: `moved` are at a new address since `now`, `turned` are shown at one from before."""
    yield from _turn_back(store, turned, now)
    yield from _ask_old(store, moved, now)


def _ask_old(store: Store, moved: Mapping[int, str], now: datetime) -> Generator[Request, Response, None]:
    """Ask for the old addresses of articles that moved at `now`, and are to be compared for that alone.

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


def _turn_back(store: Store, turned: Mapping[int, str], now: datetime) -> Generator[Request, Response, None]:
    """Have articles at an address where they stood before, as their source shows them again.

    Only where the present one is gone, or leads there: a site that takes turns with two would have its posts
    corrected at every poll.
    """
    if not turned:
        return
    with store.read() as tx:
        articles = tx.articles.many(turned)
    for id_, article in [*articles.items()][:MOST]:
        back = turned[id_]
        try:
            page = yield Request(article.url, max_bytes=HEAD_BYTES, truncate=True, robots=True)
        except SourceError as error:
            log.info("address.asked", article=id_, url=article.url, detail=str(error))
            continue
        if page.status not in GONE and normalise_url(back) not in leads(page)[0]:
            continue
        with store.write() as tx:
            tx.articles.hold()
            current = tx.articles.get(id_)
            if current is not None and current.url == article.url:
                tx.articles.change(replace(current, url=back), undecide=False)
                tx.following.touch(id_, now)
        log.info("article.moved", article=id_, source=article.source, before=article.url, now=back)


def _leads_on(article: Article, old: str) -> Generator[Request, Response, bool]:
    try:
        page = yield Request(old, max_bytes=HEAD_BYTES, truncate=True, robots=True)
    except SourceError as error:
        log.info("address.asked", article=article.id, url=old, detail=str(error))
        return False
    there = normalise_url(article.url) in leads(page)[0]
    log.info("address.asked", article=article.id, url=old, status=page.status, leads_on=there)
    return there
