"""Finds what a source shows under another name: a new slug, a CMS that gave all its articles new guids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog

from bot.domain.article import Article, Entry
from bot.domain.errors import SourceError
from bot.domain.identity import Fingerprint, Merge, New, by_guid, fingerprints, normalise_url, resolve
from bot.domain.moving import is_exact, is_like, maybe_guessed, pairs
from bot.extract.head import read_head
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.source import Cursor, Harvest, Request, Response
from bot.ports.store import Store, Tx
from bot.services.pages import HEAD_BYTES
from bot.services.shown import article_of

__all__ = [
    "GONE",
    "RECENT",
    "Missing",
    "Moved",
    "is_elsewhere",
    "leads",
    "link_moved",
    "missing",
    "where_moved",
]

log = structlog.get_logger(__name__)

RECENT = timedelta(days=7)
"""Nothing older would be shared once more under a new name."""
REDATED = timedelta(days=1)
"""So much older than all that is listed may be what was published anew."""
GONE = (404, 410)
OK = 200
MOST = 10
"""Pages asked for where they are now, in one poll."""


class Come(NamedTuple):
    """An entry that nobody knows, and what it says."""

    entry: Entry
    article: Article


class Moved(NamedTuple):
    """An article, and the address ("": known without us) and guid under which it is shown now.

    `dead`: the old address leads nowhere any more. `retold`: only its page says that it reads otherwise, too.
    """

    article: int
    url: str
    guid: str
    dead: bool = False
    retold: bool = False


class Missing(NamedTuple):
    """What a poll brought that nobody knows, and what it should have shown beside it, the newest first.

    `sure` need no asking. Of `said` the source says outright that they are gone.
    """

    come: Sequence[Come] = ()
    articles: Sequence[Article] = ()
    sure: Sequence[Moved] = ()
    said: frozenset[int] = frozenset()
    zone: str = "UTC"


def is_elsewhere(before: Cursor, after: Cursor) -> bool:
    """Whether a source is read at another address, or as another kind, than at its last poll."""
    old, new = _address(before), _address(after)
    return old is not None and old != new


def _address(cursor: Cursor) -> Any:
    return cursor.get("for") or (cursor.get("first") or {}).get("for")


def missing(
    store: Store,
    newsroom: Newsroom,
    feed: Feed,
    harvest: Harvest,
    enriched: Mapping[str, Entry | None],
    now: datetime,
    *,
    elsewhere: bool = False,
) -> Missing:
    """What may have another name now: what the source should show, and does not, as something new comes.

    `elsewhere`: see `is_elsewhere`; then that is all of the last days.
    """
    times = Counter(entry.guid for entry in harvest.entries)
    entries = [(times[e.guid] == 1 and enriched.get(e.guid)) or e for e in harvest.entries]
    marks = [fingerprints(feed.id, entry) for entry in entries]
    came: list[Come] = []
    met: dict[int, Entry] = {}
    reused: dict[str, int] = {}
    with store.read() as tx:
        hits = tx.articles.hits([mark for each in marks for mark in each])
        seen = {guid: each.article for guid, each in tx.articles.sightings(feed.id, [*times]).items()}
        for guid, id_ in seen.items():
            hits.setdefault(by_guid(feed.id, guid), id_)
        known = tx.articles.known(set(hits.values()))
        for entry, own in zip(entries, marks, strict=True):
            theirs = {mark: hits[mark] for mark in own if mark in hits}
            answer = resolve(entry, own, theirs, known)
            if not isinstance(answer, New):
                ids = (answer.keep, answer.drop) if isinstance(answer, Merge) else (answer.article,)
                met |= dict.fromkeys(ids, entry)
            elif not (entry.bare and entry.skip):
                came.append(Come(entry, article_of(feed, entry, newsroom, now)))
                if answer.conflict and entry.guid in harvest.left:
                    reused[entry.guid] = next(id_ for mark, id_ in theirs.items() if mark.kind == "guid")
        gone = {each.article for each in tx.articles.sightings(feed.id, harvest.gone).values()}
        left = gone | {each.article for each in tx.articles.sightings(feed.id, harvest.left).values()}
        renamed = [
            Moved(id_, "", met[id_].guid) for id_ in left & met.keys() if seen.get(met[id_].guid) != id_
        ]
        if not came:
            return Missing(sure=renamed)
        lost = tx.articles.many(left - met.keys())
        lost |= _spanned(tx, feed, harvest, {*met}, reused, now)
        if elsewhere:
            lost |= {
                each.id: each for each in tx.articles.recent(feed.id, now - RECENT) if each.id not in met
            }
    sure = [each for one in came if (each := _told(one, lost, reused, newsroom.timezone))]
    told, urls = {each.article for each in sure}, {each.url for each in sure}
    articles = sorted(
        (article for id_, article in lost.items() if id_ not in told),
        key=lambda each: (each.published_at or each.first_seen_at, each.id),
        reverse=True,
    )
    open_ = [one for one in came if one.entry.url not in urls]
    return Missing(open_, articles, [*renamed, *sure], frozenset(gone), newsroom.timezone)


def _spanned(
    tx: Tx, feed: Feed, harvest: Harvest, met: set[int], reused: Mapping[str, int], now: datetime
) -> dict[int, Article]:
    """Articles of the last days that the list spans by its dates, and does not show."""
    oldest = min((date for date in harvest.listed.values() if date), default=None)
    if oldest is None:
        return {}
    names = [guid for guid in harvest.listed if guid not in reused]
    shown = met | {each.article for each in tx.articles.sightings(feed.id, names).values()}
    recent = tx.articles.recent(feed.id, now - RECENT)
    spanned = (each for each in recent if each.published_at and each.published_at >= oldest - REDATED)
    return {each.id: each for each in spanned if each.id not in shown}


def _told(one: Come, lost: Mapping[int, Article], reused: Mapping[str, int], zone: str) -> Moved | None:
    """What an entry says by itself: an address it had before, or the same file and the same second."""
    entry = one.entry
    was = {normalise_url(url) for url in entry.was}
    found = next((each for each in lost.values() if normalise_url(each.url) in was), None)
    same = lost.get(reused.get(entry.guid, 0))
    if found is None and same and is_exact(entry.published_at, ZoneInfo(zone)):
        found = same if same.published_at == entry.published_at else None
    return Moved(found.id, entry.url, entry.guid) if found else None


def where_moved(found: Missing) -> Generator[Request, Response, list[Moved]]:
    """Which are the same: by where the old page leads, else by what the two have in common.

    Either is proof only because the one has gone just as the other came. Where an old page leads proves
    nothing where it may be where all lead that are gone, or the nearest that the site could think of.
    """
    zone = ZoneInfo(found.zone)
    here = {normalise_url(one.entry.url): place for place, one in enumerate(found.come)}
    dated = pairs(found.articles, [one.article for one in found.come], zone)
    lead: dict[int, int] = {}
    dead: set[int] = set()
    settled: set[int] = set()
    for article in found.articles[:MOST]:
        if len(settled) == len(here):
            break
        page = yield from _page(article.url)
        if page is None:
            continue
        dead |= {article.id} if page.status in GONE else set()
        said, other = leads(page)
        place = next((here[each] for each in said if each in here), None)
        if place is not None and not (other and found.come[place].entry.bare):
            lead[article.id] = place
            settled |= {place} if is_like(article, found.come[place].article) else set()
        elif article.id in dated:
            settled.add(dated[article.id])
    proven: dict[int, int] = {}
    times = Counter(lead.values())
    for article in found.articles:
        place = lead.get(article.id)
        if place is None:
            continue
        one = found.come[place]
        guess = times[place] > 1 or article.id in found.said or maybe_guessed(article.url, one.entry.url)
        if place not in proven.values() and (is_like(article, one.article) or not guess):
            proven[article.id] = place
    for id_, place in dated.items():
        if place not in proven.values():
            proven.setdefault(id_, place)
    titles = {article.id: article.title for article in found.articles}
    moved = list(found.sure)
    for id_, place in proven.items():
        entry = found.come[place].entry
        retold = entry.bare and bool(entry.title) and entry.title != titles[id_]
        moved.append(Moved(id_, entry.url, entry.guid, id_ in dead, retold))
    return moved


def _page(url: str) -> Generator[Request, Response, Response | None]:
    if not url.startswith(("http://", "https://")):
        return None
    try:
        return (yield Request(url, max_bytes=HEAD_BYTES, truncate=True, robots=True))
    except SourceError:
        return None  # it says nothing


def leads(page: Response) -> tuple[list[str], bool]:
    """Where a page is, and what it calls its address: static sites redirect so. Whether it is no article."""
    if page.status != OK:
        return [], False
    kind = page.headers.get("content-type", "text/html").lower()
    here = normalise_url(page.url)
    if "html" not in kind:
        return [here], False
    try:
        head = read_head(page.body, kind, page.url)
    except Exception:
        # One page that cannot be read must not keep the source from being read, now and at every poll.
        log.exception("page.fault", url=page.url)
        return [here], False
    return [here, normalise_url(head.canonical_url)], head.other


def link_moved(store: Store, source: str, moved: Sequence[Moved], now: datetime) -> None:
    """From now on they are at the new address; what told a dead one is compared with what it should say."""
    before = {}
    with store.write() as tx:
        tx.articles.hold()
        for id_, url, guid, dead, retold in moved:
            article = tx.articles.get(id_)
            if article is None:
                continue
            tx.articles.rename(source, id_, guid)
            if not url:
                continue
            before[id_] = article
            tx.articles.link(id_, [Fingerprint("url", "", normalise_url(url))])
            known = "" if retold else article.content_hash
            tx.articles.change(replace(article, url=url, content_hash=known), undecide=False)
            if dead:
                tx.following.touch(id_, now)
    for id_, url, *_ in moved:
        if old := before.get(id_):
            log.info("article.moved", article=id_, source=source, before=old.url, now=url)
