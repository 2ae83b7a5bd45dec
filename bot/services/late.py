"""Reads a page once more that failed, or that was never read: what is learnt late of an article."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.domain.alert import Alert, Event
from bot.domain.article import Article, Entry
from bot.domain.errors import SourceError
from bot.domain.following import NOT_THERE
from bot.domain.identity import Same, fingerprints, normalise_url, resolve
from bot.domain.moving import in_common, newest_first
from bot.extract.language import spoken
from bot.ports.newsroom import Newsroom
from bot.ports.source import Request, Response
from bot.ports.store import Store, Tx
from bot.services.beside import met_beside
from bot.services.lately import LATELY, gone_lately, shared_still
from bot.services.learnt import merge, shown_since
from bot.services.missing import BESIDE, RECENT, Come, Missing, Moved
from bot.services.moved import Inquiry
from bot.services.pages import OF_PAGES, PAGE_RETRIES, UNREAD, entry_of, read_page
from bot.services.pushed import pushed_alone
from bot.services.retold import OF_OTHERS, edited
from bot.services.witness import tally, witnesses

__all__ = ["completed", "enrich_again"]

log = structlog.get_logger(__name__)

MOST_WAIT = timedelta(hours=1)
"""Between two looks for a page that was not there at first."""


def enrich_again(
    store: Store, newsroom: Newsroom, article: Article, now: datetime
) -> Generator[Request, Response, bool]:
    """Ask for a page that failed, or was never read; after the last try the article goes on without it.

    So does one of which it is not known whether it is another under a new address, whose old page did not
    say. An old article whose page is not found at two looks, with time between, is brought back no more by
    itself.
    """
    full, trouble = yield from _read(newsroom, article)
    old, since = article.page_asked_at is not None, article.page_asked_at or article.first_seen_at
    said = completed(article, full, newsroom) if full is not None else article
    inquiry = Inquiry(Missing() if old else _alike(store, newsroom, said, full or entry_of(article), now))
    yield from inquiry.ask()
    tries = sum(now - since >= sum(PAGE_RETRIES[: i + 1], timedelta()) for i in range(len(PAGE_RETRIES)))
    moved, over = inquiry.moved, tries >= len(PAGE_RETRIES)
    later = (yield from _asked_on(store, article, trouble, now)) if over and not (old or moved) else None
    done = (full is not None and not inquiry.doubts) or (over and later is None)
    with store.write() as tx:
        tx.articles.hold()
        current = tx.articles.get(article.id)  # it may have been edited while its page was asked for
        if current is not None and full is not None:
            current = completed(
                current, full, newsroom, as_it_was=current.content_hash == article.content_hash
            )
            tx.articles.change(current, undecide=not old)
            moved = inquiry.moved if _meet(tx, current, full, now) else []
            tx.alerts.close(_missing(article), now)
        elif current is not None and trouble is not None and later is not None:
            _hold_back(tx, current, str(trouble), later, now)
        elif current is not None and trouble is not None and (old or done):
            twice = old and done and trouble.status in NOT_THERE and current.page_trouble == str(trouble)
            skip = current.skip or (f"its page answers {trouble.status}" if twice else "")
            tx.articles.change(replace(current, page_trouble=str(trouble), skip=skip), undecide=False)
        if current is not None and moved:
            _join(tx, moved[0], current, now)
        if later is None:
            tx.articles.enrich_later(article.id, None if done else now + PAGE_RETRIES[tries])
    return full is not None


def _asked_on(
    store: Store, article: Article, trouble: SourceError | None, now: datetime
) -> Generator[Request, Response, datetime | None]:
    """When a new article's page is asked for again that was not found; None where that says nothing.

    A site may answer so to all programs: it says something only where other pages of the source are there.
    What waits for that reason goes on to, whatever the page answers next.
    """
    if trouble is None or not (article.page_trouble or trouble.status in NOT_THERE):
        return None
    if not article.page_trouble:
        with store.read() as tx:
            others = witnesses(tx, article)
        there, gone = yield from tally(others)
        if there <= gone:
            return None
    return now + min(max(now - article.first_seen_at, PAGE_RETRIES[-1]), MOST_WAIT)


def _hold_back(tx: Tx, article: Article, trouble: str, later: datetime, now: datetime) -> None:
    """It is not shared while its page is not there; after a day it never is, by itself."""
    gone = now - article.first_seen_at >= LATELY
    why = f"its page was not there for a day: {trouble}" if gone else ""
    held = replace(article, page_trouble=trouble, skip=article.skip or why)
    tx.articles.change(held, undecide=gone)
    tx.articles.enrich_later(article.id, None if gone else later)
    if gone or held.skip or held.withdrawn_at:
        tx.alerts.close(_missing(article), now)
        return
    name = f"“{article.title}” ({article.url})" if article.title else article.url
    text = (
        f"{name} is not shared yet: its page is not there ({trouble}), though others of source "
        f"{article.source} are. It is shared once it is there; now: sharewire share {article.url}"
    )
    tx.alerts.tell(Alert(Event.HELD, _missing(article), text), now)


def _missing(article: Article) -> str:
    return f"article:{article.id}:missing"


def _read(
    newsroom: Newsroom, article: Article
) -> Generator[Request, Response, tuple[Entry | None, SourceError | None]]:
    """The article with what its page says; by itself where its source's pages are not to be read."""
    feed, entry = newsroom.sources.get(article.source), entry_of(article)
    if feed is not None and not feed.options.enrich:
        return replace(entry, skip=article.skip), None
    return (yield from read_page(entry))


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


def _meet(tx: Tx, article: Article, full: Entry, now: datetime) -> bool:
    """Its page may name it as one that we met by another way: then the two are one from here on.

    So are they where its page is by now that of one that was met after it, whatever that is called: it has
    moved there while its page did not answer, and what leads there is not shared under its old name.

    Returns:
        Whether it is still an article of its own.
    """
    marks = [mark for mark in fingerprints(article.source, full) if mark.kind != "guid"]
    others = {mark: id_ for mark, id_ in tx.articles.hits(marks).items() if id_ != article.id}
    known = tx.articles.known(set(others.values()))
    answer = resolve(full, marks, others, known)
    tx.articles.link(article.id, marks)
    at = normalise_url(full.canonical_url)
    later = [id_ for id_, each in known.items() if id_ > article.id and normalise_url(each.url) == at]
    if later and article.page_asked_at is None:
        other = tx.articles.many(later)[later[0]]
        _join(tx, Moved(article.id, other.url, ""), other, now)
    elif isinstance(answer, Same):
        merge(tx, min(answer.article, article.id), max(answer.article, article.id), now)
        return answer.article > article.id
    return True


def _alike(store: Store, newsroom: Newsroom, article: Article, entry: Entry, now: datetime) -> Missing:
    """What an article may turn out to be under another name, now that its page says what it is.

    Its source showed that lately, or had another of its site show it first, or it was pushed: see `missing`,
    for what is known at the poll itself.
    """
    feed = newsroom.sources.get(article.source)
    with store.read() as tx:
        shown = shown_since(tx, article.source, now, RECENT)
        known = {each.id: each for each in shown if each.id < article.id}
        known |= tx.articles.many(gone_lately(tx.sources.row(article.source), now))
        known |= met_beside(tx, newsroom, article.source, [article.url], now)
        if feed is None or feed.options.asked:
            pushed = pushed_alone(tx, newsroom, [article.url], now)
            known |= {id_: each.article for id_, each in pushed.items()}
        known = {
            id_: each
            for id_, each in known.items()
            if id_ != article.id and (not each.withdrawn_at or shared_still(tx, id_))
        }
        beside = tx.articles.latest(BESIDE, article.source)
    before = newest_first(known.values())
    gone = {each.id for each in before if each.withdrawn_at}
    dated, like = in_common(before, [article], beside, ZoneInfo(newsroom.timezone), gone)
    return Missing([Come(entry, article)], before, dated=dated, like=like, unsure=known.keys())


def _join(tx: Tx, moved: Moved, article: Article, now: datetime) -> None:
    """The two are one: where it was met last, as it reads there, but for one shown late where it was before.

    What another source first told, and was read, is told anew as its sources show it the next time.
    """
    seen = tx.articles.sources_of(article.id)
    unread, before = tx.articles.page_due(moved.article) is not None, tx.articles.get(moved.article)
    merge(tx, moved.article, article.id, now, late=bool(moved.old))
    known = tx.articles.get(moved.article)
    if known is None or before is None or moved.old:
        return
    if unread or known.source == article.source:
        tx.articles.change(edited(known, article, now, OF_OTHERS), undecide=True)
    else:
        tx.articles.change(replace(known, url=article.url), undecide=False)
        for source, sighting in seen.items():
            tx.articles.rename(source, known.id, sighting.guid)
    tx.following.touch(known.id, now)
    log.info("article.moved", article=known.id, source=article.source, before=before.url, now=article.url)
