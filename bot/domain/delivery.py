"""The states of a delivery, the moves between them and the words for why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.errors import MoveError
from bot.domain.post import Ref
from bot.domain.wording import Wording, next_turn

__all__ = [
    "FINAL",
    "LIVE",
    "MOVES",
    "WAITING",
    "Delivery",
    "Reason",
    "State",
    "Work",
    "by_hand",
    "check_move",
    "ordered",
    "turn_after",
    "work_of",
]


class State(StrEnum):
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    AWAITING = "awaiting"
    UNKNOWN = "unknown"
    PUBLISHED = "published"
    FAILED = "failed"
    MISSED = "missed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why a delivery is where it is, and why an account was passed over: one list, also `explain`'s words."""

    NONE = ""
    APPROVAL = "approval"
    IMAGE = "image"
    CARD = "card"
    FLOOD = "flood"
    RESTORED = "restored"
    PAUSE = "pause"
    BLACKOUT = "blackout"
    BUDGET = "budget"
    NO_ROOM = "no_room"
    TOO_OLD = "too_old"
    FILTERED = "filtered"
    BASELINE = "baseline"
    WITHDRAWN = "withdrawn"
    ACCOUNT_REMOVED = "account_removed"
    ROUTE_REMOVED = "route_removed"
    EMBARGO = "embargo"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    TOO_FEW = "too_few"
    ATTEMPTS_SPENT = "attempts_spent"
    TEMPLATE = "template"
    PERSON = "person"
    RETRY = "retry"
    THROTTLED = "throttled"
    UNAUTHORIZED = "unauthorized"
    OUTAGE = "outage"
    SUPERSEDED = "superseded"
    UNCONFIRMED = "unconfirmed"
    PROCESSING = "processing"
    UNCHANGED = "unchanged"


S = State
MOVES: dict[State, frozenset[State]] = {
    S.HELD: frozenset({S.QUEUED, S.SKIPPED, S.CANCELLED, S.MISSED}),
    S.QUEUED: frozenset({S.SENDING, S.HELD, S.SKIPPED, S.CANCELLED, S.MISSED, S.PUBLISHED}),
    S.SENDING: frozenset(
        {S.PUBLISHED, S.QUEUED, S.AWAITING, S.UNKNOWN, S.FAILED, S.HELD, S.SKIPPED, S.CANCELLED}
    ),
    S.AWAITING: frozenset({S.SENDING, S.FAILED, S.SKIPPED, S.CANCELLED}),
    S.UNKNOWN: frozenset({S.SENDING, S.PUBLISHED, S.FAILED, S.QUEUED, S.SKIPPED}),
    S.FAILED: frozenset({S.QUEUED}),
    S.MISSED: frozenset({S.QUEUED}),
    S.SKIPPED: frozenset({S.QUEUED}),
    S.PUBLISHED: frozenset(),
    S.CANCELLED: frozenset(),
}
FINAL = frozenset({S.PUBLISHED, S.FAILED, S.MISSED, S.SKIPPED, S.CANCELLED})
"""Nothing more happens by itself: `finalized_at` is set."""
LIVE = frozenset(State) - FINAL
WAITING = frozenset({S.HELD, S.QUEUED})
"""Not begun: routing and the projection may still change it."""


def check_move(old: State, new: State) -> None:
    """Raise MoveError unless the move is declared."""
    if new not in MOVES[old]:
        raise MoveError(f"a {old} share cannot become {new}")


class Work(StrEnum):
    """What a delivery does at its platform: make a post, correct one that stands there, take one back."""

    POST = "post"
    EDIT = "edit"
    WITHDRAW = "withdraw"


def work_of(occasion: str) -> Work:
    """The work of an occasion: `edit:2` corrects, `withdraw:1` takes back, any other posts."""
    kind = occasion.partition(":")[0]
    return Work(kind) if kind in (Work.EDIT, Work.WITHDRAW) else Work.POST


@dataclass(frozen=True, slots=True)
class Delivery:
    """One article × one account × one occasion: a row of the outbox, as read.

    `published_at` ranks it among others: the article's age. `due_at` is None while no place was found
    for it. `expires_at` is None where age does not matter. `begun_at` is its first claim. `committed_at`
    is the mark of the part under way (`part`, from 0); `first_committed_at` the first mark of that part,
    which replay windows run from. `refs` are the parts already accepted, in order; `sent_at` is the mark of
    the last of them. `settle_at` is when an unknown is looked at again, None when only a person can settle
    it. Of an edit and a withdrawal `extra["of"]` is the delivery whose post they are about.
    """

    id: int
    article: int
    account: str
    occasion: str
    state: State
    reason: Reason
    route: str
    rule: str
    idempotency_key: str
    created_at: datetime
    source: str = ""
    detail: str = ""
    template: str = ""
    schedule: str = ""
    timing: str = "now"
    urgent: bool = False
    pinned: bool = False
    approved: bool = False
    priority: int = 0
    published_at: datetime | None = None
    ready_at: datetime | None = None
    due_at: datetime | None = None
    slot: datetime | None = None
    expires_at: datetime | None = None
    begun_at: datetime | None = None
    attempts: int = 0
    part: int = 0
    refs: tuple[Ref, ...] = ()
    post: dict[str, Any] | None = None
    prepared: dict[str, Any] | None = None
    pending: dict[str, Any] | None = None
    committed_at: datetime | None = None
    first_committed_at: datetime | None = None
    settle_at: datetime | None = None
    absent_reads: int = 0
    lease_owner: str | None = None
    lease_epoch: int = 0
    remote_url: str = ""
    sent_at: datetime | None = None
    finalized_at: datetime | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    wording: dict[str, Any] | None = None

    @property
    def work(self) -> Work:
        return work_of(self.occasion)

    @property
    def words(self) -> Wording:
        """What the row says of its own words."""
        return Wording.of(self.wording)

    @property
    def of(self) -> int:
        """The delivery that an edit or a withdrawal is about, 0 for any other."""
        return int(self.extra.get("of", 0))


def turn_after(rows: Iterable[Delivery], account: str) -> int:
    """Whose turn it is among variants, after what an account had of an article or is about to have."""
    told = (row for row in rows if row.account == account and row.work is Work.POST)
    counted = (row for row in told if row.part or row.state in LIVE or row.state is State.PUBLISHED)
    return next_turn((row.occasion, row.words) for row in counted)


ORDERED = ("shared by hand", "backfill")
"""How the rules begin that stand for a person's word."""


def by_hand(row: Delivery) -> bool:
    """Whether a person ordered this share: what they said stands, whatever the routes say later."""
    return row.rule.startswith(ORDERED)


def ordered(row: Delivery) -> bool:
    """Whether a person ordered this share, let it go or named its time: it waits, but is not dropped."""
    return row.pinned or row.approved or by_hand(row)
