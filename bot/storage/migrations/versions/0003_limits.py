"""What each account's platform still allows."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Json

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("limits", Json, server_default="[]", nullable=False))
