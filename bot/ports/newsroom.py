"""What the configuration says, as values the services read, and the accounts and sources as wired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from bot.domain.blackout import Blackout
from bot.domain.budget import Budget
from bot.domain.cadence import Cadence
from bot.domain.cost import Prices
from bot.domain.digest import Digest
from bot.domain.evergreen import Evergreen
from bot.domain.identity import host_of
from bot.domain.labels import Label
from bot.domain.limits import Limits
from bot.domain.outcome import Policy
from bot.domain.routing import Match, Route
from bot.domain.schedule import Schedule
from bot.ports.notifier import Channel
from bot.ports.platform import AccountOptions, Platform
from bot.ports.render import Renderer
from bot.ports.source import Source, SourceOptions

__all__ = ["Account", "Call", "Clock", "Feed", "Hooks", "Look", "Newsroom"]

T = TypeVar("T")


class Clock(Protocol):
    """The time, aware UTC; only the runtime's has a real one."""

    def now(self) -> datetime: ...


class Call(Protocol):
    """Runs `fn` and returns what it returns, or raises TimeoutError once `deadline` has passed."""

    def __call__(self, fn: Callable[[], T], deadline: timedelta) -> T: ...


class Look(Protocol):
    """Looks at a link's page as a platform will: what keeps it from being shown, "" if it is fit."""

    def __call__(self, url: str, limits: Limits, headline: str = "") -> str: ...


@dataclass(frozen=True, slots=True)
class Account:
    """An account as wired. `platform` is its kind (the one it plays, for `file`), `connector` its adapter.

    `prices` is None where nothing is charged that we know of, `budget` where nothing bounds the spending.
    `edits` and `deletes` say whether that platform can correct and take back what stands there.
    """

    id: str
    platform: str
    options: AccountOptions
    connector: Platform
    prices: Prices | None = None
    budget: Budget | None = None
    edits: bool = False
    deletes: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """A source as wired, with what its table says beyond its kind's own keys.

    `private` is the host and port that may be a private address, `folder` what `file:` requests may read.
    """

    id: str
    options: SourceOptions
    connector: Source
    cadence: Cadence
    exclude: Match | None = None
    private: str | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Hooks:
    """Where hubs reach us ("" for nowhere), and the key that our secrets towards them are made from."""

    public_url: str = ""
    key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Newsroom:
    """One consistent reading of configuration and templates; a reload makes another.

    `default_schedule` is for accounts that name none: no slots, no quiet hours, no gap. `channels` are where
    alerts go; `summary_at` is the wall time of the daily summary, "" for none. `look` is None where nothing
    outside may be asked.
    """

    accounts: Mapping[str, Account]
    sources: Mapping[str, Feed]
    routes: tuple[Route, ...]
    schedules: Mapping[str, Schedule]
    default_schedule: Schedule
    renderer: Renderer
    policy: Policy = field(default_factory=Policy)
    languages: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    timezone: str = "UTC"
    channels: tuple[Channel, ...] = ()
    summary_at: str = ""
    evergreen: tuple[Evergreen, ...] = ()
    hooks: Hooks = Hooks()
    digests: tuple[Digest, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    look: Look | None = None
    shown_on: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    """By source the accounts that `accounts_of` names: routes may name ten thousand sources."""
    only_told: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The sources that cannot be asked."""
    sites: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    """By host the sources that are read there."""

    def __post_init__(self) -> None:
        named: dict[str, dict[str, None]] = {}
        for route in self.routes:
            for source in route.sources:
                named.setdefault(source, {}).update(dict.fromkeys(route.accounts))
        object.__setattr__(self, "shown_on", {source: tuple(each) for source, each in named.items()})
        told = tuple(source for source, feed in self.sources.items() if not feed.options.asked)
        object.__setattr__(self, "only_told", told)
        sites: dict[str, list[str]] = {}
        for source, feed in self.sources.items():
            if host := host_of(str(getattr(feed.options, "url", ""))):
                sites.setdefault(host, []).append(source)
        object.__setattr__(self, "sites", {host: tuple(each) for host, each in sites.items()})

    def schedule_of(self, route: Route, account: str) -> str:
        """The name of the schedule a share keeps: its route's, else its account's, else none ("")."""
        wired = self.accounts.get(account)
        return route.schedule or (wired.options.schedule if wired else "")

    def accounts_of(self, source: str) -> tuple[str, ...]:
        """The accounts that any route of the source names, in the routes' order, each once."""
        return self.shown_on.get(source, ())

    def route(self, name: str) -> Route | None:
        """The route of that name, or of that former name."""
        named = (route for route in self.routes if route.name == name)
        return next(named, None) or next((route for route in self.routes if name in route.was), None)

    def names(self) -> tuple[str, ...]:
        """What a share can be ruled by and paused by: routes, then the rules with times of their own."""
        others = [*(rule.name for rule in self.evergreen), *(digest.name for digest in self.digests)]
        return (*(route.name for route in self.routes), *others)

    def rules(self, name: str) -> bool:
        """Whether a route (also under a former name) or another rule is called so."""
        former = (old for rule in self.evergreen for old in rule.was)
        return self.route(name) is not None or name in (*self.names(), *former) or bool(self.digest(name))

    def digest(self, name: str) -> Digest | None:
        """The digest of that name, or of that former name."""
        named = (digest for digest in self.digests if digest.name == name)
        return next(named, None) or next((each for each in self.digests if name in each.was), None)
