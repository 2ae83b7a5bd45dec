"""Finds what a source should show, and does not, as something comes that nobody knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.article import Article, Entry
from bot.domain.identity import Merge, New, by_guid, fingerprints, normalise_url, resolve
from bot.domain.moving import in_common, is_exact, newest_first
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.records import SourceRow
from bot.ports.source import Harvest
from bot.ports.store import Store, Tx
from bot.services.beside import met_beside
from bot.services.lately import LATELY, gone_lately, has_emptied, has_lost, may_have_moved, shared_still
from bot.services.learnt import shown_since
from bot.services.pushed import pushed_alone
from bot.services.shown import article_of

__all__ = ["BESIDE", "RECENT", "Come", "Missing", "Moved", "missing"]

RECENT = timedelta(days=7)
"""Nothing older would be shared once more under a new name."""
REDATED = timedelta(days=1)
"""So much older than all that is listed may be what was published anew."""
BESIDE = 20
"""Articles of the source that tell what its texts have in common."""


class Come(NamedTuple):
    """An entry that nobody knows, and what it says."""

    entry: Entry
    article: Article


class Moved(NamedTuple):
    """An article, and the address ("": known without us) and guid under which it is shown now.

    `dead`: the old address leads nowhere any more. `retold`: only its page says that it reads otherwise, too.
    `old` is an address from before, under which it is shown late.
    """

    article: int
    url: str
    guid: str
    dead: bool = False
    retold: bool = False
    old: str = ""


class Missing(NamedTuple):
    """What a poll brought that nobody knows, and what it should have shown beside it, the newest first.

    `sure` need no asking. `dated` are the places of what came by the number of what is the same for all that
    is known, `like` of what may be, where the old page leads to it. `met` is what it showed of what is known,
    `ceased` what it surely shows no more. Of the `unsure` nobody knows whether they are gone.
    """

    come: Sequence[Come] = ()
    articles: Sequence[Article] = ()
    sure: Sequence[Moved] = ()
    dated: Mapping[int, int] = MappingProxyType({})
    like: Mapping[int, Collection[int]] = MappingProxyType({})
    met: Collection[int] = ()
    ceased: Collection[int] = ()
    unsure: Collection[int] = ()


def missing(
    store: Store,
    newsroom: Newsroom,
    feed: Feed,
    row: SourceRow,
    harvest: Harvest,
    enriched: Mapping[str, Entry | None],
    now: datetime,
    *,
    elsewhere: bool = False,
    hub: bool = False,
) -> Missing:
    """What may have another name now: what the source should show, and does not, as something new comes.

    It may have ceased to do so a few polls before; see `lately`. `row` is as the poll found it; `elsewhere`:
    see `is_elsewhere`; then it is all of the last days. Of what a `hub` pushed it is all of the last.
    Nor need another source of the site, that showed it first, have ceased to: see `beside`.
    """
    times = Counter(entry.guid for entry in harvest.entries)
    entries = [(times[e.guid] == 1 and enriched.get(e.guid)) or e for e in harvest.entries]
    marks = [fingerprints(feed.id, entry) for entry in entries]
    came: list[Come] = []
    met: dict[int, Entry] = {}
    reused: dict[str, int] = {}
    with store.read() as tx:
        seen = {guid: each.article for guid, each in tx.articles.sightings(feed.id, [*times]).items()}
        beside = met_beside(tx, newsroom, feed.id, [e.url for e in entries if e.guid not in seen], now)
        pushed = pushed_alone(tx, newsroom, [e.url for e in entries if feed.options.asked], now)
        if not (beside or pushed or elsewhere or hub or may_have_moved(row, harvest, now)):
            return Missing()
        hits = tx.articles.hits([mark for each in marks for mark in each])
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
        lost = _spanned(tx, feed, row, harvest, {*met}, {one.entry.guid for one in came}, now)
        oldest = _oldest(harvest)
        ceased = {each.id for each in lost.values() if oldest is None or each.age_from() >= oldest}
        ceased |= left - met.keys()
        if not came:
            return Missing(sure=renamed, met={*met}, ceased=ceased)
        lost |= tx.articles.many(left - met.keys())
        lost |= _lost_lately(tx, row, met.keys() | lost.keys(), now)
        gone |= {id_ for id_, each in lost.items() if each.withdrawn_at}
        unsure = {*pushed, *(beside.keys() - met.keys())}
        lost |= {id_: pushed[id_].article if id_ in pushed else beside[id_] for id_ in unsure}
        if elsewhere or hub:
            last = shown_since(tx, feed.id, now, LATELY if hub else RECENT)
            unsure |= {each.id for each in last if hub} - lost.keys()
            lost |= {each.id: each for each in last if each.id not in met}
        others = tx.articles.latest(BESIDE, feed.id) if lost else []
    zone = ZoneInfo(newsroom.timezone)
    sure = [each for one in came if (each := _told(one, lost, reused, zone))]
    told, urls = {each.article for each in sure}, {each.url for each in sure}
    articles = newest_first(article for id_, article in lost.items() if id_ not in told)
    open_ = [one for one in came if one.entry.url not in urls]
    dated, like = in_common(articles, [one.article for one in open_], others, zone, gone)
    for id_, told_as in pushed.items():
        if named := {place for place, one in enumerate(open_) if told_as.may_name(one.entry.cms_id)}:
            like[id_] = named.union(like.get(id_, ()))
    return Missing(open_, articles, [*renamed, *sure], dated, like, {*met}, ceased, unsure)


def _lost_lately(tx: Tx, row: SourceRow, but: Collection[int], now: datetime) -> dict[int, Article]:
    """What went a few polls before, and is shared still."""
    ids = gone_lately(row, now).difference(but)
    return {
        id_: each
        for id_, each in tx.articles.many(ids).items()
        if each.withdrawn_at is None or shared_still(tx, id_)
    }


def _spanned(
    tx: Tx,
    feed: Feed,
    row: SourceRow,
    harvest: Harvest,
    met: set[int],
    came: Collection[str],
    now: datetime,
) -> dict[int, Article]:
    """Articles of the last days that the list spans by its dates, and does not show.

    Of one that has come to list nothing, so many as it listed. What `came` has guids that show no other: one
    may have been another article's.
    """
    if has_emptied(row.cursor, harvest.cursor):
        recent = tx.articles.recent(feed.id, now - RECENT)
        return {each.id: each for each in recent[-len(row.cursor["items"]) :]}
    oldest = _oldest(harvest)
    if oldest is None or (not came and not has_lost(row.cursor, harvest.cursor, len(met))):
        return {}
    names = [guid for guid in harvest.listed if guid not in came]
    shown = met | {each.article for each in tx.articles.sightings(feed.id, names).values()}
    recent = shown_since(tx, feed.id, now, RECENT)
    spanned = (each for each in recent if each.published_at and each.published_at >= oldest - REDATED)
    return {each.id: each for each in spanned if each.id not in shown}


def _oldest(harvest: Harvest) -> datetime | None:
    return min((date for date in harvest.listed.values() if date), default=None)


def _told(one: Come, lost: Mapping[int, Article], reused: Mapping[str, int], zone: ZoneInfo) -> Moved | None:
    """What an entry says by itself: an address it had before, or the same file and the same second."""
    entry = one.entry
    was = {normalise_url(url) for url in entry.was}
    found = next((each for each in lost.values() if normalise_url(each.url) in was), None)
    same = lost.get(reused.get(entry.guid, 0))
    if found is None and same and is_exact(entry.published_at, zone):
        found = same if same.published_at == entry.published_at else None
    return Moved(found.id, entry.url, entry.guid) if found else None
