"""Finds what a source shows under another name: a new slug, a CMS that gave all its articles new guids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import NamedTuple

import structlog

from bot.domain.article import Article, Entry
from bot.domain.errors import SourceError
from bot.domain.identity import Fingerprint, fingerprints, normal_title, normalise_url
from bot.extract.head import read_head
from bot.ports.newsroom import Feed
from bot.ports.source import Harvest, Request, Response
from bot.ports.store import Store
from bot.services.pages import HEAD_BYTES

__all__ = ["Missing", "Moved", "link_moved", "missing", "where_moved"]

log = structlog.get_logger(__name__)

RECENT = timedelta(days=7)
"""Nothing older would be shared once more under a new name."""
REDATED = timedelta(days=1)
"""So much older than all that is listed may be what was published anew."""
GONE = (404, 410)
MOST = 10
"""Pages asked for where they are now, in one poll."""


class Missing(NamedTuple):
    """What a poll brought that nobody knows, and what it should have shown beside it."""

    fresh: Sequence[Entry]
    articles: Sequence[Article]


class Moved(NamedTuple):
    """An article, and the address under which it is shown now. `dead`: the old one leads nowhere any more."""

    article: int
    url: str
    dead: bool = False


def missing(store: Store, feed: Feed, harvest: Harvest, now: datetime) -> Missing:
    """What may have another name now: articles of the last days that the list spans, and does not show."""
    oldest = min((date for date in harvest.listed.values() if date), default=None)
    if oldest is None:
        return Missing((), ())
    with store.read() as tx:
        known = tx.articles.sightings(feed.id, [entry.guid for entry in harvest.entries])
        unknown = [entry for entry in harvest.entries if entry.guid not in known]
        marks = {entry.guid: fingerprints(feed.id, entry) for entry in unknown}
        hits = tx.articles.hits([mark for each in marks.values() for mark in each]).keys()
        fresh = [entry for entry in unknown if not hits & set(marks[entry.guid])]
        if not fresh:
            return Missing((), ())
        shown = {each.article for each in tx.articles.sightings(feed.id, [*harvest.listed]).values()}
        recent = tx.articles.recent(feed.id, now - RECENT)
    spanned = [each for each in recent if each.published_at and each.published_at >= oldest - REDATED]
    return Missing(fresh, [each for each in spanned if each.id not in shown])


def where_moved(found: Missing) -> Generator[Request, Response, list[Moved]]:
    """Which are the same: by where the old page leads, else by title and date together.

    Either is proof only because the one has gone just as the other came.
    """
    dated = _by_date(found)
    left = {normalise_url(entry.url): entry.url for entry in found.fresh}
    moved = []
    for article in found.articles[: -MOST - 1 : -1]:
        if not left:
            break
        said, dead = dated.pop(article.id, ""), False
        leads: list[str] = []
        try:
            page = yield Request(article.url, max_bytes=HEAD_BYTES, truncate=True, robots=True)
            dead = page.status in GONE
            leads = [normalise_url(page.url), normalise_url(_canonical(page))]
        except SourceError:
            pass  # it says nothing
        except Exception:
            # One page that cannot be read must not keep the source from being read, now and at every poll.
            log.exception("page.fault", url=article.url)
        url = next((left.pop(each) for each in [*leads, normalise_url(said)] if each in left), "")
        moved += [Moved(article.id, url, dead)] if url else []
    return moved + [Moved(id_, url) for id_, url in dated.items() if normalise_url(url) in left]


def link_moved(store: Store, moved: Sequence[Moved], now: datetime) -> None:
    """From now on they are at the new address; what told a dead one is compared with what it should say."""
    before = {}
    with store.write() as tx:
        tx.articles.hold()
        for id_, url, dead in moved:
            article = tx.articles.get(id_)
            if article is None:
                continue
            before[id_] = article
            tx.articles.link(id_, [Fingerprint("url", "", normalise_url(url))])
            tx.articles.change(replace(article, url=url), undecide=False)
            if dead:
                tx.following.touch(id_, now)
    for id_, url, _ in moved:
        if old := before.get(id_):
            log.info("article.moved", article=id_, source=old.source, before=old.url, now=url)


def _by_date(found: Missing) -> dict[int, str]:
    """Of the same title and the same second, one for one; a date at midnight is a day, and proves nothing."""
    before = [(normal_title(each.title), each.published_at) for each in found.articles]
    now = [(normal_title(each.title), each.published_at) for each in found.fresh]
    once = {each for each, times in Counter(before).items() if times == 1}
    once &= {each for each, times in Counter(now).items() if times == 1}
    urls = dict(zip(now, (entry.url for entry in found.fresh), strict=True))
    return {
        article.id: urls[key]
        for key, article in zip(before, found.articles, strict=True)
        if key in once and key[0] and key[1] and key[1].time() != time(0)
    }


def _canonical(page: Response) -> str:
    """What a page that stayed where it was calls its address: static sites redirect so."""
    kind = page.headers.get("content-type", "text/html").lower()
    if page.status != 200 or "html" not in kind:  # noqa: PLR2004 - HTTP OK
        return ""
    return read_head(page.body, kind, page.url).canonical_url
