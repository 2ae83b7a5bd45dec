"""Makes one article of two that turned out to be the same, so that nothing is sent again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.domain.delivery import WAITING, Reason, State
from bot.storage.outbox_tables import deliveries
from bot.storage.schema import among
from bot.storage.tables import articles, decisions, fingerprints, sightings
from bot.storage.types import db_clock

__all__ = ["merge"]

_c = deliveries.c
_waits = among(_c.state, *sorted(WAITING)) & _c.begun_at.is_(None) & (_c.part == 0)
_unsent = (State.FAILED, State.MISSED, State.SKIPPED, State.CANCELLED)


def merge(connection: sa.Connection, keep: int, drop: int) -> None:
    """Everything known of `drop` becomes `keep`'s; what it had waiting is skipped, what it sent counts."""
    both = sa.select(articles.c.id).where(articles.c.id.in_((keep, drop))).order_by(articles.c.id)
    connection.execute(both.with_for_update())
    news = sa.select(sightings.c.source).where(sightings.c.baseline.is_(False))
    theirs = set(connection.scalars(news.where(sightings.c.article == drop)))
    ours = set(connection.scalars(news.where(sightings.c.article == keep)))
    undecided = connection.scalar(sa.select(articles.c.decided_at).where(articles.c.id == drop)) is None

    _supersede(connection, _c.article == drop, _waits)
    _deliveries(connection, keep, drop)
    for table in (fingerprints, sightings, decisions):
        connection.execute(sa.update(table).where(table.c.article == drop).values(article=keep))
    connection.execute(sa.update(articles).where(articles.c.id == drop).values(merged_into=keep))
    if theirs - ours or undecided:
        # `keep` has a source now whose routes never read it.
        connection.execute(sa.update(articles).where(articles.c.id == keep).values(decided_at=None))


def _deliveries(connection: sa.Connection, keep: int, drop: int) -> None:
    """What was begun or ended of `drop` stands against `keep` being sent to the same account."""
    ours = {(row.account, row.occasion) for row in _rows(connection, _c.article == keep)}
    begun = _rows(connection, _c.article == drop, _c.reason != Reason.SUPERSEDED)
    for row in begun:
        if (row.account, row.occasion) not in ours:
            connection.execute(sa.update(deliveries).where(_c.id == row.id).values(article=keep))
        elif row.state not in _unsent or row.part:
            same = (_c.article == keep, _c.account == row.account, _c.occasion == row.occasion)
            _supersede(connection, *same, _waits)


def _rows(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[Any]:
    columns = (_c.id, _c.account, _c.occasion, _c.state, _c.part)
    return list(connection.execute(sa.select(*columns).where(*conditions).order_by(_c.id)))


def _supersede(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> None:
    values = {
        "state": State.SKIPPED,
        "reason": Reason.SUPERSEDED,
        "detail": "it is the same article as another",
        "finalized_at": db_clock(),
    }
    connection.execute(sa.update(deliveries).where(*conditions).values(values))
