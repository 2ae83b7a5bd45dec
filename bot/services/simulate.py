"""Replays articles through a configuration: the real services, a clock of its own, and no way to post."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

from bot.domain.article import Article
from bot.domain.blackout import ahead
from bot.domain.cadence import next_time
from bot.domain.identity import normalise_url
from bot.domain.limits import Limits
from bot.domain.post import Accepted, Identity, Pending, Post, Prepared, Ref, Replay
from bot.domain.schedule import slot_times
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.platform import AccountOptions
from bot.ports.records import Sighting
from bot.ports.source import Harvest
from bot.ports.store import Store
from bot.services.apply import apply
from bot.services.decide import decide_articles
from bot.services.deliver import Courier
from bot.services.housekeeping import expire
from bot.services.ingest import article_of
from bot.services.tally import tally

__all__ = ["Arrival", "from_feed", "from_store", "simulate"]

T = TypeVar("T")

WORKER = "simulation"
LONG_BEFORE = timedelta(days=3650)
TICK = timedelta(hours=6)
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article and when it is met; `sources` are those that show it."""

    at: datetime
    article: Article
    sources: tuple[str, ...]


@dataclass
class Silent:
    """A platform that takes everything and tells nobody."""

    limits: Limits
    replay: tuple[Replay, ...] = ()
    sent: int = 0

    Options: ClassVar[type[AccountOptions]] = AccountOptions
    default_limits: ClassVar[Limits]

    def check(self) -> Identity:
        return Identity("")

    def prepare(self, post: Post, ref: Ref | None) -> Prepared | Pending:
        del ref
        return Prepared(tuple({"text": text} for text in post.parts))

    def publish(self, prepared: Prepared, part: int, key: str, reply_to: Ref | None) -> Accepted:
        del prepared, part, reply_to
        self.sent += 1
        return Accepted({"id": key})


@dataclass(slots=True)
class Hands:
    """The simulation's clock; moves only when told."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def from_store(
    store: Store, newsroom: Newsroom, start: datetime, end: datetime, source: str
) -> list[Arrival]:
    """What the database met in [start, end), when it was met; what it only learnt, when it was published."""
    with store.read() as tx:
        out = []
        for article in tx.articles.latest(MOST, source):
            if article.first_seen_at < start:
                break  # the newest come first: what was met before was published before
            seen = tx.articles.sources_of(article.id)
            learnt = all(sighting.baseline for sighting in seen.values())
            at = (article.published_at or article.first_seen_at) if learnt else article.first_seen_at
            names = tuple(name for name in seen if name in newsroom.sources)
            if names and start <= at < end:
                out.append(Arrival(at, article, names))
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


def simulate(
    scratch: Store, newsroom: Newsroom, arrivals: Iterable[Arrival], start: datetime, end: datetime
) -> dict[str, Any]:
    """`{from, to, articles, shares: […], passed: […], accounts: {…}}`: what would have become of them.

    Args:
        scratch: an empty database that is thrown away afterwards.
        newsroom: the configuration to try.
        arrivals: each article once or more often; the first counts.
        start: when the time begins that is played through.
        end: when it ends; what then still waits is told as that.
    """
    rehearsed = _without_hands(newsroom)
    coming = _once(arrivals)
    hands = Hands(start)
    run = _Run(scratch, rehearsed, hands)
    run.begin()
    boundaries = sorted(
        {at for each in ahead(newsroom.blackouts, start, end) for at in (each.start, each.end)}
    )
    while hands.at < end:
        while coming and coming[-1].at <= hands.at:
            run.take_in(coming.pop())
        run.step()
        times = [each.at for each in coming[-1:]] if run.may_go_at_once else []
        times += [*run.due(), *run.slots(), hands.at + TICK, end]
        times += [at for at in boundaries if at > hands.at][:1]
        hands.at = min(at for at in times if at > hands.at)
    run.end()
    return tally(scratch, rehearsed, run.met, start, end)


def _without_hands(newsroom: Newsroom) -> Newsroom:
    accounts = {
        id_: replace(account, connector=Silent(account.connector.default_limits))
        for id_, account in newsroom.accounts.items()
    }
    return replace(newsroom, accounts=accounts, look=None, channels=(), summary_at="")


def _once(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Each article once, the last to come first."""
    found: dict[str, Arrival] = {}
    for each in sorted(arrivals, key=lambda each: each.at):
        found.setdefault(normalise_url(each.article.url), each)
    return sorted(found.values(), key=lambda each: each.at, reverse=True)


@dataclass(slots=True)
class _Run:
    store: Store
    newsroom: Newsroom
    hands: Hands
    met: list[int] = field(default_factory=list)
    swept_at: datetime = datetime.min.replace(tzinfo=UTC)

    def begin(self) -> None:
        with self.store.write() as tx:
            pairs = [(s, a) for s in self.newsroom.sources for a in self.newsroom.accounts_of(s)]
            tx.sources.seed_pairs(pairs, self.hands.at - LONG_BEFORE)
        apply(self.store, self.newsroom, self.hands.at)

    def take_in(self, arrival: Arrival) -> None:
        at = arrival.at
        article = replace(
            arrival.article, id=0, first_seen_at=at, changed_at=at, withdrawn_at=None, overlooked=False
        )
        with self.store.write() as tx:
            id_ = tx.articles.add(article, "", None)
            for source in arrival.sources:
                tx.articles.sight(Sighting(source, article.url, id_, "", at, baseline=False))
        self.met.append(id_)

    @property
    def may_go_at_once(self) -> bool:
        """Whether an article may go out before the next slot: each is then looked at when it comes."""
        return any(route.timing != "slot" or route.urgent for route in self.newsroom.routes)

    def slots(self) -> list[datetime]:
        """The next slot of each schedule."""
        now = self.hands.at
        found = (
            next((at for at in slot_times(each, now, now + TICK) if at > now), None)
            for each in self.newsroom.schedules.values()
        )
        return [at for at in found if at]

    def step(self) -> None:
        """What a worker does at one moment."""
        self._decide()
        if self.hands.at >= self.swept_at + TICK or self.newsroom.blackouts:
            self.swept_at = self.hands.at
            expire(self.store, self.newsroom, self.hands.at)
        courier = Courier(self.store, self.newsroom, WORKER, self.hands, _call)
        while (row := courier.claim()) is not None:
            courier.carry_out(row)

    def end(self) -> None:
        """The last of the time that is played through; nothing goes out any more."""
        self._decide()
        expire(self.store, self.newsroom, self.hands.at)

    def _decide(self) -> None:
        while decide_articles(self.store, self.newsroom, self.hands.at).articles:
            pass

    def due(self) -> list[datetime]:
        with self.store.read() as tx:
            at = tx.outbox.next_due(self.newsroom.accounts)
        return [at] if at else []


def _call(fn: Callable[[], T], deadline: timedelta) -> T:
    del deadline
    return fn()
