"""What a share's own row says of its words."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Json

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("wording", Json))
