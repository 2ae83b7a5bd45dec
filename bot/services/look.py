"""Looks, now and then, whether the pages of shared articles are still there."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain.article import Article
from bot.domain.delivery import LIVE
from bot.domain.errors import SourceError
from bot.domain.following import OK, after_look, still_held
from bot.ports.newsroom import Newsroom
from bot.ports.source import Request, Response
from bot.ports.store import Store
from bot.services.amend import standing
from bot.services.lost import found_again, lose

__all__ = ["look", "pages_to_look_at"]

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
"""Another worker leaves a page alone for so long that this one is about to look at."""
FIRST_BYTES = 2_048
"""Only the status counts: no more of the page is read."""


def pages_to_look_at(store: Store, newsroom: Newsroom, now: datetime, limit: int = 20) -> list[Article]:
    """Articles whose page is due, now ours; those that no account wants looked at are followed no more."""
    wanted = []
    with store.write() as tx:
        due = tx.following.to_look(now, limit)
        for followed in due:
            article = tx.articles.get(followed.article)
            rows = tx.outbox.of_article(followed.article)
            held = [row for row in rows if row.state in LIVE] + standing(rows)
            caring = any(
                newsroom.accounts[row.account].options.on_withdrawal != "ignore"
                for row in held
                if row.account in newsroom.accounts
            )
            lies_on_the_web = article is not None and article.url.startswith(("http://", "https://"))
            over = article is None or (article.withdrawn_at is not None and not followed.held_at)
            if article is None or over or not lies_on_the_web or not caring:
                tx.following.put(replace(followed, page_at=None))
                continue
            tx.following.put(replace(followed, page_at=now + LEASE))
            wanted.append(article)
    return wanted


def look(
    store: Store, newsroom: Newsroom, article: Article, now: datetime
) -> Generator[Request, Response, None]:
    """Ask for an article's page; not found twice, with time between, means that it was withdrawn."""
    try:
        answer = yield Request(article.url, max_bytes=FIRST_BYTES, truncate=True, robots=True)
        status: int | None = answer.status
    except SourceError as error:
        status = error.status
    with store.write() as tx:
        tx.articles.hold()
        before = tx.following.get(article.id)
        followed, gone = after_look(before, status, now)
        if before.held_at and status == OK:
            found_again(tx, newsroom, followed, now)
        elif before.held_at:
            tx.following.put(still_held(before, now))
        else:
            tx.following.put(followed)
            if gone:
                lose(tx, newsroom, article, now, by="page", why=f"its page answers {status}")
    log.info("page.looked_at", article=article.id, status=status, gone=gone)
