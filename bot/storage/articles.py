"""Articles, the marks they are known by, and what was decided about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.article import Article
from bot.domain.identity import Fingerprint
from bot.domain.occasion import EDITION
from bot.ports.records import Awaits, Decision, Known, Sighting
from bot.storage.article_rows import READ, article_from, row_of
from bot.storage.drawer import in_lots
from bot.storage.intake import SAY, Intake
from bot.storage.merge import merge
from bot.storage.prepared import Prepared
from bot.storage.tables import articles, baselines, decisions, fingerprints, followings, sightings
from bot.storage.types import Names, Utc, indexable, one_of

__all__ = ["SqlArticles"]

SHARE = "share"
EVERYBODY = "*"
"""The account of a decision made once for all."""
INTAKE = 0x53686172
"""The number of the advisory lock of whoever takes articles in; workers' own are of 64 random bits."""
_news = (
    sa.select(sightings.c.article)
    .where(sightings.c.article == articles.c.id, sightings.c.baseline.is_(False))
    .exists()
)
_edition = articles.c.source.like(f"{EDITION}%")
_whole = articles.c.merged_into.is_(None)

# Asked for each article: built once.
_its: sa.BindParameter[int] = sa.bindparam("b_article")
_one = sa.select(*READ).where(articles.c.id == _its)
ONE = Prepared(_one)
HELD = Prepared(_one.with_for_update(key_share=True))
CHANGE = sa.update(articles).where(articles.c.id == _its)
DECIDE = Prepared(CHANGE.values(decided_at=sa.bindparam("b_at", type_=Utc())))
SHOWN_BY = Prepared(
    sa.select(sightings)
    .where(sightings.c.article == _its)
    .order_by(sightings.c.baseline, sightings.c.seen_at, sightings.c.guid)
)
SAID = Prepared(
    sa.select(*(decisions.c[name] for name in ("account", "verdict", "reason", "rule", "at")))
    .where(decisions.c.article == _its)
    .order_by(decisions.c.id)
)
COUNT = Prepared(
    sa.select(sa.func.count().label("number")).where(
        articles.c.first_seen_at >= sa.bindparam("b_since", type_=Utc()),
        articles.c.source == sa.bindparam("b_source"),
        _news,
    )
)
_values = sa.bindparam("values", type_=Names())
HITS = Prepared(
    sa.select(fingerprints.c.value, fingerprints.c.article).where(
        fingerprints.c.kind == sa.bindparam("kind"),
        fingerprints.c.scope == sa.bindparam("scope"),
        one_of(fingerprints.c.value, _values),
    )
)
KNOWN = sa.select(articles.c.id, articles.c.title, articles.c.url, articles.c.canonical_url).where(
    articles.c.id.in_(sa.bindparam("ids", expanding=True))
)
SIGHTINGS = Prepared(
    sa.select(sightings).where(
        sightings.c.source == sa.bindparam("b_source"), one_of(sightings.c.guid, _values)
    )
)
_now = sa.bindparam("b_now", type_=Utc())
_awaiting = {
    "reading": sa.exists().where(articles.c.enrich_at <= _now, _whole),
    "looking": sa.exists().where(followings.c.page_at <= _now),
    "deciding": sa.exists().where(articles.c.decided_at.is_(None), _whole, articles.c.enrich_at.is_(None)),
}
_asked: list[sa.ColumnElement[Any]] = [each.label(name) for name, each in _awaiting.items()]
AWAITS = Prepared(sa.select(*_asked))
"""Asked every second, and mostly answered with no."""


class SqlArticles(Intake):
    def hold(self) -> None:
        """Be the only one who adds articles until the transaction ends (SQLite: a writer is alone)."""
        if self.on_postgres:
            self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(INTAKE)))

    def hits(self, wanted: Collection[Fingerprint]) -> dict[Fingerprint, int]:
        """The article of each fingerprint that is known."""
        groups: dict[tuple[str, str], dict[str, Fingerprint]] = defaultdict(dict)
        for mark in wanted:
            groups[mark.kind, mark.scope][indexable(mark.value)] = mark
        found: dict[Fingerprint, int] = {}
        for (kind, scope), marks in groups.items():
            where = {"kind": kind, "scope": scope, "values": list(marks)}
            for row in HITS.all(self.connection, where):
                found[marks[row["value"]]] = row["article"]
        return found

    def known(self, ids: Collection[int]) -> dict[int, Known]:
        lots = (self.connection.execute(KNOWN, {"ids": lot}) for lot in in_lots(ids))
        return {row.id: Known(*row) for lot in lots for row in lot}

    def sightings(self, source: str, guids: Collection[str]) -> dict[str, Sighting]:
        """What this source has shown under these guids, by guid."""
        names, found = {indexable(guid): guid for guid in guids}, {}
        for row in SIGHTINGS.all(self.connection, {"b_source": source, "values": list(names)}):
            guid = names[row["guid"]]
            found[guid] = Sighting(**row | {"guid": guid})
        return found

    def change(self, article: Article, *, undecide: bool) -> None:
        """New content of a known article; `undecide` has it routed again."""
        values = row_of(article) | ({"decided_at": None} if undecide else {})
        del values["withdrawn_at"]  # another's word
        self._update(article.id, **values)

    def withdraw(self, article: int, at: datetime | None) -> None:
        """From now on nothing of it goes out but what takes it back; None: it may go out again."""
        self._update(article, withdrawn_at=at)

    def enrich_later(self, article: int, at: datetime | None) -> None:
        self._update(article, enrich_at=at)

    def to_enrich(self, now: datetime, limit: int, *, old: bool | None = None) -> list[Article]:
        """Whose page is to be asked for by now; `old`: of those that have been decided, or of the others."""
        due = sa.select(*READ).where(articles.c.enrich_at <= now, _whole)
        if old is not None:
            due = due.where(articles.c.decided_at.is_not(None) if old else articles.c.decided_at.is_(None))
        return self._read(due.order_by(articles.c.enrich_at, articles.c.id).limit(limit))

    def page_due(self, article: int) -> datetime | None:
        asked: datetime | None = self.connection.scalar(
            sa.select(articles.c.enrich_at).where(articles.c.id == article)
        )
        return asked

    def count_as_learnt(self, article: int, sources: Collection[str]) -> None:
        """What these showed of it was there before we started."""
        shown = sightings.c.article == article, sightings.c.source.in_(sources)
        self.connection.execute(sa.update(sightings).where(*shown).values(baseline=True))

    def merge(self, keep: int, drop: int) -> None:
        """Two that are one: what was known of `drop`, and what was sent of it, becomes `keep`'s."""
        merge(self.connection, keep, drop)

    def rename(self, source: str, article: int, guid: str) -> None:
        """A source shows an article under this guid from now on, and under none of those it had there."""
        theirs = sightings.c.source == source, sightings.c.article == article
        first = self.connection.execute(
            sa.select(sightings).where(*theirs).order_by(sightings.c.seen_at)
        ).first()
        if first is None:
            return
        self.connection.execute(sa.delete(sightings).where(*theirs))
        values = {**first._mapping, "guid": indexable(guid), "content_hash": ""}  # noqa: SLF001 - SQLAlchemy's public name for it
        self.connection.execute(self.insert(sightings).values(values).on_conflict_do_nothing())

    def forget_others(self, source: str, article: int, shown: Collection[str]) -> None:
        """What a source showed of an article under other guids than these is new, should it come again."""
        theirs = sightings.c.source == source, sightings.c.article == article
        known = self.connection.scalars(sa.select(sightings.c.guid).where(*theirs)).all()
        if gone := set(known) - {indexable(guid) for guid in shown}:
            again = sa.update(sightings).where(*theirs, sightings.c.guid.in_(gone))
            self.connection.execute(again.values(content_hash=""))

    def get(self, article: int, *, held: bool = False) -> Article | None:
        """`held`: nobody else changes it until the end. It is held before its shares are, as in a mark."""
        row = (HELD if held else ONE).one(self.connection, {"b_article": article})
        return article_from(row) if row is not None else None

    def many(self, ids: Collection[int]) -> dict[int, Article]:
        lots = (self._read(sa.select(*READ).where(articles.c.id.in_(lot))) for lot in in_lots(ids))
        return {article.id: article for lot in lots for article in lot}

    def as_merged(self, ids: Collection[int]) -> dict[int, Article]:
        """By each of these numbers the article that it is now, or has become a part of."""
        found, wanted = {id_: id_ for id_ in ids}, set(ids)
        while wanted:
            merged: dict[int, int] = {}
            for lot in in_lots(wanted):
                rows = sa.select(articles.c.id, articles.c.merged_into).where(articles.c.id.in_(lot), ~_whole)
                merged |= {row.id: row.merged_into for row in self.connection.execute(rows)}
            found = {id_: merged.get(now, now) for id_, now in found.items()}
            wanted = set(merged.values())
        known = self.many(set(found.values()))
        return {id_: known[now] for id_, now in found.items() if now in known}

    def latest(self, limit: int, source: str = "") -> list[Article]:
        """The newest by when we first saw them; editions of our own only by their source's name."""
        rows = sa.select(*READ).where(_whole)
        rows = rows.where(articles.c.source == source if source else ~_edition)
        newest = rows.order_by(articles.c.first_seen_at.desc(), articles.c.id.desc())
        return self._read(newest.limit(limit))

    def recent(self, source: str, since: datetime) -> list[Article]:
        """Those that a source was the first to show since then, as far as they were news; oldest first."""
        rows = sa.select(*READ).where(
            articles.c.first_seen_at >= since, articles.c.source == source, _whole, _news
        )
        return self._read(rows.order_by(articles.c.first_seen_at, articles.c.id))

    def learnt(self, source: str, since: datetime, limit: int) -> list[Article]:
        """Those that a source was the first to show since then as what was there before; oldest first."""
        rows = sa.select(*READ).where(
            articles.c.first_seen_at >= since, articles.c.source == source, _whole, ~_news
        )
        return self._read(rows.order_by(articles.c.first_seen_at, articles.c.id).limit(limit))

    def count_since(self, source: str, since: datetime) -> int:
        """How many a source was the first to show since then, as far as they were news."""
        found = COUNT.one(self.connection, {"b_source": source, "b_since": since})
        return int(found["number"]) if found else 0

    def sources_of(self, article: int) -> dict[str, Sighting]:
        """By source, its first sighting that is not baseline, else its first."""
        found: dict[str, Sighting] = {}
        for row in SHOWN_BY.all(self.connection, {"b_article": article}):
            found.setdefault(row["source"], Sighting(**row))
        return found

    def news_since(self, at: datetime, limit: int | None = None) -> list[Article]:
        """Articles first seen later than that which a source showed as news, the newest first."""
        rows = sa.select(*READ).where(articles.c.first_seen_at > at, _whole, _news)
        newest = rows.order_by(articles.c.first_seen_at.desc(), articles.c.id.desc())
        return self._read(newest.limit(limit))

    def shown_by(self, sources: Collection[str]) -> Iterator[Article]:
        """Every article that one of these sources showed, the baseline too; read as it is gone through."""
        shown = sightings.c.article == articles.c.id, sightings.c.source.in_(sources)
        rows = sa.select(*READ).where(_whole, sa.select(sightings.c.guid).where(*shown).exists())
        read = self.connection.execute(rows.order_by(articles.c.id).execution_options(yield_per=500))
        return map(article_from, read.mappings())

    def awaits(self, now: datetime) -> Awaits:
        """Whether there is anything to enrich, to look at or to decide by now."""
        found = AWAITS.one(self.connection, {"b_now": now}) or {}
        return Awaits(**{name: bool(value) for name, value in found.items()})

    def undecided(self, limit: int) -> list[int]:
        """Their numbers, the oldest first; none that still waits for its page."""
        rows = sa.select(articles.c.id).where(
            articles.c.decided_at.is_(None), _whole, articles.c.enrich_at.is_(None)
        )
        return list(self.connection.scalars(rows.order_by(articles.c.id).limit(limit)))

    def passed_over(self, pairs: Collection[tuple[str, str]], since: datetime) -> dict[int, tuple[str, ...]]:
        """Articles first seen since then, after source and account met, and decided without that account."""
        wanted = frozenset(pairs)
        said = sa.select(decisions.c.id).where(
            decisions.c.article == articles.c.id, decisions.c.account.in_((baselines.c.account, EVERYBODY))
        )
        rows = (
            sa.select(articles.c.id, baselines.c.source, baselines.c.account)
            .join(sightings, sightings.c.article == articles.c.id)
            .join(baselines, baselines.c.source == sightings.c.source)
            .where(articles.c.first_seen_at >= since, articles.c.decided_at.is_not(None), _whole)
            .where(
                sightings.c.baseline.is_(False), baselines.c.at <= articles.c.first_seen_at, ~said.exists()
            )
        )
        found: dict[int, set[str]] = defaultdict(set)
        for row in self.connection.execute(rows.order_by(articles.c.id)):
            if (row.source, row.account) in wanted:
                found[row.id].add(row.account)
        return {article: tuple(sorted(accounts)) for article, accounts in found.items()}

    def decide(self, article: int, said: Sequence[Decision], at: datetime, *, whole: bool = True) -> None:
        """Set `decided_at`; append each decision that differs from the last one of its account.

        Not `whole`: these accounts were decided alone, and what is undecided stays so for the others.
        """
        # First: it holds the row against another worker's.
        if whole:
            DECIDE.run(self.connection, {"b_article": article, "b_at": at})
        else:
            self._update(article, id=article)
        last = {each.account: each for each in self.decisions(article)}
        fresh = [
            {"article": article, "account": d.account, "verdict": d.verdict, "reason": d.reason}
            | {"rule": d.rule, "at": d.at}
            for d in said
            if d.account not in last or _gist(last[d.account]) != _gist(d)
        ]
        SAY.many(self.connection, fresh)

    def decisions(self, article: int) -> list[Decision]:
        """Oldest first."""
        return [Decision(**row) for row in SAID.all(self.connection, {"b_article": article})]

    def count(self, *, baseline: bool | None = None, source: str = "") -> int:
        number = sa.select(sa.func.count()).select_from(articles).where(_whole)
        if baseline is not None:
            number = number.where(~_news if baseline else _news)
        if source:
            number = number.where(articles.c.source == source)
        return int(self.connection.execute(number).scalar_one())

    def unrouted(self, since: datetime) -> int:
        """Articles decided since then, not baseline, that no route took to any account."""
        taken = sa.select(decisions.c.id).where(
            decisions.c.article == articles.c.id, decisions.c.verdict == SHARE
        )
        number = sa.select(sa.func.count()).select_from(articles)
        late = number.where(articles.c.decided_at >= since, _whole, _news, ~taken.exists())
        return int(self.connection.execute(late).scalar_one())

    def _update(self, article: int, **values: object) -> None:
        self.connection.execute(CHANGE, {"b_article": article, **values})

    def _read(self, rows: sa.Select[tuple[object, ...]]) -> list[Article]:
        return [article_from(row) for row in self.connection.execute(rows).mappings()]


def _gist(decision: Decision) -> tuple[str, str, str]:
    return decision.verdict, decision.reason, decision.rule
