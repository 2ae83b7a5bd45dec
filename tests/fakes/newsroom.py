"""A newsroom with a clock that stands still, a plain renderer and platforms in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypeVar

from bot.domain.article import Article, Entry
from bot.domain.cadence import Cadence
from bot.domain.outcome import Policy
from bot.domain.post import Post
from bot.domain.routing import Route
from bot.domain.schedule import Schedule
from bot.ports.newsroom import Account, Feed, Newsroom
from bot.ports.platform import AccountOptions
from bot.ports.records import SourceRow
from bot.ports.render import Brief, Count, Rendering
from bot.ports.source import Cursor, Harvest, SourceOptions, Steps
from bot.ports.store import Store
from bot.services.decide import decide_articles
from bot.services.deliver import Courier
from bot.services.ingest import take_in
from bot.services.poll import after_harvest
from bot.services.sorting import Taken
from tests.fakes.platform import FakePlatform

T = TypeVar("T")

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class StoppedClock:
    """Moves only when told."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


class PlainRenderer:
    """`title url`, a part for each line of the title; a set of another name says its name first."""

    def render(self, article: Article, brief: Brief, at: datetime) -> Rendering:
        front = "" if brief.template == "default" else f"{brief.template}: "
        texts = tuple(f"{front}{line} {article.url}" for line in article.title.split("\n"))
        if article.items:
            told = [f"{each.title} {each.url}" for each in article.items]
            texts = ("\n".join([f"{front}{article.title}", *told]),)
        texts = tuple(brief.words.text.split("\n===\n")) if brief.words.text else texts
        images = (article.image,) if article.image and brief.image.need != "none" else ()
        post = Post(
            parts=texts, link=article.url, title=article.title, at=at, images=images, lang=article.lang
        )
        return Rendering(
            post, f"{brief.template}/any.j2", tuple(Count(len(t), 300, "characters") for t in texts)
        )


class NoSource:
    """A source whose polls the test makes up itself."""

    Options: ClassVar[type[SourceOptions]] = SourceOptions

    def poll(self, cursor: Cursor) -> Steps:
        yield from ()
        return Harvest((), cursor)


def now_call(fn: Callable[[], T], deadline: timedelta) -> T:
    """Calls at once, in this thread."""
    return fn()


def account(id_: str, platform: FakePlatform, **options: object) -> Account:
    table = AccountOptions.model_validate({"platform": "fake", **options})
    return Account(id_, "fake", table, platform, edits=True, deletes=True)


def feed(id_: str, **options: object) -> Feed:
    table = SourceOptions.model_validate({"kind": "feed", **options})
    return Feed(id_, table, NoSource(), Cadence(timedelta(minutes=5), "", "UTC"))


def newsroom(
    accounts: Sequence[Account],
    routes: Sequence[Route],
    *,
    sources: Sequence[Feed] = (),
    schedules: Mapping[str, Schedule] | None = None,
    policy: Policy | None = None,
) -> Newsroom:
    wired = sources or (feed("site"),)
    return Newsroom(
        accounts={each.id: each for each in accounts},
        sources={each.id: each for each in wired},
        routes=tuple(routes),
        schedules=schedules or {},
        default_schedule=Schedule(""),
        renderer=PlainRenderer(),
        policy=policy or Policy(),
        languages=("en", "fr", "rw"),
    )


def entry(number: int | str, **values: object) -> Entry:
    base: dict[str, object] = {
        "guid": f"guid-{number}",
        "url": f"https://news.example/{number}/",
        "title": f"Article {number}",
        "summary": "What happened.",
        "lang": "en",
        "published_at": NOON,
    }
    return Entry(**(base | values))  # type: ignore[arg-type]


@dataclass(slots=True)
class Desk:
    """Store, newsroom and clock together: what a test drives."""

    store: Store
    newsroom: Newsroom
    clock: StoppedClock = field(default_factory=StoppedClock)
    worker: str = "worker"

    @property
    def courier(self) -> Courier:
        return Courier(self.store, self.newsroom, self.worker, self.clock, now_call)

    def poll(self, *entries: Entry, source: str = "site") -> Taken:
        """A poll of the source brings these entries; what is new is decided."""
        wired, now = self.newsroom.sources[source], self.clock.now()
        with self.store.write() as tx:
            tx.sources.ensure(dict.fromkeys(self.newsroom.sources, ()))
            tx.accounts.ensure(dict.fromkeys(self.newsroom.accounts, ()))
            row = tx.sources.rows()[source]
            tx.sources.claim_due(self.worker, [source], now, timedelta(minutes=2), forced=True)
        harvest = Harvest(entries, {})
        taken = take_in(self.store, self.newsroom, wired, row, harvest, {}, now)
        with self.store.write() as tx:
            tx.sources.record(after_harvest(wired, row, harvest, now), self.worker)
        decide_articles(self.store, self.newsroom, now)
        return taken

    def seed(self, source: str = "site") -> SourceRow:
        """The source's first poll, of an empty feed."""
        self.poll(source=source)
        with self.store.read() as tx:
            return tx.sources.rows()[source]

    def send_all(self) -> list[str]:
        """Carry out whatever is due now; the states it led to."""
        states = []
        while (delivery := self.courier.claim()) is not None:
            states.append(str(self.courier.carry_out(delivery)))
        return states

    def states(self) -> list[str]:
        with self.store.read() as tx:
            rows = tx.outbox.list()
        return [f"{row.account} {row.state}" for row in sorted(rows, key=lambda row: row.id)]
