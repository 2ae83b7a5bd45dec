"""Finds what a source shows under another name: a new slug, a CMS that gave all its articles new guids."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.errors import SourceError
from bot.domain.identity import Fingerprint, normalise_url
from bot.domain.moving import maybe_guessed
from bot.extract.head import read_head
from bot.ports.records import Sighting
from bot.ports.source import Request, Response
from bot.ports.store import Store
from bot.services.missing import Missing, Moved
from bot.services.pages import HEAD_BYTES

__all__ = ["GONE", "OK", "leads", "link_moved", "where_moved"]

log = structlog.get_logger(__name__)

GONE = (404, 410)
OK = 200
MOST = 10
"""Pages asked for where they are now, in one poll."""


def where_moved(found: Missing) -> Generator[Request, Response, list[Moved]]:
    """Which are the same: by where the old page leads, else by what the two have in common.

    Either is proof only because the one has gone just as the other came. Where an old page leads proves
    nothing by itself: all that are gone may lead there, or the site thought of nothing nearer. Of one that
    nobody knows to have gone its old page must be, or lead there.
    """
    here = {normalise_url(one.entry.url): place for place, one in enumerate(found.come)}
    dated = found.dated
    lead: dict[int, int] = {}
    dead: set[int] = set()
    settled: set[int] = set()
    asked = [each for each in found.articles if each.id in dated or each.id in found.like]
    for article in asked[:MOST]:
        if len(settled) == len(here):
            break
        page = yield from _page(article.url)
        if page is None:
            continue
        dead |= {article.id} if page.status in GONE else set()
        said, other = leads(page)
        place = next((here[each] for each in said if each in here), None)
        if place is not None and not (other and found.come[place].entry.bare):
            if place in found.like.get(article.id, ()):
                lead[article.id] = place
                settled.add(place)
        elif article.id in dated and (article.id in dead or article.id not in found.unsure):
            settled.add(dated[article.id])
    proven: dict[int, int] = {}
    for id_, place in (*lead.items(), *dated.items()):
        surely = id_ in lead or id_ in dead or id_ not in found.unsure
        if surely and place not in proven.values():
            proven.setdefault(id_, place)
    titles = {article.id: article.title for article in found.articles}
    moved = list(found.sure)
    for id_, place in proven.items():
        entry = found.come[place].entry
        retold = entry.bare and bool(entry.title) and entry.title != titles[id_]
        moved.append(Moved(id_, entry.url, entry.guid, id_ in dead, retold))
    return moved + (yield from _shown_late(found, proven))


def _shown_late(found: Missing, proven: Mapping[int, int]) -> Generator[Request, Response, list[Moved]]:
    """Which are shown late at an address from before: by a cache, or a push that took its time.

    Another source was the first to know the new one; then the page of what comes leads there.
    """
    late: list[Moved] = []
    for place, one in enumerate(found.come):
        urls = {
            normalise_url(article.url): article.id
            for article in found.articles
            if article.id in found.unsure
            and article.id not in proven
            and place in found.like.get(article.id, ())
            and not maybe_guessed(one.entry.url, article.url)
        }
        if place in proven.values() or not urls or len(late) == MOST:
            continue
        page = yield from _page(one.entry.url)
        said, other = leads(page) if page else ([], False)
        if ids := [urls[each] for each in said if each in urls and not other]:
            late.append(Moved(ids[0], "", one.entry.guid, old=one.entry.url))
    return late


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
        for id_, url, guid, dead, retold, old in moved:
            article = tx.articles.get(id_)
            if article is None:
                continue
            tx.articles.rename(source, id_, guid)
            if source not in tx.articles.sources_of(id_):
                tx.articles.sight(Sighting(source, guid, id_, "", now, baseline=False))
            if old:
                tx.articles.link(id_, [Fingerprint("url", "", normalise_url(old))])
            if not url:
                continue
            before[id_] = article
            tx.articles.link(id_, [Fingerprint("url", "", normalise_url(url))])
            known = "" if retold else article.content_hash
            tx.articles.change(replace(article, url=url, content_hash=known), undecide=False)
            if dead:
                tx.following.touch(id_, now)
    for id_, url, *_ in moved:
        if was := before.get(id_):
            log.info("article.moved", article=id_, source=source, before=was.url, now=url)
