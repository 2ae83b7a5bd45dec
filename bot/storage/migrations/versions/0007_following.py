"""How articles are followed once they may stand somewhere."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Id, Utc, Words

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "followings",
        sa.Column("article", Id, nullable=False),
        sa.Column("check_at", Utc()),
        sa.Column("since", Utc()),
        sa.Column("page_at", Utc()),
        sa.Column("looks", sa.Integer, server_default="0", nullable=False),
        sa.Column("missing_at", Utc()),
        sa.Column("by", Words(), server_default="", nullable=False),
        sa.Column("why", Words(), server_default="", nullable=False),
        sa.Column("delete", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["articles.id"]),
        sa.PrimaryKeyConstraint("article"),
    )
    for name, column in (
        ("followings_to_check", "check_at"),
        ("followings_to_look", "page_at"),
        ("followings_missing", "missing_at"),
    ):
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "followings", [column], sqlite_where=given, postgresql_where=given)
