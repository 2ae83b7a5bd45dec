"""What a source has shown of late is found without reading what all others have."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("articles_of_source", "articles", ["source", "first_seen_at", "id"])
