"""Says why an article was shared, delayed or passed over, account by account; it reads, it does not guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.age import is_baseline
from bot.domain.article import Article, Entry
from bot.domain.delivery import Delivery, State
from bot.domain.slots import HORIZON
from bot.ports.newsroom import Newsroom
from bot.ports.records import Attempt, Decision, Sighting, SourceRow
from bot.ports.store import Store, Tx
from bot.services.decide import verdicts
from bot.services.edition import is_edition, where_told
from bot.services.evergreen import why_not
from bot.services.forbid import out
from bot.services.lost import deleted_on
from bot.services.share import find_article
from bot.services.sorting import EVERY_ACCOUNT
from bot.services.waits import waits_for

__all__ = [
    "article_document",
    "attempt_document",
    "delivery_document",
    "explain",
    "explain_unseen",
    "iso",
    "why",
]


def iso(value: datetime | None) -> str | None:
    """A time as scripts read it."""
    return value.isoformat() if value else None


def article_document(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "source": article.source,
        "lang": article.lang,
        "categories": list(article.categories),
        "tags": list(article.tags),
        "published_at": iso(article.published_at),
        "first_seen_at": iso(article.first_seen_at),
        "changed_at": iso(article.changed_at),
        "withdrawn_at": iso(article.withdrawn_at),
    }


def attempt_document(attempt: Attempt) -> dict[str, Any]:
    return {
        "delivery": attempt.delivery,
        "number": attempt.number,
        "part": attempt.part,
        "worker": attempt.worker,
        "started_at": iso(attempt.started_at),
        "committed_at": iso(attempt.committed_at),
        "finished_at": iso(attempt.finished_at),
        "outcome": attempt.outcome,
        "http_status": attempt.http_status,
        "detail": attempt.detail,
        "url": attempt.url,
    }


def explain(store: Store, newsroom: Newsroom, name: str, now: datetime) -> dict[str, Any] | None:
    """`{article, sources, decisions: [{account, verdict, rule, at, attempts: […]}], evergreen, digests}`.

    `evergreen` says for each rule and account whether it may be brought back, `digests` which editions told
    it or will; None if it was never met. `page_at`, while it waits for its page, is when that is asked for;
    `page_trouble` why that could not be read. `skip`, where it is not to be shared (any more): why, and what
    stands all the same. `deleted`, where it is public again: the accounts where nothing stands any more.
    """
    with store.read() as tx:
        article = find_article(tx, name)
        if article is None:
            return None
        rows: dict[str, list[Delivery]] = {}
        shares = tx.outbox.of_article(article.id)
        for row in shares:
            rows.setdefault(row.account, []).append(row)
        latest: dict[str, Decision] = {}
        for decision in tx.articles.decisions(article.id):
            latest[decision.account] = decision
        if every := latest.pop(EVERY_ACCOUNT, None):
            latest = dict.fromkeys(newsroom.accounts_of(article.source), every) | latest
        sources = [
            {"source": source, "seen_at": iso(sighting.seen_at)}
            for source, sighting in tx.articles.sources_of(article.id).items()
        ]
        evergreen = [] if is_edition(article) else why_not(tx, newsroom, article, now)
        digests = [] if is_edition(article) else where_told(tx, newsroom, article, now)
        accounts = list(dict.fromkeys([*latest, *rows]))
        followed, page_at = tx.following.get(article.id), tx.articles.page_due(article.id)
        decisions = [
            _account(tx, account, latest.get(account), rows.get(account, [])) for account in accounts
        ]
        for each in decisions:
            for shown, row in zip(each["deliveries"], rows.get(each["account"], []), strict=True):
                shown["waits_for"] = waits_for(tx, newsroom, row, now)
    document: dict[str, Any] = {
        "article": article_document(article),
        "sources": sources,
        "decisions": decisions,
        "evergreen": evergreen,
        "digests": digests,
    }
    if page_at is not None:
        document["page_at"] = iso(page_at)
    if article.page_trouble:
        document["page_trouble"] = article.page_trouble
    if article.skip and article.withdrawn_at is None:
        document["skip"] = {
            "why": article.skip,
            "standing": [
                {"account": row.account, "delivery": row.id, "at": iso(row.sent_at or row.finalized_at)}
                for row in out(shares)
            ],
        }
    if article.withdrawn_at is None and (gone := deleted_on(shares)):
        document["deleted"] = gone
    if article.withdrawn_at is not None:
        at = iso(article.withdrawn_at)
        document["withdrawn"] = {
            "at": at,
            "by": followed.by,
            "why": followed.why,
            "held": followed.held_at is not None,
        }
    return document


def _account(tx: Tx, account: str, decision: Decision | None, rows: list[Delivery]) -> dict[str, Any]:
    return {
        "account": account,
        "verdict": decision.verdict if decision else "share",
        "reason": str(decision.reason) if decision else "",
        "rule": decision.rule if decision else (rows[0].rule if rows else ""),
        "at": iso(decision.at) if decision else (iso(rows[0].created_at) if rows else None),
        "deliveries": [delivery_document(row) for row in rows],
        "attempts": [attempt_document(a) for row in rows for a in tx.outbox.attempts(row.id)],
    }


def delivery_document(row: Delivery) -> dict[str, Any]:
    """A share as it stands, with the why in words."""
    return {
        "id": row.id,
        "occasion": row.occasion,
        "state": str(row.state),
        "reason": str(row.reason),
        "detail": row.detail,
        "route": row.route,
        "due_at": iso(row.due_at),
        "slot": iso(row.slot),
        "pinned": row.pinned,
        "expires_at": iso(row.expires_at),
        "remote_url": row.remote_url,
        "by_hand": "text" if row.words.text else "template" if row.words.template else "",
        "why": why(row),
    }


WHY: Mapping[State, str] = {
    State.HELD: "held: {reason}",
    State.QUEUED: "goes out at {due}",
    State.SENDING: "is being sent",
    State.AWAITING: "the platform is still processing its media",
    State.UNKNOWN: "sent, and no proof of what became of it",
    State.PUBLISHED: "published",
    State.FAILED: "failed: {reason}",
    State.MISSED: "missed: {reason}",
    State.SKIPPED: "skipped: {reason}",
    State.CANCELLED: "cancelled: {reason}",
}


def why(row: Delivery) -> str:
    """One line a person understands."""
    if row.state is State.QUEUED and row.due_at is None:
        ready = row.ready_at or row.created_at
        if ready - row.created_at <= HORIZON:
            return "waits: no free place before it is too old"
        return f"waits: not before {ready:%Y-%m-%d %H:%M} UTC, and given its place {HORIZON.days} days ahead"
    due = iso(row.due_at) or ""
    line = WHY[row.state].format(reason=str(row.reason) or "by a person", due=due)
    if row.state is State.QUEUED and row.reason:
        line += f" ({row.reason})"
    if row.words.text:
        line += ", its text written by hand"
    elif row.words.template:
        line += f", told by the template {row.words.template} that a person chose"
    return f"{line}: {row.detail}" if row.detail else line


OF_A_LIST = ("title", "summary", "categories", "tags", "authors", "lang", "published_at", "updated_at")
"""What a source says of an article beside its address."""


def explain_unseen(
    store: Store | None,
    newsroom: Newsroom,
    article: Article,
    now: datetime,
    listed: Mapping[str, Entry | str | None],
) -> dict[str, Any]:
    """What is known of an address never met: each source's last poll, and the route it would match.

    Args:
        store: None where there is no database yet.
        newsroom: the sources and routes.
        article: what its page says, or only its address; what a source lists fills in the rest.
        now: when.
        listed: by source, what it lists under the address at this moment, or what kept it from answering.
    """
    rows: Mapping[str, Any] = {}
    if store is not None:
        with store.read() as tx:
            rows = tx.sources.rows()
    sources = []
    for id_ in newsroom.sources:
        row, says = rows.get(id_), listed.get(id_)
        sources.append(
            {
                "source": id_,
                "seen_at": None,
                "listed": None if isinstance(says, str) else says is not None,
                "last_polled_at": iso(row.last_polled_at) if row else None,
                "status": row.last_status if row else None,
                "age_seconds": (now - row.last_polled_at).total_seconds()
                if row and row.last_polled_at
                else None,
                "error": says if isinstance(says, str) else row.last_error if row else "",
                "next_poll_at": iso(row.next_poll_at) if row else None,
            }
        )
    for says in listed.values():
        if isinstance(says, Entry):
            article = replace(
                article, **{name: getattr(article, name) or getattr(says, name) for name in OF_A_LIST}
            )
    would: list[dict[str, Any]] = [
        {
            "source": id_,
            "account": verdict.account,
            "verdict": "share" if verdict.share else "pass",
            "reason": str(verdict.reason),
            "rule": verdict.rule,
            "at": None,
            "attempts": [],
        }
        for id_ in newsroom.sources
        for verdict in verdicts(newsroom, article, _as_if_seen(id_, rows.get(id_), article, now), {}, now)
    ]
    return {"article": article_document(article) | {"id": None}, "sources": sources, "decisions": would}


def _as_if_seen(source: str, row: SourceRow | None, article: Article, now: datetime) -> dict[str, Sighting]:
    """What the source's next poll would store if it showed the article; its first one only learns."""
    seeded_at = row.seeded_at if row else None
    baseline = is_baseline(None, article.published_at, seeded_at, in_first_poll=seeded_at is None)
    return {source: Sighting(source, article.url, 0, article.content_hash, now, baseline)}
