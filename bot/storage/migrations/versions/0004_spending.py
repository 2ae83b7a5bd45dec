"""What each account spent."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Id, Utc, Words

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "spending",
        sa.Column("delivery", Id, autoincrement=False, nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", Words(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("delivery", "kind", "part", "turn"),
    )
    op.create_index("spending_account", "spending", ["account", "at"])
