"""What one attempt came to, and what becomes of its delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.delivery import Delivery, Reason, State
from bot.domain.errors import (
    Ambiguous,
    Duplicate,
    PlatformError,
    Rejected,
    Throttled,
    Unauthorized,
)
from bot.domain.pacing import backoff, settle_delay
from bot.domain.post import Accepted, Pending, Ref, Repeatable, Replay

__all__ = [
    "Policy",
    "Step",
    "absent",
    "accepted",
    "after_error",
    "found",
    "outcome_word",
    "pending",
    "released",
    "still_unknown",
]


@dataclass(frozen=True, slots=True)
class Policy:
    """The `[delivery]` table: how long and how often."""

    lease: timedelta = timedelta(seconds=90)
    reconcile_after: timedelta = timedelta(seconds=60)
    deadline: timedelta = timedelta(seconds=15)
    retry_first: timedelta = timedelta(seconds=30)
    retry_factor: float = 2
    retry_max: timedelta = timedelta(hours=1)
    attempts: int = 8


@dataclass(frozen=True, slots=True)
class Step:
    """What one attempt came to, and what becomes of its row: decided by the domain, written by the store.

    `outcome` is the attempt's word: accepted, rejected, duplicate, unauthorized, throttled, unavailable,
    ambiguous, pending, held, found, absent, stopped, released. `accepted` closes part `part` with `ref` and
    `url`; with `state` SENDING the next part follows under the same lease. `keep_mark`: the mark stands
    (AWAITING never has one; UNKNOWN always). `counts`: the try counts against the retries.
    """

    outcome: str
    state: State
    reason: Reason = Reason.NONE
    detail: str = ""
    http_status: int | None = None
    due_at: datetime | None = None
    settle_at: datetime | None = None
    absent_reads: int = 0
    ref: Ref | None = None
    url: str = ""
    pending: Mapping[str, Any] | None = None
    keep_mark: bool = False
    counts: bool = False


def outcome_word(error: PlatformError) -> str:
    """The attempt's word for an error: its class, in lower case."""
    return type(error).__name__.lower()


def accepted(delivery: Delivery, answer: Accepted, parts: int, wait_until: datetime | None = None) -> Step:
    """A part was taken: the next one follows under the same lease, or all is published.

    `wait_until`: the platform takes no more before; what is left of a thread goes on then.
    """
    last = delivery.part + 1 >= parts
    if wait_until and not last:
        return Step(
            outcome="accepted",
            state=State.QUEUED,
            reason=Reason.THROTTLED,
            detail="all that the platform allows is used",
            due_at=wait_until,
            ref=answer.ref,
            url=answer.url,
        )
    return Step(
        outcome="accepted",
        state=State.PUBLISHED if last else State.SENDING,
        ref=answer.ref,
        url=answer.url,
    )


def found(delivery: Delivery, answer: Accepted, parts: int, now: datetime) -> Step:
    """A part thought unknown stands on the platform; what is left of a thread goes on from the queue."""
    last = delivery.part + 1 >= parts
    return Step(
        outcome="accepted",
        state=State.PUBLISHED if last else State.QUEUED,
        detail="found on the platform",
        due_at=None if last else now,
        ref=answer.ref,
        url=answer.url,
    )


def absent(detail: str, now: datetime) -> Step:
    """Proved not published: free to go out once more, under the same key."""
    return Step(outcome="absent", state=State.QUEUED, reason=Reason.RETRY, detail=detail, due_at=now)


def pending(answer: Pending, now: datetime) -> Step:
    """The platform is still processing: look again when it said."""
    return Step(
        outcome="pending",
        state=State.AWAITING,
        reason=Reason.PROCESSING,
        due_at=now + answer.again_in,
        pending=answer.ref,
    )


def released(reason: Reason, detail: str, due_at: datetime, state: State = State.QUEUED) -> Step:
    """Given back before anything public happened; counts for nothing."""
    return Step(outcome="released", state=state, reason=reason, detail=detail, due_at=due_at)


def still_unknown(
    outcome: str, detail: str, settle_at: datetime | None, *, absent_reads: int = 0, status: int | None = None
) -> Step:
    """No proof either way: look again at `settle_at`, or (None) a person decides."""
    return Step(
        outcome=outcome,
        state=State.UNKNOWN,
        reason=Reason.UNCONFIRMED,
        detail=detail,
        http_status=status,
        settle_at=settle_at,
        absent_reads=absent_reads,
        keep_mark=True,
    )


def after_error(
    error: PlatformError,
    delivery: Delivery,
    policy: Policy,
    now: datetime,
    *,
    marked: bool,
    replay: Sequence[Replay],
    parts: int = 1,
) -> Step:
    """What an error means for the delivery.

    Args:
        error: what `prepare` or `publish` raised.
        delivery: the row as claimed; its `first_committed_at` is set when this was a replay.
        policy: how long and how often to retry.
        now: the time of the outcome.
        marked: whether the mark stood, so that the call may have been public.
        replay: what the account's platform can do about an unknown.
        parts: how many parts the post has.
    """
    status, detail, word = error.status, str(error), outcome_word(error)
    repeatable = Repeatable() in replay
    if isinstance(error, Ambiguous) and marked:
        wait = settle_delay(delivery.lease_epoch - 1, policy.reconcile_after)
        settle_at = now + (wait if repeatable else policy.reconcile_after) if replay else None
        return still_unknown(word, detail, settle_at, status=status)
    if isinstance(error, Duplicate) and delivery.first_committed_at is not None:
        known = error.accepted or Accepted(ref={"id": ""})
        step = found(delivery, known, parts, now)
        return replace(step, detail=f"the platform says it is there: {detail}", http_status=status)
    if delivery.first_committed_at is not None and marked and not repeatable:
        # A replay that certainly did nothing says nothing about the try before it.
        again_at = now + policy.reconcile_after
        if isinstance(error, Throttled) and error.retry_at:
            again_at = max(again_at, error.retry_at)
        return still_unknown(word, detail, again_at, status=status)
    if isinstance(error, Rejected):
        reason = Reason.DUPLICATE if isinstance(error, Duplicate) else Reason.REJECTED
        return Step(word, State.FAILED, reason, detail, status, counts=True)
    if isinstance(error, Unauthorized):
        return Step(word, State.QUEUED, Reason.UNAUTHORIZED, detail, status, due_at=now)
    # A throttle is no failed attempt, but one that names no end must not be answered every half minute.
    tries = max(delivery.lease_epoch, 1) if isinstance(error, Throttled) else delivery.attempts + 1
    wait = backoff(
        tries,
        policy.retry_first,
        policy.retry_factor,
        policy.retry_max,
        delivery.idempotency_key,
    )
    if isinstance(error, Throttled):
        return Step(
            word,
            State.QUEUED,
            Reason.THROTTLED,
            detail,
            status,
            due_at=max(now, error.retry_at or now + wait),
        )
    if delivery.attempts + 1 >= policy.attempts:
        return Step(word, State.FAILED, Reason.ATTEMPTS_SPENT, detail, status, counts=True)
    return Step(word, State.QUEUED, Reason.RETRY, detail, status, due_at=now + wait, counts=True)
