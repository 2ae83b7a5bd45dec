"""Reads the pages of what looks new, for what its source does not say, and again where one failed."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import structlog

from bot.domain.age import is_baseline
from bot.domain.article import Article, Entry
from bot.domain.errors import SourceError
from bot.domain.identity import Same, content_hash, fingerprints, resolve
from bot.extract.enrich import enrich, lacks
from bot.extract.language import spoken
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.records import SourceRow
from bot.ports.source import Harvest, Request, Response
from bot.ports.store import Store, Tx

__all__ = [
    "HEAD_BYTES",
    "OF_PAGES",
    "PAGE_RETRIES",
    "UNREAD",
    "enrich_again",
    "imprint",
    "news_among",
    "pages",
    "wants_pages",
]

log = structlog.get_logger(__name__)

HEAD_BYTES = 128_000
PAGE_RETRIES = (timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=10))
"""How often a failed page is asked for again before the article goes on without it."""

READ_AGAIN = timedelta(hours=1)
"""How soon the page of an article that was edited before is read again."""
OF_PAGES = ("title", "summary", "image", "lang", "site_name", "authors", "published_at", "updated_at")
"""What an entry that says nothing of it leaves as it was: the page had it."""

UNREAD = "nothing but its address is known, and its page cannot be read"


def wants_pages(feed: Feed, harvest: Harvest, row: SourceRow) -> list[Entry]:
    """The entries that lack something which a page could give, where pages are read at all."""
    if row.seeded_at is None or not feed.options.enrich:
        return []
    return [entry for entry in harvest.entries if lacks(entry)]


def news_among(
    store: Store, feed: Feed, entries: Sequence[Entry], row: SourceRow, now: datetime
) -> list[Entry]:
    """Those that are new or were edited since; not what changes all the time, as view counters do."""
    with store.read() as tx:
        known = tx.articles.sightings(feed.id, [entry.guid for entry in entries])
        changed = {
            entry.guid: seen.article
            for entry in entries
            if (seen := known.get(entry.guid)) and not seen.baseline and seen.content_hash != imprint(entry)
        }
        restless = {
            id_
            for id_, article in tx.articles.many(set(changed.values())).items()
            if article.first_seen_at < article.changed_at > now - READ_AGAIN
        }
        edited = [e for e in entries if e.guid in changed and changed[e.guid] not in restless]
        unseen = [entry for entry in entries if entry.guid not in known]
        if not unseen:
            return edited
        marks = {entry.guid: fingerprints(feed.id, entry) for entry in unseen}
        hits = tx.articles.hits([mark for each in marks.values() for mark in each])
    return edited + [
        entry
        for entry in unseen
        if not hits.keys() & set(marks[entry.guid])
        and not is_baseline(None, entry.published_at, row.seeded_at, in_first_poll=False)
    ]


def imprint(entry: Entry, content: str = "") -> str:
    """What a sighting remembers of an entry: its content and its addresses, so that a moved one is met.

    `content` is its `content_hash`, where that is known already.
    """
    text = f"{content or content_hash(entry)} {entry.url} {entry.canonical_url}"
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def pages(
    entries: Sequence[Entry], out: dict[str, Entry | None] | None = None
) -> Generator[Request, Response, Mapping[str, Entry | None]]:
    """Ask for each entry's page; by guid, the entry enriched by it, or None where the page failed.

    `out` is filled as the pages come, so that what came before a time-out is not lost.
    """
    out = {} if out is None else out
    for entry in entries:
        try:
            page = yield Request(entry.url, max_bytes=HEAD_BYTES, truncate=True, robots=True)
            out[entry.guid] = enrich(entry, page) if page.status == 200 else None  # noqa: PLR2004 - HTTP OK
        except SourceError as error:
            out[entry.guid] = entry if error.barred else None
        except Exception:
            # One page that cannot be read must not keep the source, and all the others, from being read.
            log.exception("page.fault", url=entry.url)
            out[entry.guid] = None
    return out


def enrich_again(
    store: Store, newsroom: Newsroom, article: Article, now: datetime
) -> Generator[Request, Response, bool]:
    """Ask again for a page that failed; after the last try the article goes on without it."""
    entry = _entry_of(article)
    full = (yield from pages([entry]))[entry.guid]
    tries = sum(now - article.first_seen_at >= sum(PAGE_RETRIES[: i + 1], timedelta()) for i in range(3))
    with store.write() as tx:
        tx.articles.hold()
        current = tx.articles.get(article.id)  # it may have been edited while its page was asked for
        if full is not None and current is not None:
            known = {name: getattr(current, name) or getattr(full, name) for name in OF_PAGES}
            text = f"{full.title}\n{full.summary}\n{current.content}"
            known["lang"] = current.lang or spoken(full.lang, text, newsroom.languages)
            if current.content_hash == article.content_hash:
                known |= {"summary": full.summary, "image": full.image}
            if current.skip == UNREAD:
                known["skip"] = full.skip
            tx.articles.change(replace(current, **known), undecide=True)
            _meet(tx, article, full)
        done = full is not None or tries >= len(PAGE_RETRIES)
        tx.articles.enrich_later(article.id, None if done else now + PAGE_RETRIES[tries])
    return full is not None


def _meet(tx: Tx, article: Article, full: Entry) -> None:
    """Its page may name it as one that we met by another way: then the two are one from here on."""
    marks = [mark for mark in fingerprints(article.source, full) if mark.kind != "guid"]
    others = {mark: id_ for mark, id_ in tx.articles.hits(marks).items() if id_ != article.id}
    answer = resolve(full, marks, others, tx.articles.known(set(others.values())))
    tx.articles.link(article.id, marks)
    if isinstance(answer, Same):
        tx.articles.merge(min(answer.article, article.id), max(answer.article, article.id))


def _entry_of(article: Article) -> Entry:
    values: dict[str, Any] = {
        name: getattr(article, name)
        for name in ("url", "title", "summary", "tags", "categories", "authors", "image", "lang")
    }
    bare = article.skip == UNREAD
    return Entry(guid=str(article.id), site_name=article.site_name, bare=bare, **values)
