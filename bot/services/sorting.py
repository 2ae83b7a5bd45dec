"""Sorts entries that are new or have changed, each to its article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.domain.age import is_baseline
from bot.domain.article import Article, Entry
from bot.domain.delivery import Reason
from bot.domain.identity import (
    Fingerprint,
    Merge,
    New,
    Resolution,
    Same,
    by_guid,
    fingerprints,
    normalise_url,
    resolve,
)
from bot.extract.enrich import half_said
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.records import Decision, Found, Known, Sighting, SourceRow
from bot.ports.store import Tx
from bot.services.fallback import ORDERS_UNREAD
from bot.services.learnt import merge, was_there
from bot.services.next import of_one_second, which_of_its_address
from bot.services.older import Seen, is_stale
from bot.services.pages import OF_PAGES, PAGE_RETRIES, UNREAD
from bot.services.retold import OF_DESK, OF_OTHERS, edited
from bot.services.shown import Shown

__all__ = ["EVERY_ACCOUNT", "Sorting", "Taken"]

EVERY_ACCOUNT = "*"
"""The account of a decision that was made once for all of them: baseline."""

INSTEAD = "instead:"
BLIND_AFTER = timedelta(hours=2)
"""How long after the last good poll what comes out counts as overlooked, should it be too old when found."""


@dataclass(slots=True)
class Taken:
    """What a poll came to. `new` are to be decided (`news`: as found), `learnt` counts the baseline.

    `moved` says the old address of those that say what they said, and stand elsewhere now; `turned` the
    address of those that are shown at one where they stood before; `older` the older edition that was shown
    of an article, "" where it was the one that is known.
    """

    new: list[int] = field(default_factory=list)
    news: list[Article] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    moved: dict[int, str] = field(default_factory=dict)
    turned: dict[int, str] = field(default_factory=dict)
    older: dict[int, str] = field(default_factory=dict)
    learnt: int = 0
    first: bool = False
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def say(self, event: str, **fields: Any) -> None:
        """Log it once what it tells has been committed."""
        self.events.append((event, fields))


@dataclass(slots=True)
class Sorting:
    """Entries that are new or have changed, each to its article, in the transaction of one poll.

    Articles never met are gathered and stored together; until then they go by numbers below zero.
    `doubts`, `listed`: see Harvest; what is in doubt waits until that page has said. `instead`: they are of a
    source read in place of this one, which knows less of each.
    """

    tx: Tx
    newsroom: Newsroom
    feed: Feed
    row: SourceRow
    now: datetime
    taken: Taken
    doubts: Mapping[str, str] = field(default_factory=dict)
    listed: Collection[str] = ()
    instead: bool = False
    seen: Seen | None = None
    hits: dict[Fingerprint, int] = field(default_factory=dict)
    known: dict[int, Known] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)
    """Guids that several of the entries have."""

    def sort(self, shown: Sequence[Shown]) -> None:
        """All of them."""
        times = Counter(each.entry.guid for each in shown)
        self.shared = {guid for guid, number in times.items() if number > 1}
        marks = [self._marks(each) for each in shown]
        self._look_up(shown, [mark for each in marks for mark in each])
        for one, each in zip(shown, marks, strict=True):
            self._sight(one, each)
        self._store()

    def _marks(self, shown: Shown) -> tuple[Fingerprint, ...]:
        own, full = fingerprints(self.feed.id, shown.entry), shown.full
        if full is None or full is shown.entry:
            return own
        return tuple(dict.fromkeys((*own, *fingerprints(self.feed.id, full))))

    def _look_up(self, shown: Sequence[Shown], marks: Sequence[Fingerprint]) -> None:
        """What is known of them; a guid also as it stood: an earlier release may have read it otherwise."""
        self.hits = self.tx.articles.hits(marks)
        if not self.taken.first:
            seen = self.tx.articles.sightings(self.feed.id, [each.entry.guid for each in shown])
            for guid, sighting in seen.items():
                self.hits.setdefault(by_guid(self.feed.id, guid), sighting.article)
        self.known = self.tx.articles.known(set(self.hits.values()))

    def _sight(self, shown: Shown, marks: Sequence[Fingerprint]) -> None:
        feed, taken, entry = self.feed, self.taken, shown.entry
        full = shown.full or entry
        answer = self._resolve(full, marks)
        if self.found and not isinstance(answer, New):
            self._store()  # it may be one of those
            answer = self._resolve(full, marks)
        hits = self._hits(marks)
        if answer.conflict and entry.guid not in self.shared:
            answer = self._settled(answer, of_one_second(self.tx, full, hits))
        if isinstance(answer, Same):
            which = which_of_its_address(self.tx, feed.id, full, hits, answer.article, self.now)
            answer = New() if which is None else replace(answer, article=which)
        if answer.conflict and isinstance(answer, New):
            taken.say("article.conflict", source=feed.id, guid=entry.guid, detail=answer.conflict)
        # What was last changed before we started was published before it, too.
        dated = full.published_at or full.updated_at
        baseline = is_baseline(None, dated, self.row.seeded_at, in_first_poll=taken.first)
        # A guid that is another article's tells nothing apart: that one must keep who showed it.
        guid = f"{entry.guid} {entry.url}" if answer.conflict else entry.guid
        sighting = Sighting(feed.id, guid, 0, shown.hash, self.now, baseline)
        if isinstance(answer, New):
            self._gather(shown, marks, sighting)
            return
        if isinstance(answer, Merge):
            merge(self.tx, answer.keep, answer.drop, self.now)
            self.hits = {mark: answer.keep if id_ == answer.drop else id_ for mark, id_ in self.hits.items()}
        article = answer.article if isinstance(answer, Same) else answer.keep
        if not baseline and was_there(self.tx, article, self.row.seeded_at, dated):
            sighting = replace(sighting, baseline=True)
        self._change(shown, article)
        self.tx.articles.link(article, marks)
        if self.taken.older.get(article):
            sighting = replace(sighting, content_hash="")  # to be looked at again, though it stays as it is
        self.tx.articles.sight(replace(sighting, article=article))
        if self.listed and article in taken.changed:
            # It had another guid: of an edition that a cache may show once more, and then this again.
            self.tx.articles.forget_others(feed.id, article, {guid, *self.listed})
        self.known |= self.tx.articles.known({article})
        self.hits = dict.fromkeys(marks, article) | self.hits

    def _resolve(self, entry: Entry, marks: Sequence[Fingerprint]) -> Resolution:
        return resolve(entry, marks, self._hits(marks), self.known)

    def _settled(self, answer: Resolution, named: int | None) -> Resolution:
        """A conflict, where the guid's own article is of the same second: it has another address now.

        That another source knew before, but not where this one has shown both: they stand beside each other.
        """
        if named is None or isinstance(answer, Merge):
            return answer
        if isinstance(answer, New) or answer.article == named:
            return Same(named)
        beside = self.feed.id in self.tx.articles.sources_of(answer.article)
        return answer if beside else Merge(min(named, answer.article), max(named, answer.article))

    def _hits(self, marks: Sequence[Fingerprint]) -> dict[Fingerprint, int]:
        return {mark: self.hits[mark] for mark in marks if mark in self.hits}

    def _gather(self, shown: Shown, marks: Sequence[Fingerprint], sighting: Sighting) -> None:
        last, now = self.row.last_ok_at, self.now
        entry, full, article = shown.entry, shown.full, shown.article
        before = self.doubts.get(entry.guid, "") if not sighting.baseline else ""
        if before:
            self.taken.say("article.doubted", source=self.feed.id, url=article.url, maybe=before)
        later = now + PAGE_RETRIES[0] if full is None or before else None
        skip = UNREAD if entry.bare and not entry.skip and not (full and full.title) else article.skip
        missed = bool(last and entry.published_at and last < entry.published_at and now - last > BLIND_AFTER)
        hash_ = _hash_of(shown, instead=self.instead)
        article = replace(article, content_hash=hash_, overlooked=missed, skip=skip)
        decided = None
        if sighting.baseline:
            rule = "published before you started"
            decided = Decision(EVERY_ACCOUNT, "pass", Reason.BASELINE, rule, now)
        canonical = (full or entry).canonical_url
        self.found.append(Found(article, canonical, later, marks, sighting, decided))
        number = -len(self.found)
        self.known[number] = Known(number, article.title, article.url, canonical)
        for mark in marks:
            self.hits.setdefault(mark, number)

    def _change(self, shown: Shown, id_: int) -> None:
        """New content, from the source that showed the article first: two sources must not take turns.

        Another one only fills in what is not known yet, but for an edit which the first, that cannot be
        asked, may have failed to tell. Where its page cannot be read once more, what that said before stays
        instead of half a summary. One that is read `instead` changes what it has told itself, and nothing
        that the source proper said: its orders must not be lost for an outage, nor posts be told otherwise.
        """
        tx, feed, now, entry = self.tx, self.feed, self.now, shown.entry
        old = tx.articles.get(id_)
        if old is None:
            return
        new = shown.article
        hash_ = _hash_of(shown, instead=self.instead)
        stale = is_stale(self.row, old, entry, hash_, self.seen, now)
        elsewhere = not stale and self._is_elsewhere(shown, old)
        if elsewhere and Fingerprint("url", "", normalise_url(new.url)) in self.hits:
            self.taken.turned[id_] = new.url
        elif elsewhere:
            self.taken.moved |= {id_: old.url} if old.source == feed.id else {}
            self.taken.say("article.moved", article=id_, source=feed.id, before=old.url, now=new.url)
            old = replace(old, url=new.url)
            tx.articles.change(old, undecide=False)
            tx.following.touch(id_, now)
        if old.source != feed.id and (self.instead or not self._is_later(shown, old)):
            if not self.instead:
                _complete(tx, old, new, self.taken, now, says_all=OF_DESK if self._orders(id_) else ())
            return
        if old.content_hash == hash_ or stale:
            self.taken.older[id_] = "" if old.content_hash == hash_ else hash_
            return
        if self.instead and not old.content_hash.startswith(INSTEAD):
            return
        if old.skip == ORDERS_UNREAD:  # now they are
            old = replace(old, skip="")
        kept: Sequence[str] = OF_OTHERS if len(tx.articles.sources_of(id_)) > 1 else OF_PAGES
        if self._orders(id_):
            kept = tuple(name for name in kept if name not in OF_DESK)
        if half_said(new.summary) and not half_said(old.summary):
            new = replace(new, summary=old.summary)
        tx.articles.change(edited(old, replace(new, content_hash=hash_), now, kept), undecide=True)
        tx.following.touch(id_, now)
        self.taken.changed.append(id_)
        self.taken.moved.pop(id_, None)
        self.taken.say("article.changed", article=id_, source=feed.id, title=new.title[:200])

    def _orders(self, id_: int) -> bool:
        """Whether this source alone tells the desk's orders for an article: what it says no more is over."""
        if not self.feed.options.told_by_desk or self.instead:
            return False
        others = self.tx.articles.sources_of(id_).keys() - {self.feed.id}
        wired = (self.newsroom.sources.get(other) for other in others)
        return not any(other and other.options.told_by_desk for other in wired)

    def _is_later(self, shown: Shown, old: Article) -> bool:
        """Whether what a source shows was edited since the first, which is silent now, told of it.

        Where a push dates its edits, also what is shown for the first time: the push of it may be lost.
        """
        known, told = old.updated_at or old.published_at, shown.article.updated_at
        if known is None or told is None or not known < told <= self.now:
            return False
        pushed = old.source in self.newsroom.only_told and old.updated_at is not None
        return pushed or self._answers_for(shown, old, silent=self._fell_off(old))

    def _fell_off(self, old: Article) -> bool:
        """Whether an article no longer stands in the feed that showed it first, by how much came after it."""
        items = self.tx.sources.row(old.source).cursor.get("items")
        return items is not None and self.tx.articles.count_since(old.source, old.first_seen_at) > len(items)

    def _is_elsewhere(self, shown: Shown, old: Article) -> bool:
        """Whether a source gives what it has shown before another address now, as a new slug does.

        A query that differs at every poll is no move: posts would be corrected without end. One where it
        stood before may be one of two that a site takes turns with: see `turned`.
        """
        before, now = (urlsplit(normalise_url(url)) for url in (old.url, shown.article.url))
        if shown.full is None or (before.netloc, before.path) == (now.netloc, now.path):
            return False
        return self._answers_for(shown, old)

    def _answers_for(self, shown: Shown, old: Article, *, silent: bool = False) -> bool:
        """Whether a source has shown the article before, and no other will tell what has become of it.

        `silent`: that which showed it first does not.
        """
        first = self.newsroom.sources.get(old.source)
        if old.source != self.feed.id and first is not None and first.options.asked and not silent:
            return False
        seen = self.tx.articles.sightings(self.feed.id, [shown.entry.guid]).get(shown.entry.guid)
        return seen is not None and seen.article == old.id

    def _store(self) -> None:
        if not self.found:
            return
        found, self.found = self.found, []
        ids = self.tx.articles.add_all(found)
        for id_, each in zip(ids, found, strict=True):
            if each.decided:
                self.taken.learnt += 1
                continue
            article = each.article
            self.taken.new.append(id_)
            self.taken.news.append(article)
            fields = {"source": self.feed.id, "title": article.title[:200], "url": article.url}
            self.taken.say("article.new", article=id_, **fields)
        self.hits = {mark: ids[-id_ - 1] if id_ < 0 else id_ for mark, id_ in self.hits.items()}
        self.known = {
            known.id: known
            for known in (
                replace(each, id=ids[-each.id - 1]) if each.id < 0 else each for each in self.known.values()
            )
        }


def _hash_of(shown: Shown, *, instead: bool) -> str:
    """Of its content, and whether it was read in place of its source, which will say it better."""
    return INSTEAD * instead + shown.content


def _complete(
    tx: Tx, old: Article, new: Article, taken: Taken, now: datetime, *, says_all: Collection[str] = ()
) -> None:
    """What another source knows beyond the one that showed the article first.

    Of what it `says_all` it is also known what is so no more.
    """
    wanted = [name for name in OF_OTHERS if not getattr(old, name) and getattr(new, name)]
    wanted += [name for name in says_all if getattr(old, name) and getattr(old, name) != getattr(new, name)]
    if wanted:
        tx.articles.change(replace(old, **{name: getattr(new, name) for name in wanted}), undecide=True)
        tx.following.touch(old.id, now)
        taken.say("article.completed", article=old.id, source=new.source, fields=wanted)
