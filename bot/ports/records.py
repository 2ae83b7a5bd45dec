"""What the store hands out and takes in, beside articles and deliveries: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.article import Article
from bot.domain.delivery import Reason, State
from bot.domain.identity import Fingerprint
from bot.domain.outcome import Step
from bot.domain.post import Ref

__all__ = [
    "PROGRAM",
    "AccountRow",
    "Attempt",
    "Awaits",
    "Charge",
    "Decision",
    "Found",
    "Known",
    "NewDelivery",
    "Pause",
    "Pruned",
    "Sighting",
    "SourceRow",
    "Step",
]

PROGRAM = "sharewire"
"""Who has paused what no person has."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as remembered. `seeded_at` is its first successful poll, None before it.

    `health`: how it usually publishes, and what is wrong with it (JSON; `services.health` reads it).
    """

    id: str
    cursor: Mapping[str, Any] = field(default_factory=dict)
    seeded_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_changed_at: datetime | None = None
    next_poll_at: datetime | None = None
    failures: int = 0
    last_status: int | None = None
    last_error: str = ""
    health: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One source having shown one article under one guid. `baseline`: it was there before we started."""

    source: str
    guid: str
    article: int
    content_hash: str
    seen_at: datetime
    baseline: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What identity needs of a stored article."""

    id: int
    title: str
    url: str
    canonical_url: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as remembered. `throttled_until`: the platform named it. `probe_at`: see if it is well.

    `limits`: allowances as documents, as the platform's last answer to a share stated them.
    """

    id: str
    throttled_until: datetime | None = None
    throttle_reason: str = ""
    probe_at: datetime | None = None
    probes: int = 0
    identity: Mapping[str, Any] = field(default_factory=dict)
    limits: Sequence[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pause:
    """`scope` is "all", "account:<id>" or "route:<name>"; `until` None: until resumed. `by`: or PROGRAM."""

    scope: str
    since: datetime
    until: datetime | None
    reason: str
    by: str

    @property
    def told(self) -> str:
        """What stands still and why; of an account that refused us also what to do about it."""
        kind, _, id_ = self.scope.partition(":")
        refused = kind == "account" and self.by == PROGRAM
        cure = f": mend it, then sharewire resume --account {id_}" if refused else ""
        return f"{self.scope} is paused: {self.reason}{cure}"


@dataclass(frozen=True, slots=True)
class Pruned:
    """What one lot came to: its last row, how many rows it had, what they lost."""

    last: int
    rows: int
    attempts: int
    posts: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for an article on an account, by which rule. `verdict` is "share" or "pass"."""

    account: str
    verdict: str
    reason: Reason
    rule: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Awaits:
    """Whether the time of any article has come: to have its page read or looked at, to be decided."""

    reading: bool
    looking: bool
    deciding: bool


@dataclass(frozen=True, slots=True)
class Found:
    """An article met for the first time: its number, and that of its sighting, are still to be given.

    `decided`: what is decided of it at once, for good; None leaves it undecided.
    """

    article: Article
    canonical_url: str
    enrich_at: datetime | None
    marks: Sequence[Fingerprint]
    sighting: Sighting
    decided: Decision | None = None


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A row to be born (state QUEUED, HELD, MISSED or SKIPPED) or, for a waiting row, what it becomes."""

    article: int
    account: str
    occasion: str
    source: str
    route: str
    rule: str
    template: str
    schedule: str
    timing: str
    urgent: bool
    priority: int
    published_at: datetime
    ready_at: datetime
    expires_at: datetime | None
    state: State = State.QUEUED
    reason: Reason = Reason.NONE
    detail: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    wording: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one part of a delivery; history only. `outcome` "" while it is open."""

    delivery: int
    number: int
    part: int
    worker: str
    epoch: int
    started_at: datetime
    committed_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: str = ""
    http_status: int | None = None
    detail: str = ""
    ref: Ref | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """Something that is paid for, in millionths of a dollar.

    `kind` is "post", "edit", "withdraw", "alt" (pictures described), "read" (own posts read back) or "look …"
    (the same for no share, `delivery` 0). `turn` tells apart what
    one share pays for more than once: the epoch it was done under; 0 for posts, which are paid once.
    """

    account: str
    delivery: int
    kind: str
    part: int
    turn: int
    micros: int
    at: datetime
