"""Reads a page once more that failed, or that was never read: what is learnt late of an article."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.domain.article import Article, Entry
from bot.domain.errors import SourceError
from bot.domain.following import NOT_THERE
from bot.domain.identity import Same, fingerprints, normalise_url, resolve
from bot.domain.moving import pairs
from bot.extract.language import spoken
from bot.ports.newsroom import Newsroom
from bot.ports.source import Request, Response
from bot.ports.store import Store, Tx
from bot.services.missing import RECENT
from bot.services.moved import leads
from bot.services.pages import HEAD_BYTES, OF_PAGES, PAGE_RETRIES, UNREAD, entry_of, read_page

__all__ = ["completed", "enrich_again"]

log = structlog.get_logger(__name__)


def enrich_again(
    store: Store, newsroom: Newsroom, article: Article, now: datetime
) -> Generator[Request, Response, bool]:
    """Ask for a page that failed, or was never read; after the last try the article goes on without it.

    An old one whose page is not found at two looks, with time between, is brought back no more by itself.
    """
    full, trouble = yield from read_page(entry_of(article))
    old, since = article.page_asked_at is not None, article.page_asked_at or article.first_seen_at
    twin = (yield from _twin(store, newsroom, article, full, now)) if full and not old else None
    tries = sum(now - since >= sum(PAGE_RETRIES[: i + 1], timedelta()) for i in range(len(PAGE_RETRIES)))
    done = full is not None or tries >= len(PAGE_RETRIES)
    with store.write() as tx:
        tx.articles.hold()
        current = tx.articles.get(article.id)  # it may have been edited while its page was asked for
        if current is not None and full is not None:
            after = completed(current, full, newsroom, as_it_was=current.content_hash == article.content_hash)
            tx.articles.change(after, undecide=not old)
            _meet(tx, article, full)
            if twin is not None:
                _join(tx, twin, article)
        elif current is not None and trouble is not None and (old or done):
            twice = old and done and trouble.status in NOT_THERE and current.page_trouble == str(trouble)
            skip = current.skip or (f"its page answers {trouble.status}" if twice else "")
            tx.articles.change(replace(current, page_trouble=str(trouble), skip=skip), undecide=False)
        tx.articles.enrich_later(article.id, None if done else now + PAGE_RETRIES[tries])
    return full is not None


def completed(article: Article, full: Entry, newsroom: Newsroom, *, as_it_was: bool = True) -> Article:
    """An article with what its page says; `as_it_was`: it was not edited while its page was asked for."""
    known = {name: getattr(article, name) or getattr(full, name) for name in (*OF_PAGES, "tags")}
    text = f"{full.title}\n{full.summary}\n{article.content}"
    known["lang"] = article.lang or spoken(full.lang, text, newsroom.languages)
    if as_it_was:
        known |= {"summary": full.summary, "image": full.image}
    if article.skip == UNREAD or (article.page_asked_at and not article.skip):
        known["skip"] = full.skip
    return replace(article, page_trouble="", **known)


def _meet(tx: Tx, article: Article, full: Entry) -> None:
    """Its page may name it as one that we met by another way: then the two are one from here on."""
    marks = [mark for mark in fingerprints(article.source, full) if mark.kind != "guid"]
    others = {mark: id_ for mark, id_ in tx.articles.hits(marks).items() if id_ != article.id}
    answer = resolve(full, marks, others, tx.articles.known(set(others.values())))
    tx.articles.link(article.id, marks)
    if isinstance(answer, Same):
        tx.articles.merge(min(answer.article, article.id), max(answer.article, article.id))


def _twin(
    store: Store, newsroom: Newsroom, article: Article, full: Entry, now: datetime
) -> Generator[Request, Response, Article | None]:
    """The article that this one turns out to be under another name, now that its page says what it is.

    Its source showed that one lately, and its page is gone, or leads here. See `moved`, for what is known at
    the poll itself.
    """
    with store.read() as tx:
        recent = [each for each in tx.articles.recent(article.source, now - RECENT) if each.id < article.id]
    said = completed(article, full, newsroom)
    found = pairs(recent, [said], ZoneInfo(newsroom.timezone))
    twin = next((each for each in recent if each.id in found), None)
    if twin is None:
        return None
    try:
        page = yield Request(twin.url, max_bytes=HEAD_BYTES, truncate=True, robots=True)
    except SourceError as error:
        return twin if error.status in NOT_THERE else None
    here = {normalise_url(article.url), normalise_url(full.url)}
    return twin if page.status in NOT_THERE or here & {*leads(page)[0]} else None


def _join(tx: Tx, twin: Article, article: Article) -> None:
    """The two are one, at the address of the one that was met last."""
    tx.articles.merge(twin.id, article.id)
    known = tx.articles.get(twin.id)
    if known is not None:
        tx.articles.change(replace(known, url=article.url), undecide=False)
        log.info("article.moved", article=twin.id, source=twin.source, before=twin.url, now=article.url)
