"""How articles come in: each with the marks it is known by and who showed it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from bot.domain.article import Article
from bot.domain.identity import Fingerprint
from bot.ports.records import Found, Sighting
from bot.storage.article_rows import row_of
from bot.storage.drawer import Drawer, insert_of, values_of
from bot.storage.prepared import Prepared
from bot.storage.tables import articles, decisions, fingerprints, sightings
from bot.storage.types import indexable

__all__ = ["SAY", "Intake"]

ADD = Prepared(
    sa.insert(articles).returning(articles.c.id),
    columns=(
        *("source", "url", "canonical_url", "title", "first_seen_at", "withdrawn_at", "decided_at"),
        *("enrich_at", "payload"),
    ),
)
SAY = Prepared(sa.insert(decisions), columns=("article", "account", "verdict", "reason", "rule", "at"))


@cache
def _link(on_postgres: bool) -> Prepared:
    new = insert_of(fingerprints, on_postgres).on_conflict_do_nothing()
    return Prepared(new, columns=fingerprints.c.keys())


@cache
def _sight(on_postgres: bool) -> Prepared:
    new = insert_of(sightings, on_postgres)
    shown = {name: new.excluded[name] for name in ("article", "content_hash", "seen_at", "baseline")}
    new = new.on_conflict_do_update(index_elements=["source", "guid"], set_=shown)
    return Prepared(new, columns=sightings.c.keys())


SIGHTED = (
    sa.select(sightings.c.baseline, sightings.c.seen_at, sightings.c.guid)
    .where(sightings.c.source == sa.bindparam("b_source"), sightings.c.article == sa.bindparam("b_article"))
    .order_by(sightings.c.seen_at)
)


class Intake(Drawer):
    def add(self, article: Article, canonical_url: str, enrich_at: datetime | None) -> int:
        """A new article, undecided; its number."""
        row = row_of(article) | {"canonical_url": canonical_url, "enrich_at": enrich_at, "decided_at": None}
        (added,) = ADD.each(self.connection, [row])
        return int(added["id"])

    def add_all(self, found: Sequence[Found]) -> list[int]:
        """Articles that nobody else has shown, with all that is known of each; their numbers."""
        rows = [
            row_of(each.article)
            | {"canonical_url": each.canonical_url, "enrich_at": each.enrich_at}
            | {"decided_at": each.decided.at if each.decided else None}
            for each in found
        ]
        ids = [int(row["id"]) for row in ADD.each(self.connection, rows)]
        marks = [
            {"kind": mark.kind, "scope": mark.scope, "value": indexable(mark.value), "article": id_}
            for id_, each in zip(ids, found, strict=True)
            for mark in each.marks
        ]
        _link(self.on_postgres).many(self.connection, marks)
        seen = [
            values_of(each.sighting) | {"article": id_, "guid": indexable(each.sighting.guid)}
            for id_, each in zip(ids, found, strict=True)
        ]
        _sight(self.on_postgres).many(self.connection, seen)
        said = [
            values_of(each.decided) | {"article": id_}
            for id_, each in zip(ids, found, strict=True)
            if each.decided
        ]
        SAY.many(self.connection, said)
        return ids

    def link(self, article: int, marks: Collection[Fingerprint]) -> None:
        """Fingerprints of an article; one that is another article's already stays there."""
        rows = [
            {"kind": m.kind, "scope": m.scope, "value": indexable(m.value), "article": article} for m in marks
        ]
        _link(self.on_postgres).many(self.connection, rows)

    def sight(self, sighting: Sighting) -> None:
        """Insert or refresh; a source's first sighting that is news has a decided article decided again.

        What a source had shown before we started stays baseline, under whatever guid it comes again.
        """
        guid = indexable(sighting.guid)
        asked = {"b_source": sighting.source, "b_article": sighting.article}
        before = self.connection.execute(SIGHTED, asked).all()
        baseline = before[0].baseline if before else sighting.baseline
        seen_at = next((row.seen_at for row in before if row.guid == guid), sighting.seen_at)
        values = values_of(replace(sighting, guid=guid, seen_at=seen_at, baseline=baseline))
        _sight(self.on_postgres).run(self.connection, values)
        if not before and not baseline:
            again = sa.update(articles).where(articles.c.id == sighting.article)
            self.connection.execute(again.values(decided_at=None))
