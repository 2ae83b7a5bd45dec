"""A delivery as a row, and back; which rows a pause, a withdrawal or late evidence stands against."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.delivery import Delivery
from bot.ports.records import Attempt
from bot.storage.outbox_tables import attempts, deliveries
from bot.storage.tables import articles, blackout_exceptions, blackouts, pauses
from bot.storage.types import Utc

__all__ = [
    "ATTEMPT",
    "NOW",
    "READ",
    "accepted_already",
    "attempt_from",
    "blacked_out",
    "delivery_from",
    "delivery_of",
    "paused",
    "withdrawn",
]

READ = [deliveries.c[each.name] for each in fields(Delivery)]
ATTEMPT = [attempts.c[each.name] for each in fields(Attempt)]
NOW: sa.BindParameter[datetime] = sa.bindparam("b_now", type_=Utc())
"""The caller's clock, in statements that are built once."""


def delivery_from(row: sa.Row[Any]) -> Delivery:
    """The delivery of a row of `READ`."""
    return delivery_of(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name for it


def delivery_of(values: dict[str, Any]) -> Delivery:
    """The delivery of such a row's columns."""
    return Delivery(**values | {"refs": tuple(values["refs"])})


def attempt_from(row: sa.Row[Any]) -> Attempt:
    """The attempt of a row of `ATTEMPT`."""
    return Attempt(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def paused(row: sa.FromClause) -> sa.ColumnElement[bool]:
    """A pause of everything, of its account or of its route is in force."""
    scopes = ("all", sa.literal("account:") + row.c.account, sa.literal("route:") + row.c.route)
    in_force = pauses.c.until.is_(None) | (pauses.c.until > NOW)
    return sa.select(pauses.c.scope).where(pauses.c.scope.in_(scopes), in_force).correlate(row).exists()


def blacked_out(row: sa.FromClause) -> sa.ColumnElement[bool]:
    """A blackout is in force that does not except its route; what mends or takes back a post goes out."""
    excepted = sa.select(blackout_exceptions.c.name).where(
        blackout_exceptions.c.name == blackouts.c.name, blackout_exceptions.c.route == row.c.route
    )
    in_force = (blackouts.c.starts_at <= NOW) & (blackouts.c.ends_at > NOW)
    against = in_force & ~excepted.correlate(row, blackouts).exists()
    adds = row.c.occasion.not_like("edit:%") & row.c.occasion.not_like("withdraw:%")
    return adds & sa.select(blackouts.c.name).where(against).correlate(row).exists()


def withdrawn(row: sa.FromClause) -> sa.ColumnElement[bool]:
    """Its article was taken back; only what carries out the withdrawal itself may still go out.

    Asked as a count, not as EXISTS: that Postgres would answer by reading every article there ever was.
    """
    taken_back = sa.select(sa.func.count() > 0).where(
        articles.c.id == row.c.article, articles.c.withdrawn_at.is_not(None)
    )
    return row.c.occasion.not_like("withdraw:%") & taken_back.correlate(row).scalar_subquery()


def accepted_already(row: sa.FromClause) -> sa.ColumnElement[bool]:
    """Evidence is there that the part under way was taken."""
    same = (attempts.c.delivery == row.c.id) & (attempts.c.part == row.c.part)
    taken = attempts.c.outcome == sa.literal_column("'accepted'")
    return sa.select(attempts.c.number).where(same, taken).correlate(row).exists()
