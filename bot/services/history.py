"""What a source showed and when, and what was shared of it, read back to be played once more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.article import Article
from bot.domain.budget import month_of
from bot.domain.cadence import next_time
from bot.domain.delivery import Delivery, Reason, State, Work
from bot.domain.evergreen import Candidate, Past, aged, never, ranked
from bot.domain.identity import normalise_url
from bot.domain.occasion import EVERGREEN
from bot.domain.rhythm import times
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.records import Charge, NewDelivery, Sighting
from bot.ports.source import Harvest
from bot.ports.store import Store, Tx
from bot.services.shown import article_of

__all__ = ["Arrival", "Memory", "Shared", "from_feed", "from_store", "meet", "memory_of", "once", "recall"]

MOST = 100_000
SPARE = 50
EDITIONS_REACH = timedelta(days=7)
"""An edition tells nothing older, so that nothing older must be remembered for it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article and when it is met; `sources` are those that show it.

    `changed_at` is when it last changed after that, `titled` what it was called before, as far as a share of
    it says so; `withdrawn_at` when it was taken back, and why.
    """

    at: datetime
    article: Article
    sources: tuple[str, ...]
    changed_at: datetime | None = None
    titled: str = ""
    withdrawn_at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Shared:
    """A share that went out before the time that is played: of which article (by its address), and when."""

    url: str
    account: str
    occasion: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What was known before the time that is played: articles, and what the accounts had of them."""

    articles: tuple[Arrival, ...] = ()
    shares: tuple[Shared, ...] = ()
    news: frozenset[str] = field(default_factory=frozenset)
    """The addresses of those that a source had shown as news."""
    spent: Mapping[str, int] = field(default_factory=dict)
    """What each account had spent of that month before, in millionths of a dollar."""


def from_store(
    store: Store, newsroom: Newsroom, start: datetime, end: datetime, source: str
) -> list[Arrival]:
    """What the database met in [start, end), when it was met; what it only learnt, when it was published."""
    with store.read() as tx:
        out = []
        for article in tx.articles.latest(MOST, source):
            if article.first_seen_at < start:
                break  # the newest come first: what was met before was published before
            arrival = _arrival(tx, newsroom, article, tx.articles.sources_of(article.id))
            if arrival.sources and start <= arrival.at < end:
                out.append(arrival)
    return out


def from_feed(
    newsroom: Newsroom, feed: Feed, harvest: Harvest, start: datetime, end: datetime, now: datetime
) -> list[Arrival]:
    """What a source lists now, met at the first poll after its publication."""
    out = []
    for entry in harvest.entries:
        published = entry.published_at or now
        at = next_time(feed.cadence, published)
        if start <= at < end:
            out.append(Arrival(at, article_of(feed, entry, newsroom, at), (feed.id,)))
    return out


def memory_of(store: Store, newsroom: Newsroom, start: datetime, end: datetime) -> Memory:
    """What evergreen rules and editions may reach back to: what was met, shared and spent before."""
    with store.read() as tx:
        spent = tx.spending.by_account(month_of(start)[0], start)
        if not newsroom.evergreen and not newsroom.digests:
            return Memory(spent=spent)
        shared = _shared(tx, newsroom, start)
        old = _old(tx, newsroom, start, end, shared)
        new = tx.articles.news_since(start - EDITIONS_REACH) if newsroom.digests else []
        arrivals, news, kept = [], set(), {}
        for article in {each.id: each for each in [*old, *new]}.values():
            seen = tx.articles.sources_of(article.id)
            arrival = _arrival(tx, newsroom, article, seen)
            if not _met_before(article, start) or not arrival.sources or arrival.at >= start:
                continue
            arrivals.append(arrival)
            kept[article.id] = article.url
            if not all(sighting.baseline for sighting in seen.values()):
                news.add(article.url)
    shares = [
        Shared(kept[row.article], row.account, row.occasion, row.sent_at)
        for row in shared
        if row.article in kept and row.sent_at
    ]
    return Memory(tuple(arrivals), tuple(shares), frozenset(news), spent)


def once(arrivals: Iterable[Arrival], known: Iterable[Arrival] = ()) -> list[Arrival]:
    """Each article once, the first to come first; none that was known before."""
    before = {normalise_url(each.article.url) for each in known}
    found: dict[str, Arrival] = {}
    for each in sorted(arrivals, key=lambda each: each.at):
        url = normalise_url(each.article.url)
        if url not in before:
            found.setdefault(url, each)
    return sorted(found.values(), key=lambda each: each.at)


def meet(tx: Tx, arrival: Arrival, at: datetime, *, news: bool) -> int:
    """Take an article into another database as it was met; its number there."""
    id_ = tx.articles.add(replace(arrival.article, id=0, first_seen_at=at, withdrawn_at=None), "", None)
    for source in arrival.sources:
        tx.articles.sight(Sighting(source, arrival.article.url, id_, "", at, baseline=not news))
    return id_


def recall(tx: Tx, memory: Memory, start: datetime) -> None:
    """Put into another database what was known before `start`, decided and done with."""
    tx.spending.charge(
        Charge(account, 0, f"before {account}", 0, 0, micros, month_of(start)[0])
        for account, micros in memory.spent.items()
    )
    ids: dict[str, int] = {}
    for each in memory.articles:
        url = each.article.url
        ids[url] = meet(tx, each, each.at, news=url in memory.news)
        tx.articles.decide(ids[url], [], each.at)
    for share in memory.shares:
        row = tx.outbox.add(_as_shared(share, ids[share.url]), share.at)
        if row is not None:
            tx.outbox.move(row, State.PUBLISHED, Reason.NONE, at=share.at)


def _as_shared(share: Shared, article: int) -> NewDelivery:
    return NewDelivery(
        article=article,
        account=share.account,
        occasion=share.occasion,
        source="",
        route="",
        rule="shared before",
        template="",
        schedule="",
        timing="now",
        urgent=False,
        priority=0,
        published_at=share.at,
        ready_at=share.at,
        expires_at=None,
    )


def _arrival(tx: Tx, newsroom: Newsroom, article: Article, seen: Mapping[str, Sighting]) -> Arrival:
    learnt = all(sighting.baseline for sighting in seen.values())
    at = (article.published_at or article.first_seen_at) if learnt else article.first_seen_at
    gone = article.withdrawn_at
    changed = article.changed_at if article.changed_at > article.first_seen_at else None
    return Arrival(
        at,
        article,
        tuple(name for name in seen if name in newsroom.sources),
        changed_at=changed,
        titled=_titled(tx, article, changed) if changed else "",
        withdrawn_at=gone,
        why=tx.following.get(article.id).why if gone else "",
    )


def _titled(tx: Tx, article: Article, changed: datetime) -> str:
    """What a share said that went out before it changed; only its last title is kept with an article."""
    rows = tx.outbox.of_article(article.id)
    said = [row.post.get("title", "") for row in rows if row.post and row.sent_at and row.sent_at < changed]
    return next((title for title in said if title and title != " ".join(article.title.split())), "")


def _met_before(article: Article, start: datetime) -> bool:
    return article.age_from() < start and (article.withdrawn_at is None or article.withdrawn_at > start)


def _old(
    tx: Tx, newsroom: Newsroom, start: datetime, end: datetime, shared: Iterable[Delivery]
) -> list[Article]:
    """Those that the evergreen rules may come to until the end: far more than they have times, not all."""
    pasts: dict[str, dict[int, Past]] = defaultdict(dict)
    for row in sorted(shared, key=lambda row: row.sent_at or start):
        had = pasts[row.account].get(row.article, Past())
        more = row.occasion.startswith(EVERGREEN)
        pasts[row.account][row.article] = Past(had.shares + more, row.sent_at)
    out: dict[int, Article] = {}
    for rule in newsroom.evergreen:
        ageless = replace(rule, expires=timedelta(0))
        suited = {
            article.id: article
            for article in tx.articles.shown_by(rule.sources)
            if _met_before(article, start) and not never(rule, replace(article, withdrawn_at=None))
        }
        most = SPARE + 3 * sum(1 for _ in times(rule.when, start, end))
        for account in rule.accounts:
            some = [Candidate(i, a.age_from(), pasts[account].get(i, Past())) for i, a in suited.items()]
            for at in (start, end):
                grown = [each for each in some if not aged(ageless, each.published_at, at)]
                out |= {each.id: suited[each.id] for each in ranked(ageless, grown, at, most)}
    return list(out.values())


def _shared(tx: Tx, newsroom: Newsroom, start: datetime) -> list[Delivery]:
    """What the accounts of evergreen rules had before."""
    accounts = sorted({account for rule in newsroom.evergreen for account in rule.accounts})
    rows = (
        row
        for account in accounts
        for row in tx.outbox.list(states=(State.PUBLISHED,), account=account, limit=None)
    )
    return [row for row in rows if row.work is Work.POST and row.sent_at and row.sent_at < start]
