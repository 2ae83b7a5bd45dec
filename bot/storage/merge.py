"""Makes one article of two that turned out to be the same, so that nothing is sent again."""

from __future__ import annotations

from itertools import count
from typing import Any

import sqlalchemy as sa

from bot.domain.delivery import WAITING, Reason, State
from bot.storage.outbox_tables import deliveries
from bot.storage.schema import among
from bot.storage.tables import articles, decisions, fingerprints, followings, sightings
from bot.storage.types import db_clock

__all__ = ["merge"]

_c = deliveries.c
_posts = _c.occasion.not_like("edit:%") & _c.occasion.not_like("withdraw:%")
# No mark stands on these: nothing of them is out, nor about to be.
_waits = among(_c.state, *sorted(WAITING), State.AWAITING) & (_c.part == 0) & _posts
_unsent = (State.FAILED, State.MISSED, State.SKIPPED, State.CANCELLED)


def merge(connection: sa.Connection, keep: int, drop: int) -> None:
    """Everything known of `drop` becomes `keep`'s; what it had waiting is skipped, what it sent counts."""
    both = sa.select(articles.c.id).where(articles.c.id.in_((keep, drop))).order_by(articles.c.id)
    connection.execute(both.with_for_update())
    news = sa.select(sightings.c.source).where(sightings.c.baseline.is_(False))
    theirs = set(connection.scalars(news.where(sightings.c.article == drop)))
    ours = set(connection.scalars(news.where(sightings.c.article == keep)))
    undecided = connection.scalar(sa.select(articles.c.decided_at).where(articles.c.id == drop)) is None

    _supersede(connection, _c.article == drop, _waits, _c.begun_at.is_(None))
    _deliveries(connection, keep, drop)
    for table in (fingerprints, sightings, decisions):
        connection.execute(sa.update(table).where(table.c.article == drop).values(article=keep))
    connection.execute(sa.update(articles).where(articles.c.id == drop).values(merged_into=keep))
    _withdrawal(connection, keep, drop)
    if theirs - ours or undecided:
        # `keep` has a source now whose routes never read it.
        connection.execute(sa.update(articles).where(articles.c.id == keep).values(decided_at=None))


def _deliveries(connection: sa.Connection, keep: int, drop: int) -> None:
    """What was begun or ended of `drop` is `keep`'s, and stands against another to the same account.

    Of two of one account and occasion the one that is out, or may be, stays; it goes by another number.
    """
    ours = {(row.account, row.occasion) for row in _rows(connection, _c.article == keep)}
    for row in _rows(connection, _c.article == drop, _c.reason != Reason.SUPERSEDED):
        occasion = row.occasion
        if (row.account, occasion) in ours:
            if _supersede(connection, _c.id == row.id, _waits):
                continue
            if row.state not in _unsent or row.part:
                same = (_c.article == keep, _c.account == row.account, _c.occasion == occasion)
                _supersede(connection, *same, _waits)
            kind = occasion.partition(":")[0]
            occasion = next(name for n in count(2) if (row.account, name := f"{kind}:{n}") not in ours)
        moved = sa.update(deliveries).where(_c.id == row.id).values(article=keep, occasion=occasion)
        connection.execute(moved)
        ours.add((row.account, occasion))


def _withdrawal(connection: sa.Connection, keep: int, drop: int) -> None:
    """What a person took back stays so under its other name; what stood of either is looked at."""
    f = followings.c
    said = sa.select(articles.c.id, articles.c.withdrawn_at, f.by, f.why, f.delete)
    said = said.select_from(articles.outerjoin(followings, f.article == articles.c.id))
    found = {row.id: row for row in connection.execute(said.where(articles.c.id.in_((keep, drop))))}
    word = found[keep] if found[keep].withdrawn_at else found[drop]
    # A page that is gone, a guid that is trashed: the article goes on under its other address.
    if word.withdrawn_at is None or (word.id == drop and word.by != "person"):
        return
    withdrawn = sa.update(articles).where(articles.c.id == keep).values(withdrawn_at=word.withdrawn_at)
    connection.execute(withdrawn)
    values = {"by": word.by or "", "why": word.why or "", "delete": bool(word.delete)}
    values |= {"check_at": db_clock(), "page_at": None}
    changed = connection.execute(sa.update(followings).where(f.article == keep).values(values))
    if not changed.rowcount:
        connection.execute(sa.insert(followings).values(article=keep, **values))


def _rows(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[Any]:
    columns = (_c.id, _c.account, _c.occasion, _c.state, _c.part)
    return list(connection.execute(sa.select(*columns).where(*conditions).order_by(_c.id)))


def _supersede(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> int:
    values = {
        "state": State.SKIPPED,
        "reason": Reason.SUPERSEDED,
        "detail": "it is the same article as another",
        "finalized_at": db_clock(),
    }
    return connection.execute(sa.update(deliveries).where(*conditions).values(values)).rowcount
