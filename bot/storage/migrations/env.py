"""Runs migrations on the connection, and in the transaction, of whoever asked for them."""

from alembic import context

import bot.storage.outbox_tables
import bot.storage.tables  # noqa: F401 - the tables register themselves
from bot.storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
