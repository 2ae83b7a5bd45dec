"""Withdrawals that wait for a person: many of one source at once."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Utc

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("followings", sa.Column("held_at", Utc()))
    given = sa.text("held_at IS NOT NULL")
    op.create_index("followings_held", "followings", ["held_at"], sqlite_where=given, postgresql_where=given)
