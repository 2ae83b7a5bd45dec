"""How articles come in: each with the marks it is known by and who showed it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa

from bot.domain.article import Article
from bot.domain.identity import Fingerprint
from bot.ports.records import Found, Sighting
from bot.storage.article_rows import row_of
from bot.storage.drawer import Drawer
from bot.storage.tables import articles, decisions, fingerprints, sightings
from bot.storage.types import indexable

__all__ = ["Intake"]

SIGHTED = (
    sa.select(sightings.c.baseline, sightings.c.seen_at, sightings.c.guid)
    .where(sightings.c.source == sa.bindparam("b_source"), sightings.c.article == sa.bindparam("b_article"))
    .order_by(sightings.c.seen_at)
)


class Intake(Drawer):
    def add(self, article: Article, canonical_url: str, enrich_at: datetime | None) -> int:
        """A new article, undecided; its number."""
        values = row_of(article) | {"canonical_url": canonical_url, "enrich_at": enrich_at}
        new = self.insert(articles).values(values).returning(articles.c.id)
        return int(self.connection.execute(new).scalar_one())

    def add_all(self, found: Sequence[Found]) -> list[int]:
        """Articles that nobody else has shown, with all that is known of each; their numbers."""
        rows = [
            row_of(each.article)
            | {"canonical_url": each.canonical_url, "enrich_at": each.enrich_at}
            | {"decided_at": each.decided.at if each.decided else None}
            for each in found
        ]
        new = self.insert(articles).returning(articles.c.id, sort_by_parameter_order=True)
        ids = list(self.connection.scalars(new, rows))
        marks = [
            {"kind": mark.kind, "scope": mark.scope, "value": indexable(mark.value), "article": id_}
            for id_, each in zip(ids, found, strict=True)
            for mark in each.marks
        ]
        if marks:
            self.connection.execute(self.insert(fingerprints).on_conflict_do_nothing(), marks)
        seen = [
            asdict(replace(each.sighting, article=id_, guid=indexable(each.sighting.guid)))
            for id_, each in zip(ids, found, strict=True)
        ]
        sight = self.insert(sightings)
        known = {name: sight.excluded[name] for name in ("article", "content_hash", "seen_at", "baseline")}
        self.connection.execute(
            sight.on_conflict_do_update(index_elements=["source", "guid"], set_=known), seen
        )
        said = [
            asdict(each.decided) | {"article": id_}
            for id_, each in zip(ids, found, strict=True)
            if each.decided
        ]
        if said:
            self.connection.execute(sa.insert(decisions), said)
        return ids

    def link(self, article: int, marks: Collection[Fingerprint]) -> None:
        """Fingerprints of an article; one that is another article's already stays there."""
        rows = [
            {"kind": m.kind, "scope": m.scope, "value": indexable(m.value), "article": article} for m in marks
        ]
        if rows:
            self.connection.execute(self.insert(fingerprints).on_conflict_do_nothing(), rows)

    def sight(self, sighting: Sighting) -> None:
        """Insert or refresh; a source's first sighting that is news has a decided article decided again.

        What a source had shown before we started stays baseline, under whatever guid it comes again.
        """
        guid = indexable(sighting.guid)
        asked = {"b_source": sighting.source, "b_article": sighting.article}
        before = self.connection.execute(SIGHTED, asked).all()
        baseline = before[0].baseline if before else sighting.baseline
        seen_at = next((row.seen_at for row in before if row.guid == guid), sighting.seen_at)
        values = {
            "article": sighting.article,
            "content_hash": sighting.content_hash,
            "seen_at": seen_at,
            "baseline": baseline,
        }
        new = self.insert(sightings).values(source=sighting.source, guid=guid, **values)
        self.connection.execute(new.on_conflict_do_update(index_elements=["source", "guid"], set_=values))
        if not before and not baseline:
            again = sa.update(articles).where(articles.c.id == sighting.article)
            self.connection.execute(again.values(decided_at=None))
