"""Has the page of an article read that was published before we started, before it is shared first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.outcome import Step, released
from bot.extract.enrich import lacks
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store, Tx
from bot.services.forbid import forbidden
from bot.services.pages import PAGE_RETRIES, entry_of

__all__ = ["SOON", "ask_page", "by_its_page", "wants_page"]

log = structlog.get_logger(__name__)

SOON = timedelta(seconds=3)
"""By then a page that was just asked for has mostly answered."""
MARGIN = timedelta(minutes=1)
"""After the last try, and before a share is too old: then it goes on without its page."""
WAIT = sum(PAGE_RETRIES, MARGIN)


def wants_page(tx: Tx, newsroom: Newsroom, article: Article) -> bool:
    """Whether its page may say what its source does not, and was never read: of old articles none is."""
    feed = newsroom.sources.get(article.source)
    if article.page_asked_at or feed is None or not feed.options.enrich or not lacks(entry_of(article)):
        return False
    shown = tx.articles.sources_of(article.id).values()
    return article.url.startswith(("http://", "https://")) and all(each.baseline for each in shown)


def ask_page(tx: Tx, newsroom: Newsroom, article: Article, now: datetime) -> bool:
    """Have the page read, in the caller's transaction, which holds the articles; False if none is wanted."""
    if not wants_page(tx, newsroom, article):
        return False
    tx.articles.change(replace(article, page_asked_at=now), undecide=False)
    tx.articles.enrich_later(article.id, now)
    return True


def by_its_page(
    store: Store, newsroom: Newsroom, delivery: Delivery, article: Article, now: datetime
) -> Step | None:
    """What keeps a share from being told: its page is being read, or it or the desk says not to tell it.

    A page that does not answer is waited for as long as news waits for theirs, and never until the share is
    too old. What a person shares by name goes out whatever the page says.
    """
    if forbidden(article, delivery):
        return released(Reason.FILTERED, article.skip, now, State.SKIPPED)
    if article.page_asked_at is None and not lacks(entry_of(article)):
        return None
    with store.read() as tx:
        due = tx.articles.page_due(article.id) if article.page_asked_at else None
        wanted = wants_page(tx, newsroom, article)
    if wanted:
        with store.write() as tx:
            tx.articles.hold()
            current = tx.articles.get(article.id)
            if current is None or not ask_page(tx, newsroom, current, now):
                return released(Reason.CARD, "its article has changed just now", now + SOON)
        return _waits(article, now + SOON)
    if article.page_asked_at is None:
        return None
    until = article.page_asked_at + WAIT
    until = min(until, delivery.expires_at - MARGIN) if delivery.expires_at else until
    if due is not None and now < until:
        return _waits(article, min(max(due, now) + SOON, until))
    if article.skip and not delivery.rule.startswith("shared by hand"):
        return released(Reason.FILTERED, article.skip, now, State.SKIPPED)
    if article.page_trouble or due is not None:
        log.warning("page.unread", delivery=delivery.id, article=article.id, detail=article.page_trouble)
    return None


def _waits(article: Article, until: datetime) -> Step:
    said = f" ({article.page_trouble})" if article.page_trouble else ""
    return released(Reason.CARD, f"its page is read first, for what its source does not say{said}", until)
