"""Corrects what stands on a person's word: reads an article again and puts its shares right at once."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bot.domain.article import Article, Entry
from bot.domain.errors import SourceError
from bot.domain.following import AGAIN
from bot.domain.identity import content_hash, normalise_url
from bot.extract.enrich import half_said, lacks
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store
from bot.services.follow import Survey, put_right, survey
from bot.services.pages import pages
from bot.services.retold import OF_OTHERS
from bot.services.share import article_at
from bot.services.shown import article_of

__all__ = ["correct", "foresee_correction", "read_again"]

log = structlog.get_logger(__name__)


def read_again(
    newsroom: Newsroom, article: Article, guids: frozenset[str], now: datetime
) -> Generator[Any, Any, Article]:
    """The article as its source tells it now, or its page where the source lists it no more.

    Args:
        newsroom: the sources.
        article: as stored.
        guids: the names that its source has shown it under.
        now: when.

    Raises:
        SourceError: neither can be read.
    """
    entry = yield from _listed(newsroom, article, guids)
    feed = newsroom.sources.get(article.source)
    if entry is None or feed is None:
        new = yield from article_at(article.url, now)
        shown = article.content_hash
    else:
        found = (yield from pages([entry])) if feed.options.enrich and lacks(entry) else {}
        new = article_of(feed, found.get(entry.guid) or entry, newsroom, article.first_seen_at)
        shown = content_hash(entry)
    if half_said(new.summary) and not half_said(article.summary):
        new = replace(new, summary=article.summary)
    kept = {name: getattr(new, name) or getattr(article, name) for name in OF_OTHERS}
    return replace(article, url=new.url, changed_at=now, content_hash=shown, **kept)


def _listed(newsroom: Newsroom, article: Article, guids: frozenset[str]) -> Generator[Any, Any, Entry | None]:
    feed = newsroom.sources.get(article.source)
    if feed is None:
        return None
    try:
        harvest = yield from feed.connector.poll({})
    except SourceError as error:
        log.info("correct.source_unread", source=feed.id, detail=str(error))
        return None
    url = normalise_url(article.url)
    return next((e for e in harvest.entries if e.guid in guids or normalise_url(e.url) == url), None)


def foresee_correction(store: Store, newsroom: Newsroom, article: Article, now: datetime) -> Survey:
    """Which shares of the article read otherwise now; writes nothing."""
    with store.read() as tx:
        rows = tx.outbox.of_article(article.id)
    return survey(newsroom, article, rows, now, ordered=True)


def correct(store: Store, newsroom: Newsroom, article: Article, found: Survey, now: datetime) -> list[int]:
    """Keep the article as read and make the edits that `found` asks for; the rows made."""
    with store.write() as tx:
        tx.articles.hold()
        tx.articles.change(article, undecide=True)
        made = put_right(tx, newsroom, article, found.corrections, now, ordered=True)
        followed = tx.following.get(article.id)
        again = now + AGAIN if found.unsettled else None
        tx.following.put(replace(followed, since=None, check_at=again))
    log.info("article.corrected", article=article.id, deliveries=made)
    return made
