"""Takes in what a poll brought: which entries are news, what page they need, what is stored of them."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import structlog

from bot.domain.age import is_baseline
from bot.domain.article import Article, Entry
from bot.domain.delivery import Reason
from bot.domain.errors import SourceError
from bot.domain.identity import Fingerprint, Merge, New, Same, content_hash, fingerprints, resolve
from bot.extract.body import plain_text, reading_minutes
from bot.extract.enrich import enrich, lacks
from bot.extract.language import detect
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.records import Decision, Sighting, SourceRow
from bot.ports.source import Harvest, Request, Response
from bot.ports.store import Store, Tx

__all__ = ["EVERY_ACCOUNT", "Taken", "article_of", "enrich_again", "news_among", "pages", "take_in"]

log = structlog.get_logger(__name__)

EVERY_ACCOUNT = "*"
"""The account of a decision that was made once for all of them: baseline."""

BLIND_AFTER = timedelta(hours=2)
"""How long after the last good poll what comes out counts as overlooked, should it be too old when found."""

HEAD_BYTES = 128_000
PAGE_RETRIES = (timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=10))
"""How often a failed page is asked for again before the article goes on without it."""

OF_PAGES = ("title", "summary", "image", "lang", "site_name", "authors", "published_at", "updated_at")
"""What an entry that says nothing of it leaves as it was: the page had it."""
OF_OTHERS = (
    *OF_PAGES,
    "content",
    "reading_minutes",
    "tags",
    "categories",
    "skip",
    "override_text",
    "not_before",
)
"""The same where several sources show the article: another one may have had it."""


@dataclass(slots=True)
class Taken:
    """What a poll came to. `new` are ids of articles to be decided, `learnt` counts those of the baseline."""

    new: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    learnt: int = 0
    first: bool = False
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def say(self, event: str, **fields: Any) -> None:
        """Log it once what it tells has been committed."""
        self.events.append((event, fields))


def news_among(store: Store, feed: Feed, harvest: Harvest, row: SourceRow) -> list[Entry]:
    """The entries that no sighting and no fingerprint knows, and that lack something a page could give."""
    if row.seeded_at is None or not feed.options.enrich:
        return []
    with store.read() as tx:
        known = tx.articles.sightings(feed.id, [entry.guid for entry in harvest.entries])
        unseen = [entry for entry in harvest.entries if entry.guid not in known]
        marks = {entry.guid: fingerprints(feed.id, entry) for entry in unseen}
        hits = tx.articles.hits([mark for each in marks.values() for mark in each])
    return [
        entry
        for entry in unseen
        if not hits.keys() & set(marks[entry.guid])
        and not is_baseline(None, entry.published_at, row.seeded_at, in_first_poll=False)
        and lacks(entry)
    ]


def pages(
    entries: Sequence[Entry], out: dict[str, Entry | None] | None = None
) -> Generator[Request, Response, Mapping[str, Entry | None]]:
    """Ask for each entry's page; by guid, the entry enriched by it, or None where the page failed.

    `out` is filled as the pages come, so that what came before a time-out is not lost.
    """
    out = {} if out is None else out
    for entry in entries:
        try:
            page = yield Request(entry.url, max_bytes=HEAD_BYTES, truncate=True)
            out[entry.guid] = enrich(entry, page) if page.status == 200 else None  # noqa: PLR2004 - HTTP OK
        except SourceError:
            out[entry.guid] = None
        except Exception:
            # One page that cannot be read must not keep the source, and all the others, from being read.
            log.exception("page.fault", url=entry.url)
            out[entry.guid] = None
    return out


def article_of(feed: Feed, entry: Entry, newsroom: Newsroom, now: datetime) -> Article:
    """The article an entry describes, as if seen for the first time now."""
    content = plain_text(entry.html)
    said = feed.options.lang or entry.lang
    text = f"{entry.title}\n{entry.summary}\n{content}"
    return Article(
        id=0,
        source=feed.id,
        url=entry.url,
        title=entry.title,
        first_seen_at=now,
        changed_at=now,
        summary=entry.summary,
        content=content,
        tags=entry.tags,
        categories=entry.categories,
        authors=entry.authors,
        image=entry.image,
        lang=said or detect(text, newsroom.languages),
        site_name=feed.options.site_name or entry.site_name,
        published_at=entry.published_at,
        updated_at=entry.updated_at,
        reading_minutes=reading_minutes(content),
        content_hash=content_hash(entry),
        skip=entry.skip,
        override_text=entry.override_text,
        not_before=entry.not_before,
    )


def take_in(
    store: Store,
    newsroom: Newsroom,
    feed: Feed,
    row: SourceRow,
    harvest: Harvest,
    enriched: Mapping[str, Entry | None],
    now: datetime,
) -> Taken:
    """Store what a poll brought, all of it or nothing. The poll itself is recorded by the caller."""
    taken = Taken(first=row.seeded_at is None)
    with store.write() as tx:
        tx.articles.hold()
        if taken.first:
            tx.sources.seed_pairs([(feed.id, account) for account in newsroom.accounts_of(feed.id)], now)
        known = tx.articles.sightings(feed.id, [entry.guid for entry in harvest.entries])
        for entry in harvest.entries:
            seen = known.get(entry.guid)
            if seen is not None and seen.content_hash == _shown(entry):
                continue
            _sight(tx, newsroom, feed, row, entry, enriched, now, taken)
    for event, fields in taken.events:
        log.info(event, **fields)
    return taken


def _shown(entry: Entry) -> str:
    """What a sighting remembers of an entry: its content and its addresses, so that a moved one is met."""
    text = f"{content_hash(entry)} {entry.url} {entry.canonical_url}"
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _sight(
    tx: Tx,
    newsroom: Newsroom,
    feed: Feed,
    row: SourceRow,
    entry: Entry,
    enriched: Mapping[str, Entry | None],
    now: datetime,
    taken: Taken,
) -> None:
    """One entry that is new or has changed."""
    marks = fingerprints(feed.id, entry)
    hits = tx.articles.hits(marks)
    answer = resolve(entry, marks, hits, tx.articles.known(set(hits.values())))
    if answer.conflict and isinstance(answer, New):
        taken.say("article.conflict", source=feed.id, guid=entry.guid, detail=answer.conflict)
    if isinstance(answer, Merge):
        tx.articles.merge(answer.keep, answer.drop)
    full = enriched.get(entry.guid) or entry
    # What was last changed before we started was published before it, too.
    dated = full.published_at or full.updated_at
    baseline = is_baseline(None, dated, row.seeded_at, in_first_poll=taken.first)
    sighting = Sighting(feed.id, entry.guid, 0, _shown(entry), now, baseline)
    if isinstance(answer, New):
        last = row.last_ok_at
        missed = bool(last and entry.published_at and last < entry.published_at and now - last > BLIND_AFTER)
        _add(tx, newsroom, feed, entry, enriched, marks, sighting, taken, overlooked=missed)
        return
    article = answer.article if isinstance(answer, Same) else answer.keep
    _change(tx, newsroom, feed, entry, article, taken, now)
    tx.articles.link(article, marks)
    tx.articles.sight(replace(sighting, article=article))


def _add(
    tx: Tx,
    newsroom: Newsroom,
    feed: Feed,
    entry: Entry,
    enriched: Mapping[str, Entry | None],
    marks: Sequence[Fingerprint],
    sighting: Sighting,
    taken: Taken,
    *,
    overlooked: bool,
) -> None:
    now = sighting.seen_at
    full = enriched.get(entry.guid, entry)
    article = article_of(feed, full or entry, newsroom, now)
    later = now + PAGE_RETRIES[0] if full is None else None
    article = replace(article, content_hash=content_hash(entry), overlooked=overlooked)
    id_ = tx.articles.add(article, (full or entry).canonical_url, later)
    tx.articles.link(id_, marks if full is None else fingerprints(feed.id, full))
    tx.articles.link(id_, marks)
    tx.articles.sight(replace(sighting, article=id_))
    if sighting.baseline:
        rule = "published before you started"
        tx.articles.decide(id_, [Decision(EVERY_ACCOUNT, "pass", Reason.BASELINE, rule, now)], now)
        taken.learnt += 1
    else:
        taken.new.append(id_)
        taken.say("article.new", article=id_, source=feed.id, title=article.title[:200], url=article.url)


def _change(
    tx: Tx, newsroom: Newsroom, feed: Feed, entry: Entry, id_: int, taken: Taken, now: datetime
) -> None:
    """New content, from the source that showed the article first: two sources must not take turns.

    Another one only fills in what is not known yet.
    """
    old = tx.articles.get(id_)
    if old is None:
        return
    new = article_of(feed, entry, newsroom, old.first_seen_at)
    if old.source != feed.id:
        _complete(tx, old, new, taken)
        return
    if old.content_hash == content_hash(entry):
        return
    kept = OF_OTHERS if len(tx.articles.sources_of(id_)) > 1 else OF_PAGES
    new = replace(
        new,
        id=id_,
        changed_at=now,
        **{name: getattr(new, name) or getattr(old, name) for name in kept},
    )
    tx.articles.change(new, undecide=True)
    taken.changed.append(id_)
    taken.say("article.changed", article=id_, source=feed.id, title=new.title[:200])


def _complete(tx: Tx, old: Article, new: Article, taken: Taken) -> None:
    """What another source knows beyond the one that showed the article first."""
    wanted = [name for name in OF_OTHERS if not getattr(old, name) and getattr(new, name)]
    if wanted:
        tx.articles.change(replace(old, **{name: getattr(new, name) for name in wanted}), undecide=True)
        taken.say("article.completed", article=old.id, source=new.source, fields=wanted)


def enrich_again(
    store: Store, newsroom: Newsroom, article: Article, now: datetime
) -> Generator[Request, Response, bool]:
    """Ask again for a page that failed; after the last try the article goes on without it."""
    entry = _entry_of(article)
    full = (yield from pages([entry]))[entry.guid]
    tries = sum(now - article.first_seen_at >= sum(PAGE_RETRIES[: i + 1], timedelta()) for i in range(3))
    with store.write() as tx:
        current = tx.articles.get(article.id)  # it may have been edited while its page was asked for
        if full is not None and current is not None:
            lang = current.lang or full.lang or detect(full.title + full.summary, newsroom.languages)
            edited = current.content_hash != article.content_hash
            summary = (edited and current.summary) or full.summary
            image = (current.image if edited else None) or full.image
            tx.articles.change(replace(current, summary=summary, image=image, lang=lang), undecide=True)
        done = full is not None or tries >= len(PAGE_RETRIES)
        tx.articles.enrich_later(article.id, None if done else now + PAGE_RETRIES[tries])
    return full is not None


def _entry_of(article: Article) -> Entry:
    values: dict[str, Any] = {
        name: getattr(article, name)
        for name in ("url", "title", "summary", "tags", "categories", "authors", "image", "lang")
    }
    return Entry(guid=str(article.id), site_name=article.site_name, **values)
