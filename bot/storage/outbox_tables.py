"""The tables of the outbox, and the rules about it that the database itself holds."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, UniqueConstraint

from bot.domain.delivery import FINAL, Reason, State
from bot.storage.schema import among, count, flag, metadata, partial, words
from bot.storage.types import Id, Json, Utc, Word, Words

__all__ = ["attempts", "deliveries"]

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article", Id, ForeignKey("articles.id"), nullable=False),
    words("account", None),
    words("occasion", None),
    Column("state", Word(State), nullable=False),
    Column("reason", Word(Reason), nullable=False, server_default=""),
    words("detail"),
    Column("idempotency_key", Words, nullable=False),
    Column("created_at", Utc, nullable=False),
    words("source"),
    words("route"),
    words("rule"),
    words("template"),
    words("schedule"),
    words("timing"),
    flag("urgent"),
    flag("pinned"),
    flag("approved"),
    flag("late"),
    count("priority"),
    Column("published_at", Utc),
    Column("ready_at", Utc),
    Column("due_at", Utc),
    Column("slot", Utc),
    Column("expires_at", Utc),
    Column("begun_at", Utc),
    count("attempts"),
    count("part"),
    # Who goes first: the rest of a thread, then what is urgent.
    Column(
        "rank",
        Integer,
        sa.Computed("CASE WHEN part > 0 THEN 0 WHEN urgent THEN 1 ELSE 2 END", persisted=True),
    ),
    Column("refs", Json, nullable=False, server_default="[]"),
    Column("post", Json),
    Column("prepared", Json),
    Column("pending", Json),
    Column("committed_at", Utc),
    Column("first_committed_at", Utc),
    Column("settle_at", Utc),
    count("absent_reads"),
    Column("lease_owner", Words),
    count("lease_epoch"),
    Column("lease_expires_at", Utc),
    words("remote_url"),
    Column("sent_at", Utc),
    Column("finalized_at", Utc),
    Column("extra", Json, nullable=False, server_default="{}"),
    Column("wording", Json),
    UniqueConstraint("article", "account", "occasion", name="one_delivery_per_occasion"),
    UniqueConstraint("idempotency_key", name="one_key_per_delivery"),
)
_c = deliveries.c
_final = among(_c.state, *sorted(FINAL))
deliveries.append_constraint(CheckConstraint(among(_c.state, *State), name="state_is_declared"))
deliveries.append_constraint(
    CheckConstraint(_final == _c.finalized_at.is_not(None), name="finalized_in_final_states")
)
deliveries.append_constraint(
    CheckConstraint(
        among(_c.state, State.SENDING) == _c.lease_owner.is_not(None), name="leased_while_sending"
    )
)
deliveries.append_constraint(
    CheckConstraint(
        (_c.state != sa.literal_column("'unknown'")) | _c.committed_at.is_not(None),
        name="unknown_has_a_mark",
    )
)
# Never two at once on one account; recover and owners read it, too.
partial("one_send_per_account", _c.account, where=among(_c.state, State.SENDING), unique=True)
# Never two in one slot; history reads it.
FREED = (State.SKIPPED, State.CANCELLED, State.FAILED, State.MISSED)
partial(
    "one_post_per_slot",
    _c.account,
    _c.slot,
    where=_c.slot.is_not(None) & ~among(_c.state, *FREED),
    unique=True,
)
# claim, next_due, overdue: in the order of the claim, so that a long queue costs nothing.
partial("deliveries_due", _c.rank, _c.due_at, _c.id, where=among(_c.state, State.QUEUED, State.AWAITING))
# claim_unknown, next_due, and whether an account waits for an unknown.
partial("deliveries_unknown", _c.settle_at, _c.id, where=among(_c.state, State.UNKNOWN))
# expire
partial("deliveries_ageing", _c.expires_at, where=among(_c.state, State.HELD, State.QUEUED))
# waiting, history, list and counts of what is live
partial("deliveries_live", _c.account, _c.due_at, where=_c.finalized_at.is_(None))
# list and counts of what is final
partial("deliveries_final", _c.state, _c.finalized_at, where=_c.finalized_at.is_not(None))
# history, refs_of
partial("deliveries_sent", _c.account, _c.sent_at, where=_c.sent_at.is_not(None))

attempts = Table(
    "attempts",
    metadata,
    Column("delivery", Id, ForeignKey("deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    count("part"),
    words("worker"),
    count("epoch"),
    Column("started_at", Utc, nullable=False),
    Column("committed_at", Utc),
    Column("finished_at", Utc),
    words("outcome"),
    words("led_to"),
    Column("late_at", Utc),
    Column("http_status", Integer),
    words("detail"),
    Column("ref", Json),
    words("url"),
    sqlite_with_rowid=False,
)
_a = attempts.c
partial("one_open_attempt", _a.delivery, where=_a.finished_at.is_(None), unique=True)
partial(
    "part_sent_once",
    _a.delivery,
    _a.part,
    where=_a.outcome == sa.literal_column("'accepted'"),
    unique=True,
)
# recover: evidence that came after its lease was lost
partial("attempts_late", _a.late_at, where=_a.late_at.is_not(None))
