"""How sources usually publish, and what is wrong with them."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Json

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("sources", sa.Column("health", Json, server_default="{}", nullable=False))
