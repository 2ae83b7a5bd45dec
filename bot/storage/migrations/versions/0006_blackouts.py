"""Blackouts."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Utc, Words

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "blackouts",
        sa.Column("name", Words(), nullable=False),
        sa.Column("starts_at", Utc(), nullable=False),
        sa.Column("ends_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("name", "starts_at"),
    )
    op.create_table(
        "blackout_exceptions",
        sa.Column("name", Words(), nullable=False),
        sa.Column("route", Words(), nullable=False),
        sa.PrimaryKeyConstraint("name", "route"),
    )
