"""An address from before at which an article may be again, while its present page does not say."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Utc, Words

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("followings", sa.Column("back_to", Words, server_default="", nullable=False))
    op.add_column("followings", sa.Column("back_at", Utc()))
