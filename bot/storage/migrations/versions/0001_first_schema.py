"""The first schema."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Id, Json, Utc, Words

revision = "0001"
down_revision = None


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    _known()
    _accounts()
    _outbox()


def _known() -> None:
    op.create_table(
        "articles",
        sa.Column("id", Id, nullable=False),
        sa.Column("source", Words(), server_default="", nullable=False),
        sa.Column("url", Words(), server_default="", nullable=False),
        sa.Column("canonical_url", Words(), server_default="", nullable=False),
        sa.Column("title", Words(), server_default="", nullable=False),
        sa.Column("first_seen_at", Utc(), nullable=False),
        sa.Column("withdrawn_at", Utc()),
        sa.Column("decided_at", Utc()),
        sa.Column("enrich_at", Utc()),
        sa.Column("merged_into", Id),
        sa.Column("payload", Json, nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["articles.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    _partial("articles_decided", "articles", ["decided_at"], "decided_at IS NOT NULL")
    op.create_index("articles_latest", "articles", ["first_seen_at", "id"])
    _partial("articles_to_enrich", "articles", ["enrich_at"], "enrich_at IS NOT NULL")
    _partial("articles_undecided", "articles", ["id"], "decided_at IS NULL AND merged_into IS NULL")
    op.create_table(
        "fingerprints",
        sa.Column("kind", Words(), nullable=False),
        sa.Column("scope", Words(), nullable=False),
        sa.Column("value", Words(), nullable=False),
        sa.Column("article", Id, nullable=False),
        sa.ForeignKeyConstraint(["article"], ["articles.id"]),
        sa.PrimaryKeyConstraint("kind", "scope", "value"),
    )
    op.create_index("fingerprints_article", "fingerprints", ["article"])
    op.create_table(
        "sightings",
        sa.Column("source", Words(), nullable=False),
        sa.Column("guid", Words(), nullable=False),
        sa.Column("article", Id, nullable=False),
        sa.Column("content_hash", Words(), server_default="", nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["articles.id"]),
        sa.PrimaryKeyConstraint("source", "guid"),
    )
    op.create_index("sightings_article", "sightings", ["article"])
    op.create_table(
        "decisions",
        sa.Column("id", Id, nullable=False),
        sa.Column("article", Id, nullable=False),
        sa.Column("account", Words(), nullable=False),
        sa.Column("verdict", Words(), nullable=False),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("rule", Words(), server_default="", nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["articles.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("decisions_article", "decisions", ["article", "id"])
    op.create_table(
        "sources",
        sa.Column("id", Words(), nullable=False),
        sa.Column("cursor", Json, server_default="{}", nullable=False),
        sa.Column("seeded_at", Utc()),
        sa.Column("last_polled_at", Utc()),
        sa.Column("last_ok_at", Utc()),
        sa.Column("last_changed_at", Utc()),
        sa.Column("next_poll_at", Utc()),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_error", Words(), server_default="", nullable=False),
        sa.Column("lease_owner", Words()),
        sa.Column("lease_expires_at", Utc()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "baselines",
        sa.Column("source", Words(), nullable=False),
        sa.Column("account", Words(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("source", "account"),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", Words(), nullable=False),
        sa.Column("throttled_until", Utc()),
        sa.Column("throttle_reason", Words(), server_default="", nullable=False),
        sa.Column("probe_at", Utc()),
        sa.Column("probes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("identity", Json, server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "pauses",
        sa.Column("scope", Words(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("until", Utc()),
        sa.Column("reason", Words(), server_default="", nullable=False),
        sa.Column("by", Words(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("scope"),
    )
    op.create_table(
        "tokens",
        sa.Column("account", Words(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name"),
    )
    op.create_table(
        "facts",
        sa.Column("key", Words(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "ticks",
        sa.Column("job", Words(), nullable=False),
        sa.Column("run_at", Utc(), nullable=False),
        sa.Column("worker", Words(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("job", "run_at"),
    )


def _outbox() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", Id, nullable=False),
        sa.Column("article", Id, nullable=False),
        sa.Column("account", Words(), nullable=False),
        sa.Column("occasion", Words(), nullable=False),
        sa.Column("state", Words(), nullable=False),
        sa.Column("reason", Words(), server_default="", nullable=False),
        sa.Column("detail", Words(), server_default="", nullable=False),
        sa.Column("idempotency_key", Words(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("source", Words(), server_default="", nullable=False),
        sa.Column("route", Words(), server_default="", nullable=False),
        sa.Column("rule", Words(), server_default="", nullable=False),
        sa.Column("template", Words(), server_default="", nullable=False),
        sa.Column("schedule", Words(), server_default="", nullable=False),
        sa.Column("timing", Words(), server_default="", nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("pinned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("approved", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("late", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("published_at", Utc()),
        sa.Column("ready_at", Utc()),
        sa.Column("due_at", Utc()),
        sa.Column("slot", Utc()),
        sa.Column("expires_at", Utc()),
        sa.Column("begun_at", Utc()),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("part", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "rank",
            sa.Integer(),
            sa.Computed("CASE WHEN part > 0 THEN 0 WHEN urgent THEN 1 ELSE 2 END", persisted=True),
        ),
        sa.Column("refs", Json, server_default="[]", nullable=False),
        sa.Column("post", Json),
        sa.Column("prepared", Json),
        sa.Column("pending", Json),
        sa.Column("committed_at", Utc()),
        sa.Column("first_committed_at", Utc()),
        sa.Column("settle_at", Utc()),
        sa.Column("absent_reads", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_owner", Words()),
        sa.Column("lease_epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_expires_at", Utc()),
        sa.Column("remote_url", Words(), server_default="", nullable=False),
        sa.Column("sent_at", Utc()),
        sa.Column("finalized_at", Utc()),
        sa.Column("extra", Json, server_default="{}", nullable=False),
        sa.CheckConstraint("(state = 'sending') = (lease_owner IS NOT NULL)", name="leased_while_sending"),
        sa.CheckConstraint(
            "(state IN ('cancelled', 'failed', 'missed', 'published', 'skipped'))"
            " = (finalized_at IS NOT NULL)",
            name="finalized_in_final_states",
        ),
        sa.CheckConstraint("state != 'unknown' OR committed_at IS NOT NULL", name="unknown_has_a_mark"),
        sa.CheckConstraint(
            "state IN ('held', 'queued', 'sending', 'awaiting', 'unknown',"
            " 'published', 'failed', 'missed', 'skipped', 'cancelled')",
            name="state_is_declared",
        ),
        sa.ForeignKeyConstraint(["article"], ["articles.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("article", "account", "occasion", name="one_delivery_per_occasion"),
        sa.UniqueConstraint("idempotency_key", name="one_key_per_delivery"),
    )
    _partial("deliveries_ageing", "deliveries", ["expires_at"], "state IN ('held', 'queued')")
    _partial("deliveries_due", "deliveries", ["rank", "due_at", "id"], "state IN ('queued', 'awaiting')")
    _partial("deliveries_final", "deliveries", ["state", "finalized_at"], "finalized_at IS NOT NULL")
    _partial("deliveries_live", "deliveries", ["account", "due_at"], "finalized_at IS NULL")
    _partial("deliveries_sent", "deliveries", ["account", "sent_at"], "sent_at IS NOT NULL")
    _partial("deliveries_unknown", "deliveries", ["settle_at", "id"], "state = 'unknown'")
    _partial(
        "one_post_per_slot",
        "deliveries",
        ["account", "slot"],
        "slot IS NOT NULL AND (state NOT IN ('skipped', 'cancelled', 'failed', 'missed'))",
        unique=True,
    )
    _partial("one_send_per_account", "deliveries", ["account"], "state = 'sending'", unique=True)
    op.create_table(
        "attempts",
        sa.Column("delivery", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker", Words(), server_default="", nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("committed_at", Utc()),
        sa.Column("finished_at", Utc()),
        sa.Column("outcome", Words(), server_default="", nullable=False),
        sa.Column("led_to", Words(), server_default="", nullable=False),
        sa.Column("late_at", Utc()),
        sa.Column("http_status", sa.Integer()),
        sa.Column("detail", Words(), server_default="", nullable=False),
        sa.Column("ref", Json),
        sa.Column("url", Words(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"]),
        sa.PrimaryKeyConstraint("delivery", "number"),
        sqlite_with_rowid=False,
    )
    _partial("attempts_late", "attempts", ["late_at"], "late_at IS NOT NULL")
    _partial("one_open_attempt", "attempts", ["delivery"], "finished_at IS NULL", unique=True)
    _partial("part_sent_once", "attempts", ["delivery", "part"], "outcome = 'accepted'", unique=True)
