"""Reads the pages of what looks new, for what its source does not say, and again where one failed."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin, urlsplit

import structlog

from bot.domain.age import is_baseline
from bot.domain.article import Article, Entry
from bot.domain.errors import SourceError
from bot.domain.identity import content_hash, fingerprints
from bot.domain.tracking import route_of
from bot.extract.enrich import enrich, lacks, weigh
from bot.extract.gate import gate
from bot.extract.head import descriptions
from bot.ports.newsroom import Feed
from bot.ports.records import SourceRow
from bot.ports.source import Harvest, Request, Response
from bot.ports.store import Store

__all__ = [
    "HEAD_BYTES",
    "OF_PAGES",
    "PAGE_RETRIES",
    "UNREAD",
    "enriched",
    "entry_of",
    "imprint",
    "news_among",
    "pages",
    "read_page",
    "stand_in",
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
    homes: dict[str, frozenset[str]] = {}
    for entry in entries:
        out[entry.guid], _ = yield from read_page(entry, homes)
    return out


def read_page(
    entry: Entry, homes: dict[str, frozenset[str]] | None = None
) -> Generator[Request, Response, tuple[Entry | None, SourceError | None]]:
    """The entry enriched by its page; None, and why, where the page failed.

    All routes of a single-page site answer one page, which says nothing of any. `homes` remembers what home
    pages say of themselves: where an article's description may be such, it is compared.
    """
    if route_of(urlsplit(entry.url).fragment):
        return entry, None
    try:
        page = yield Request(entry.url, max_bytes=HEAD_BYTES, truncate=True, robots=True)
        if page.status != 200:  # noqa: PLR2004 - HTTP OK
            return None, SourceError(f"it answers {page.status}", status=page.status)
        if other := stand_in(entry.url, page, entry.title):
            return None, SourceError(f"it answers {other}", page=True)
        return (yield from enriched(entry, page, {} if homes is None else homes)), None
    except SourceError as error:
        return (entry, None) if error.barred else (None, error)
    except Exception as error:
        # One page that cannot be read must not keep the source, and all the others, from being read.
        log.exception("page.fault", url=entry.url)
        return None, SourceError(f"a fault of ours ({type(error).__name__}), see the log")


def stand_in(asked: str, page: Response, headline: str) -> str:
    """What a page is that is not the article which was asked for, "" where nothing says so: see `gate`."""
    try:
        return gate(asked, page.url, page.body, page.headers.get("content-type", ""), headline)
    except Exception:
        # One page that cannot be read must keep no source, and no other page, from being read.
        log.exception("page.fault", url=page.url)
        return ""


def enriched(
    entry: Entry, page: Response, homes: dict[str, frozenset[str]]
) -> Generator[Request, Response, Entry]:
    """The entry with what its page says, and with nothing that this says of its site.

    `homes` remembers what home pages say of themselves.
    """
    full, doubtful = weigh(entry, page)
    if not doubtful:
        return full
    slogans = yield from _said_at_home(page.url, homes)
    return enrich(entry, page, slogans) if slogans else full


def _said_at_home(url: str, homes: dict[str, frozenset[str]]) -> Generator[Request, Response, frozenset[str]]:
    """What the home page of an address's site says of itself; nothing where it does not answer."""
    home = urljoin(url, "/")
    if home not in homes and home != url:
        homes[home] = frozenset()
        with suppress(SourceError):
            page = yield Request(home, max_bytes=HEAD_BYTES, truncate=True, robots=True)
            if page.status == 200:  # noqa: PLR2004 - HTTP OK
                homes[home] = descriptions(page.body, page.headers.get("content-type", ""))
    return homes.get(home, frozenset())


def entry_of(article: Article) -> Entry:
    """An article as an entry that its page may complete."""
    values: dict[str, Any] = {
        name: getattr(article, name)
        for name in ("url", "title", "summary", "tags", "categories", "authors", "image", "lang")
    }
    bare = article.skip == UNREAD or not article.title
    return Entry(guid=str(article.id), site_name=article.site_name, bare=bare, **values)
