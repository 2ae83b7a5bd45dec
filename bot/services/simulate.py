"""Replays articles through a configuration: the real services, a clock of its own, and no way to post."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any, ClassVar, TypeVar

from bot.domain.blackout import ahead
from bot.domain.following import CALM
from bot.domain.limits import Limits
from bot.domain.post import Accepted, Identity, Pending, Post, Prepared, Ref, Replay
from bot.domain.schedule import slot_times
from bot.ports.newsroom import Newsroom
from bot.ports.platform import AccountOptions
from bot.ports.store import Store
from bot.services.apply import apply
from bot.services.decide import decide_articles
from bot.services.deliver import Courier
from bot.services.follow import follow
from bot.services.history import Arrival, Memory, meet, once, recall
from bot.services.housekeeping import expire, new_month
from bot.services.rhythm import Rhythm
from bot.services.tally import tally
from bot.services.withdraw import withdraw

__all__ = ["simulate"]

T = TypeVar("T")

WORKER = "simulation"
LONG_BEFORE = timedelta(days=3650)
TICK = timedelta(hours=6)


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

    def revise(self, post: Post, before: Prepared) -> Prepared:
        del before
        return Prepared(tuple({"text": text} for text in post.parts))

    def edit(self, prepared: Prepared, part: int, key: str, ref: Ref) -> Accepted:
        del prepared, part, key
        return Accepted(ref)

    def delete(self, ref: Ref, key: str) -> None:
        del ref, key


@dataclass(slots=True)
class Hands:
    """The simulation's clock; moves only when told."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def simulate(
    scratch: Store,
    newsroom: Newsroom,
    arrivals: Iterable[Arrival],
    start: datetime,
    end: datetime,
    memory: Memory | None = None,
) -> dict[str, Any]:
    """`{from, to, articles, shares: […], passed: […], accounts: {…}}`: what would have become of them.

    It begins with empty queues: a share that waited when the time begins is not played.

    Args:
        scratch: an empty database that is thrown away afterwards.
        newsroom: the configuration to try.
        arrivals: each article once or more often; the first counts.
        start: when the time begins that is played through.
        end: when it ends; what then still waits is told as that.
        memory: what was known and shared before, for the rules that reach back; None for nothing.
    """
    rehearsed = _without_hands(newsroom)
    run = _Run(scratch, rehearsed, Hands(start))
    known = memory or Memory()
    run.begin(known)
    run.play(once(arrivals, known.articles), end)
    return tally(scratch, rehearsed, run.met.values(), start, end)


def _without_hands(newsroom: Newsroom) -> Newsroom:
    accounts = {
        id_: replace(account, connector=Silent(account.connector.default_limits))
        for id_, account in newsroom.accounts.items()
    }
    sources = {
        id_: replace(feed, options=feed.options.model_copy(update={"enrich": False}))
        for id_, feed in newsroom.sources.items()
    }
    return replace(newsroom, accounts=accounts, sources=sources, look=None, channels=(), summary_at="")


Event = tuple[datetime, int, Callable[[datetime], None], bool]
"""When, a number that keeps the order, what happens, and whether it must happen at that very time."""


@dataclass(slots=True)
class _Run:
    store: Store
    newsroom: Newsroom
    hands: Hands
    met: dict[str, int] = field(default_factory=dict)
    rhythm: Rhythm = field(init=False)
    looks: list[datetime] = field(default_factory=list)
    """When changed articles are compared with their shares."""
    swept_at: datetime = datetime.min.replace(tzinfo=UTC)

    def __post_init__(self) -> None:
        self.rhythm = Rhythm(self.store, WORKER)

    def begin(self, memory: Memory) -> None:
        with self.store.write() as tx:
            pairs = [(s, a) for s in self.newsroom.sources for a in self.newsroom.accounts_of(s)]
            tx.sources.seed_pairs(pairs, self.hands.at - LONG_BEFORE)
            recall(tx, memory, self.hands.at)
        apply(self.store, self.newsroom, self.hands.at)
        self.rhythm.keep(self.newsroom, self.hands.at)  # the rules are met

    def play(self, arrivals: Sequence[Arrival], end: datetime) -> None:
        """Let time pass until the end, from one moment at which something happens to the next."""
        start = self.hands.at
        events = sorted(self._events(arrivals), key=itemgetter(0, 1), reverse=True)
        closed = ahead(self.newsroom.blackouts, start, end)
        boundaries = sorted({at for each in closed for at in (each.start, each.end)}, reverse=True)
        while self.hands.at < end:
            now = self.hands.at
            while events and events[-1][0] <= now:
                at, _, happen, _ = events.pop()
                happen(at)
            while boundaries and boundaries[-1] <= now:
                boundaries.pop()
            self.step()
            times = [at for at, _, _, sharp in events[-1:] if sharp]
            times += [*boundaries[-1:], *self.due(), *self.slots(), now + TICK, end]
            times += [*self.rhythm.upcoming.values(), *self.looks]
            self.hands.at = min(at for at in times if at > now)
        self._decide()
        expire(self.store, self.newsroom, end)  # nothing goes out any more

    def _events(self, arrivals: Iterable[Arrival]) -> Iterator[Event]:
        # An article that may go out before the next slot is looked at when it comes.
        sharp = any(route.timing != "slot" or route.urgent for route in self.newsroom.routes)
        for number, each in enumerate(arrivals):
            yield each.at, number, partial(self._take_in, each), sharp
            if each.changed_at and each.changed_at > each.at:
                yield each.changed_at, number, partial(self._change, each), True
            if each.withdrawn_at and each.withdrawn_at > each.at:
                yield each.withdrawn_at, number, partial(self._withdraw, each), True

    def _take_in(self, arrival: Arrival, at: datetime) -> None:
        title = arrival.titled or arrival.article.title
        article = replace(arrival.article, title=title, changed_at=at, overlooked=False)
        with self.store.write() as tx:
            self.met[arrival.article.url] = meet(tx, replace(arrival, article=article), at, news=True)

    def _change(self, arrival: Arrival, at: datetime) -> None:
        article = replace(
            arrival.article,
            id=self.met[arrival.article.url],
            first_seen_at=arrival.at,
            changed_at=at,
            withdrawn_at=None,
            overlooked=False,
        )
        with self.store.write() as tx:
            tx.articles.change(article, undecide=True)
            tx.following.touch(article.id, at)
        self.looks.append(at + CALM)

    def _withdraw(self, arrival: Arrival, at: datetime) -> None:
        why = arrival.why or "it was withdrawn"
        withdraw(self.store, self.newsroom, self.met[arrival.article.url], at, by="source", why=why)

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
        now = self.hands.at
        self._decide()
        if now >= self.swept_at + TICK or self.newsroom.blackouts:
            self.swept_at = now
            new_month(self.store, self.newsroom, now)
            expire(self.store, self.newsroom, now)
        if any(at <= now for at in self.looks):
            follow(self.store, self.newsroom, now)
            self.looks = [at for at in self.looks if at > now]
        self.rhythm.keep(self.newsroom, now)
        courier = Courier(self.store, self.newsroom, WORKER, self.hands, _call)
        while (row := courier.claim()) is not None:
            courier.carry_out(row)

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
