"""Finds what a source shows under another name: a new slug, a CMS that gave all its articles new guids."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from bot.domain.article import Article
from bot.domain.errors import SourceError
from bot.domain.identity import Fingerprint, normalise_url
from bot.domain.moving import maybe_guessed
from bot.extract.head import read_head
from bot.ports.records import Sighting
from bot.ports.source import Request, Response
from bot.ports.store import Store
from bot.services.learnt import was_there
from bot.services.missing import Missing, Moved
from bot.services.pages import HEAD_BYTES, stand_in

__all__ = ["GONE", "OK", "Inquiry", "leads", "link_moved"]

log = structlog.get_logger(__name__)

GONE = (404, 410)
OK = 200
PASSING = (408, 425, 429)
BROKEN = 500
MOST = 10
"""Pages asked for where they are now, in one poll."""


@dataclass(slots=True)
class Inquiry:
    """Which are the same: by where the old page leads, else by what the two have in common.

    Either is proof only because the one has gone just as the other came. Where an old page leads proves
    nothing by itself: all that are gone may lead there, or the site thought of nothing nearer. Of one that
    nobody knows to have gone its old page must be, or lead there. What was found by the time that time is up
    counts as well.
    """

    found: Missing
    lead: dict[int, int] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)
    late: list[Moved] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    """Places of what came whose own page did not say where it leads."""

    def ask(self) -> Generator[Request, Response, None]:
        """Ask the old pages, until all that came is settled."""
        found = self.found
        here = {normalise_url(one.entry.url): place for place, one in enumerate(found.come)}
        settled: set[int] = set()
        for article in self._to_ask():
            if len(settled) == len(here):
                break
            page = yield from _page(article.url, article.title)
            if page is None:
                continue
            self.answered.add(article.id)
            self.dead |= {article.id} if page.status in GONE else set()
            said, other = leads(page)
            place = next((here[each] for each in said if each in here), None)
            if place is not None and not (other and found.come[place].entry.bare):
                if place in found.like.get(article.id, ()):
                    self.lead[article.id] = place
                    settled.add(place)
            elif article.id in found.dated and (article.id in self.dead or article.id not in found.unsure):
                settled.add(found.dated[article.id])
        yield from self._ask_late()

    @property
    def moved(self) -> list[Moved]:
        """What is the same as what."""
        titles = {article.id: article.title for article in self.found.articles}
        moved = list(self.found.sure)
        for id_, place in self._proven().items():
            entry = self.found.come[place].entry
            retold = entry.bare and bool(entry.title) and entry.title != titles[id_]
            moved.append(Moved(id_, entry.url, entry.guid, id_ in self.dead, retold))
        return moved + self.late

    @property
    def doubts(self) -> dict[str, str]:
        """By the guid of what came, the address that it may have had, whose page did not say (yet)."""
        told = {each.guid for each in self.moved}
        open_ = {place: one for place, one in enumerate(self.found.come) if one.entry.guid not in told}
        doubts = {one.entry.guid: one.entry.url for place, one in open_.items() if place in self.broken}
        for article in self._to_ask():
            if article.id in self.answered:
                continue
            places = {*self.found.like.get(article.id, ()), self.found.dated.get(article.id)}
            doubts |= {one.entry.guid: article.url for place, one in open_.items() if place in places}
        return doubts

    def _to_ask(self) -> list[Article]:
        found = self.found
        return [each for each in found.articles if each.id in found.dated or each.id in found.like][:MOST]

    def _proven(self) -> dict[int, int]:
        proven: dict[int, int] = {}
        for id_, place in (*self.lead.items(), *self.found.dated.items()):
            surely = id_ in self.lead or id_ in self.dead or id_ not in self.found.unsure
            if surely and place not in proven.values():
                proven.setdefault(id_, place)
        return proven

    def _ask_late(self) -> Generator[Request, Response, None]:
        """Which are shown late at an address from before: by a cache, or a push that took its time.

        Another source was the first to know the new one; then the page of what comes leads there.
        """
        proven = self._proven()
        for place, one in enumerate(self.found.come):
            urls = {
                normalise_url(article.url): article.id
                for article in self.found.articles
                if article.id in self.found.unsure
                and article.id not in proven
                and place in self.found.like.get(article.id, ())
                and not maybe_guessed(one.entry.url, article.url)
            }
            if place in proven.values() or not urls or len(self.late) == MOST:
                continue
            page = yield from _page(one.entry.url, one.entry.title)
            if page is None:
                self.broken.add(place)
                continue
            said, other = leads(page)
            if ids := [urls[each] for each in said if each in urls and not other]:
                self.late.append(Moved(ids[0], "", one.entry.guid, old=one.entry.url))


def _page(url: str, title: str) -> Generator[Request, Response, Response | None]:
    """What an address answers; None: nothing that will last, as while its site is down."""
    none = Response(url, 0, {}, b"")
    if not url.startswith(("http://", "https://")):
        return none
    try:
        page: Response = yield Request(url, max_bytes=HEAD_BYTES, truncate=True, robots=True)
    except SourceError as error:
        return none if error.barred else None
    if page.status in PASSING or page.status >= BROKEN:
        return None
    return None if page.status == OK and stand_in(url, page, title) else page


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
                baseline = was_there(tx, id_, tx.sources.row(source).seeded_at)
                tx.articles.sight(Sighting(source, guid, id_, "", now, baseline))
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
