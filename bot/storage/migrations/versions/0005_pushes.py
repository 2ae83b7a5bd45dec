"""Pushes: a source to be read at once, and subscriptions to hubs."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Utc, Words

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("sources", sa.Column("asked_at", Utc()))
    op.create_table(
        "subscriptions",
        sa.Column("source", Words(), nullable=False),
        sa.Column("hub", Words(), server_default="", nullable=False),
        sa.Column("topic", Words(), server_default="", nullable=False),
        sa.Column("callback", Words(), server_default="", nullable=False),
        sa.Column("state", Words(), server_default="", nullable=False),
        sa.Column("asked_at", Utc()),
        sa.Column("expires_at", Utc()),
        sa.Column("next_at", Utc()),
        sa.Column("tries", sa.Integer, server_default="0", nullable=False),
        sa.Column("pushed_at", Utc()),
        sa.Column("error", Words(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
