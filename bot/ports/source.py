"""Where articles come from. A source does no I/O: it yields requests and is sent responses."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from pydantic import Field, SecretStr

from bot.domain.article import Entry
from bot.ports.durations import Duration
from bot.ports.matching import MatchTable
from bot.ports.platform import Table

__all__ = [
    "Cursor",
    "FuturePolicy",
    "Harvest",
    "HistoricalSource",
    "Offload",
    "Request",
    "Response",
    "Skips",
    "Source",
    "SourceOptions",
    "Steps",
]

Cursor = Mapping[str, Any]
"""What a source remembers between polls (JSON): etag, last_modified, body hash, the URL it moved to.

What stands under `etag`, `last_modified`, `sha256` and `items`, at any depth, only tells that nothing is new:
without it all that the source shows is read anew.
"""


class FuturePolicy(Table):
    """`future = { tolerance = "5m", beyond = "wait" }`: articles whose publication date lies ahead.

    Up to `tolerance` it counts as now. Beyond it the share waits until then, or (`hold`) for a person.
    """

    tolerance: Duration = timedelta(minutes=5)
    beyond: Literal["wait", "hold"] = "wait"


class SourceOptions(Table):
    """What every `[sources.<id>]` table may say; a source kind's own `Options` adds to it.

    Secrets are `SecretStr = SecretStr("")`; `optional_secrets` names those a source works without.
    """

    optional_secrets: ClassVar[frozenset[str]] = frozenset({"hook_secret"})
    asked: ClassVar[bool] = True
    """Whether it can be asked: one that only tells may fail to tell of an edit."""
    told_by_desk: ClassVar[bool] = False
    """Whether its articles may carry what the desk orders: then it alone can take an order back."""

    kind: str
    every: Duration = timedelta(minutes=5)
    cron: str = ""
    slowest: Duration = timedelta(0)
    flood: int = Field(default=50, ge=0)
    withdrawals: int = Field(default=5, ge=0)
    stable_for: Duration = timedelta(0)
    future: FuturePolicy = FuturePolicy()
    lang: str = ""
    site_name: str = ""
    allow_private: bool = False
    enrich: bool = True
    exclude: MatchTable | None = None
    hook_secret: SecretStr = SecretStr("")
    was: tuple[str, ...] = ()

    def instead(self) -> Mapping[str, Any]:
        """The table of a source of the same articles to read while this one does not answer; {}: none."""
        return {}

    def orders(self) -> bool:
        """Whether the desk is known to order in its articles what only this source tells, and no other."""
        return False


@dataclass(frozen=True, slots=True)
class Request:
    """One GET; with a `form`, one POST of it, which follows no redirect.

    `max_bytes` caps the decoded body: over it is an error, or (`truncate`) left unread. `robots`: a page that
    only a source named, so that its site's robots.txt is asked first.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    max_bytes: int = 5_000_000
    truncate: bool = False
    form: Mapping[str, str] | None = None
    robots: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `url` is the final address; `moved_to` is set if every redirect was permanent."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Offload:
    """A heavy call for another process: `fn(*args)` must be importable, args and result picklable."""

    fn: Callable[..., Any]
    args: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Skips:
    """<skipHours> and <skipDays>: hours (0-23) and weekdays (Monday 0), UTC."""

    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()

    def cover(self, at: datetime) -> bool:
        return at.hour in self.hours or at.weekday() in self.days


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a poll brought. `unchanged`: a 304 or the same body, entries are then empty.

    `wait` is the least time until the next poll that the source asks for (ttl, Retry-After), `skips` the
    hours and days in which it asks to be left alone. `notes` are
    one-line remarks for the operator; `wrong` is what he should mend though the poll came through, in words,
    by symptom, for as long as it lasts. `orders`: its articles carry what the desk orders. `instead`: it is
    of a source read in place of its own, which says less of each article. `gone` are guids of which the
    source says outright that they are not public any more (deleted, in the bin, a draft again); one that
    only left the list is not among them. `back` are those of which it had said so, and that are public again,
    as far as it can tell: a push, which remembers nothing, names all that it shows.
    `listed` is all that it shows, by guid, and when that was published: told where something is missing that
    stood between others before, for it may have another name now. `left` are guids that it showed at its last
    poll and shows no more, told by sources without dates: but for those that were only pushed off its end.
    `doubts` names, by guid, the address at which what is new may have stood before, found after the poll.
    """

    entries: tuple[Entry, ...]
    cursor: Cursor
    unchanged: bool = False
    status: int = 200
    wait: timedelta | None = None
    skips: Skips | None = None
    notes: tuple[str, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    orders: bool = False
    instead: bool = False
    gone: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    listed: Mapping[str, datetime | None] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    doubts: Mapping[str, str] = field(default_factory=dict)


Steps = Generator[Request | tuple[Request, ...] | Offload, Any, Harvest]
"""Yield a Request, be sent its Response (a tuple: a tuple); a failed one is thrown in as SourceError."""


class Source(Protocol):
    """Built as `Connector(options)` by bootstrap; each module of bot.sources has one `Connector`."""

    Options: ClassVar[type[SourceOptions]]

    def poll(self, cursor: Cursor) -> Steps: ...


@runtime_checkable
class HistoricalSource(Protocol):
    """A source that can tell what it published before, for `catalogue`."""

    def history(self, cursor: Cursor) -> Steps:
        """One page of it, the newest first: {} begins; the cursor is the next page's, {} at the end."""
        ...
