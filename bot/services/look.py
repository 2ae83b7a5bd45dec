"""Looks, now and then, whether the pages of shared articles are still there."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain.article import Article
from bot.domain.delivery import LIVE
from bot.domain.following import OK, after_look, still_away, still_held
from bot.ports.newsroom import Newsroom
from bot.ports.source import Request, Response
from bot.ports.store import Store
from bot.services.amend import standing
from bot.services.lost import come_back, found_again, lose, most_lost
from bot.services.turned import turn_again
from bot.services.witness import status_of, tally, witnesses

__all__ = ["look", "pages_to_look_at"]

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
"""Another worker leaves a page alone for so long that this one is about to look at."""


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
            withdrawn = article is not None and article.withdrawn_at is not None
            back = withdrawn and not followed.held_at and followed.by == "page"
            over = withdrawn and not followed.held_at and not back
            turned = followed.back_at is not None
            if article is None or over or not lies_on_the_web or not (caring or back or turned):
                tx.following.put(replace(followed, page_at=None, back_at=None))
                continue
            tx.following.put(replace(followed, page_at=now + LEASE))
            wanted.append(article)
    return wanted


def look(
    store: Store, newsroom: Newsroom, article: Article, now: datetime
) -> Generator[Request, Response, None]:
    """Ask for an article's page; not found twice, with time between, means that it was withdrawn.

    Before it counts as that, other pages of its source are asked: where they are not found either, it is the
    site that is broken, or was moved, and a person decides. One that may be at an address from before is
    turned back to that instead.
    """
    with store.read() as tx:
        followed = tx.following.get(article.id)
    if followed.back_to and (yield from turn_again(store, article, followed, now)):
        return
    status = yield from status_of(article)
    with store.read() as tx:
        lost = after_look(tx.following.get(article.id), status, now)[1]
        others = witnesses(tx, article) if lost and most_lost(newsroom, article.source) else []
    there, missing = yield from tally(others)
    mishap = missing > there
    with store.write() as tx:
        tx.articles.hold()
        before, current = tx.following.get(article.id), tx.articles.get(article.id)
        followed, gone = after_look(before, status, now)
        withdrawn_at = current.withdrawn_at if current else None
        if withdrawn_at and not before.held_at:
            gone = False
            if status == OK and before.by == "page":
                come_back(tx, article, before, now)
            else:
                tx.following.put(still_away(before, withdrawn_at, now))
        elif before.held_at and status == OK:
            found_again(tx, newsroom, followed, now)
        elif before.held_at:
            tx.following.put(still_held(before, now))
        else:
            tx.following.put(followed)
            if gone:
                besides = ", and so do others of its source" if mishap else ""
                why = f"its page answers {status}{besides}"
                lose(tx, newsroom, article, now, by="page", why=why, mishap=mishap)
    log.info("page.looked_at", article=article.id, status=status, gone=gone)
