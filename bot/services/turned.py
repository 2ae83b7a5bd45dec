"""Has articles at an address where they stood before, as their source shows them again."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.article import Article
from bot.domain.errors import SourceError
from bot.domain.following import Followed, still_unsaid
from bot.domain.identity import normalise_url
from bot.ports.source import Request, Response
from bot.ports.store import Store
from bot.services.moved import GONE, OK, leads
from bot.services.pages import HEAD_BYTES

__all__ = ["turn_again", "turn_back"]

log = structlog.get_logger(__name__)

MOST = 5
"""Present pages asked for in one poll; the others are asked when they are looked at."""


def turn_back(store: Store, turned: Mapping[int, str], now: datetime) -> Generator[Request, Response, None]:
    """`turned`: see Taken. Of a page that does not answer, as while its site is down, it is asked again.

    An article is turned only where its present page is gone, or leads to the other address: a site that takes
    turns with two would have its posts corrected at every poll.
    """
    if not turned:
        return
    with store.write() as tx:
        articles = tx.articles.many(turned)
        for id_ in articles:  # whatever comes between, it is not forgotten
            tx.following.put(still_unsaid(tx.following.get(id_), turned[id_], now))
    for id_, article in [*articles.items()][:MOST]:
        says = yield from _leads_back(article, turned[id_])
        _settle(store, article, turned[id_], now, says=says)


def turn_again(
    store: Store, article: Article, followed: Followed, now: datetime
) -> Generator[Request, Response, bool]:
    """Ask once more, as its page is looked at; whether that is all there is to be seen of the page now."""
    says = yield from _leads_back(article, followed.back_to)
    return _settle(store, article, followed.back_to, now, says=says)


def _leads_back(article: Article, back: str) -> Generator[Request, Response, bool | None]:
    """Whether the present page is gone, or leads there; None: it does not say."""
    try:
        page = yield Request(article.url, max_bytes=HEAD_BYTES, truncate=True, robots=True)
    except SourceError as error:
        log.info("address.asked", article=article.id, url=article.url, detail=str(error))
        return True if error.status in GONE else None
    if page.status not in (*GONE, OK):
        log.info("address.asked", article=article.id, url=article.url, status=page.status)
        return None
    return page.status in GONE or normalise_url(back) in leads(page)[0]


def _settle(store: Store, article: Article, back: str, now: datetime, *, says: bool | None) -> bool:
    """What the page says is done, or it is asked again; whether an ordinary look at it has to wait."""
    with store.write() as tx:
        tx.articles.hold()
        current, followed = tx.articles.get(article.id), tx.following.get(article.id)
        if current is None or current.url != article.url:
            return True
        if says is None:
            after = still_unsaid(followed, back, now)
            tx.following.put(after)
            return after.back_at is not None
        tx.following.put(replace(followed, back_to="" if says else back, back_at=None))
        if says:
            tx.articles.change(replace(current, url=back), undecide=False)
            tx.following.touch(current.id, now)
    if says:
        log.info("article.moved", article=article.id, source=article.source, before=article.url, now=back)
    return says
