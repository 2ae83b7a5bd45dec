"""How articles are followed, as remembered: one row for each that may stand somewhere."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from bot.domain.following import Followed, changed
from bot.storage.drawer import Drawer, insert_of, values_of
from bot.storage.outbox_tables import deliveries
from bot.storage.prepared import Prepared
from bot.storage.tables import articles, followings

__all__ = ["SqlFollowing"]

_c = followings.c
READ = [_c[each.name] for each in fields(Followed)]


@cache
def _watch(on_postgres: bool) -> Prepared:
    new = insert_of(followings, on_postgres).on_conflict_do_nothing()
    return Prepared(new, columns=("article", "page_at"))


class SqlFollowing(Drawer):
    def watch(self, article: int, page_at: datetime) -> None:
        """Look at its page from then on, unless it is followed already."""
        _watch(self.on_postgres).run(self.connection, {"article": article, "page_at": page_at})

    def get(self, article: int) -> Followed:
        """How it is followed; held until the transaction ends."""
        rows = self._read(sa.select(*READ).where(_c.article == article).with_for_update())
        return rows[0] if rows else Followed(article)

    def put(self, followed: Followed) -> None:
        values = values_of(followed)
        new = self.insert(followings).values(values)
        self.connection.execute(new.on_conflict_do_update(index_elements=["article"], set_=values))

    def touch(self, article: int, at: datetime) -> None:
        """It changed: if it was ever to be shared, its shares are compared with it."""
        shared = sa.select(deliveries.c.id).where(deliveries.c.article == article).limit(1)
        if self.connection.scalar(shared) is not None:
            self.put(changed(self.get(article), at))

    def to_check(self, now: datetime, limit: int) -> list[Followed]:
        """Those whose shares are to be compared with them."""
        due = sa.select(*READ).where(_c.check_at <= now)
        return self._read(due.order_by(_c.check_at, _c.article).limit(limit))

    def to_look(self, now: datetime, limit: int) -> list[Followed]:
        """Those whose page is to be looked at."""
        due = sa.select(*READ).where(_c.page_at <= now)
        return self._read(due.order_by(_c.page_at, _c.article).limit(limit))

    def missing(self, source: str, since: datetime) -> int:
        """How many articles of a source are not found just now, or were withdrawn for it since then."""
        lately = articles.c.withdrawn_at.is_(None) | (articles.c.withdrawn_at >= since)
        theirs = sa.select(articles.c.id).where(
            articles.c.id == _c.article, articles.c.source == source, lately
        )
        lost = sa.select(sa.func.count()).select_from(followings)
        lost = lost.where(_c.missing_at.is_not(None), theirs.exists())
        return int(self.connection.execute(lost).scalar_one())

    def standing(self, source: str, limit: int) -> list[int]:
        """Articles of a source that may stand somewhere and are not withdrawn, those met last first."""
        theirs = sa.select(_c.article).join(articles, articles.c.id == _c.article)
        theirs = theirs.where(
            articles.c.source == source, articles.c.withdrawn_at.is_(None), articles.c.merged_into.is_(None)
        )
        return list(self.connection.scalars(theirs.order_by(_c.article.desc()).limit(limit)))

    def held(self, source: str) -> list[Followed]:
        """The articles of a source whose withdrawal waits for a person, the longest held first."""
        theirs = sa.select(articles.c.id).where(articles.c.id == _c.article, articles.c.source == source)
        kept = sa.select(*READ).where(_c.held_at.is_not(None), theirs.exists())
        return self._read(kept.order_by(_c.held_at, _c.article))

    def _read(self, rows: sa.Select[tuple[object, ...]]) -> list[Followed]:
        found = self.connection.execute(rows)
        return [Followed(**row._mapping) for row in found]  # noqa: SLF001 - SQLAlchemy's public name for it
