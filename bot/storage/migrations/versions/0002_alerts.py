"""Alerts."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Id, Json, Utc, Words

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", Id, nullable=False),
        sa.Column("event", Words(), nullable=False),
        sa.Column("key", Words(), nullable=False),
        sa.Column("text", Words(), server_default="", nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("told", Json, server_default="[]", nullable=False),
        sa.Column("tries", sa.Integer, server_default="0", nullable=False),
        sa.Column("next_at", Utc()),
        sa.Column("closed_at", Utc()),
        sa.PrimaryKeyConstraint("id"),
    )
    for name, column, where, unique in (
        ("one_open_alert", "key", "closed_at IS NULL", True),
        ("alerts_unsent", "next_at", "next_at IS NOT NULL", False),
        ("alerts_closed", "closed_at", "closed_at IS NOT NULL", False),
    ):
        condition = sa.text(where)
        op.create_index(
            name, "alerts", [column], unique=unique, sqlite_where=condition, postgresql_where=condition
        )
