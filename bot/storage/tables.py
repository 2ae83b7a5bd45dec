"""The tables of what is known: sources, articles, decisions, accounts, and the installation's own facts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from bot.domain.delivery import Reason
from bot.storage.schema import count, flag, metadata, partial, words
from bot.storage.types import Id, Json, Utc, Word, Words

__all__ = [
    "accounts",
    "alerts",
    "articles",
    "baselines",
    "blackout_exceptions",
    "blackouts",
    "decisions",
    "facts",
    "fingerprints",
    "followings",
    "pauses",
    "sightings",
    "sources",
    "spending",
    "subscriptions",
    "ticks",
    "tokens",
]

sources = Table(
    "sources",
    metadata,
    Column("id", Words, primary_key=True),
    Column("cursor", Json, nullable=False, server_default="{}"),
    Column("seeded_at", Utc),
    Column("last_polled_at", Utc),
    Column("last_ok_at", Utc),
    Column("last_changed_at", Utc),
    Column("next_poll_at", Utc),
    count("failures"),
    Column("last_status", Integer),
    words("last_error"),
    Column("lease_owner", Words),
    Column("lease_expires_at", Utc),
    Column("asked_at", Utc),
    Column("health", Json, nullable=False, server_default="{}"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("source", Words, primary_key=True),
    words("hub"),
    words("topic"),
    words("callback"),
    words("state"),
    Column("asked_at", Utc),
    Column("expires_at", Utc),
    Column("next_at", Utc),
    count("tries"),
    Column("pushed_at", Utc),
    words("error"),
)

articles = Table(
    "articles",
    metadata,
    Column("id", Id, primary_key=True),
    words("source"),
    words("url"),
    words("canonical_url"),
    words("title"),
    Column("first_seen_at", Utc, nullable=False),
    Column("withdrawn_at", Utc),
    Column("decided_at", Utc),
    Column("enrich_at", Utc),
    Column("merged_into", Id, ForeignKey("articles.id")),
    Column("payload", Json, nullable=False),
)
Index("articles_latest", articles.c.first_seen_at, articles.c.id)
Index("articles_of_source", articles.c.source, articles.c.first_seen_at, articles.c.id)  # recent, count_since
partial(  # undecided
    "articles_undecided",
    articles.c.id,
    where=articles.c.decided_at.is_(None) & articles.c.merged_into.is_(None),
)
partial("articles_to_enrich", articles.c.enrich_at, where=articles.c.enrich_at.is_not(None))  # to_enrich
partial("articles_decided", articles.c.decided_at, where=articles.c.decided_at.is_not(None))  # unrouted

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("kind", Words, primary_key=True),
    Column("scope", Words, primary_key=True),
    Column("value", Words, primary_key=True),
    Column("article", Id, ForeignKey("articles.id"), nullable=False),
)
Index("fingerprints_article", fingerprints.c.article)  # merge

sightings = Table(
    "sightings",
    metadata,
    Column("source", Words, primary_key=True),
    Column("guid", Words, primary_key=True),
    Column("article", Id, ForeignKey("articles.id"), nullable=False),
    words("content_hash"),
    Column("seen_at", Utc, nullable=False),
    Column("baseline", Boolean, nullable=False),
)
Index("sightings_article", sightings.c.article)  # sources_of, merge, whether an article is baseline

baselines = Table(
    "baselines",
    metadata,
    Column("source", Words, primary_key=True),
    Column("account", Words, primary_key=True),
    Column("at", Utc, nullable=False),
)

followings = Table(
    "followings",
    metadata,
    Column("article", Id, ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    Column("check_at", Utc),
    Column("since", Utc),
    Column("page_at", Utc),
    count("looks"),
    Column("missing_at", Utc),
    words("by"),
    words("why"),
    flag("delete"),
    Column("held_at", Utc),
    words("back_to"),
    Column("back_at", Utc),
)
_f = followings.c
partial("followings_to_check", _f.check_at, where=_f.check_at.is_not(None))  # to_check
partial("followings_to_look", _f.page_at, where=_f.page_at.is_not(None))  # to_look
partial("followings_missing", _f.missing_at, where=_f.missing_at.is_not(None))  # missing
partial("followings_held", _f.held_at, where=_f.held_at.is_not(None))  # held

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article", Id, ForeignKey("articles.id"), nullable=False),
    words("account", None),
    words("verdict", None),
    Column("reason", Word(Reason), nullable=False),
    words("rule"),
    Column("at", Utc, nullable=False),
)
Index("decisions_article", decisions.c.article, decisions.c.id)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Words, primary_key=True),
    Column("throttled_until", Utc),
    words("throttle_reason"),
    Column("probe_at", Utc),
    count("probes"),
    Column("identity", Json, nullable=False, server_default="{}"),
    Column("limits", Json, nullable=False, server_default="[]"),
)

pauses = Table(
    "pauses",
    metadata,
    Column("scope", Words, primary_key=True),
    Column("since", Utc, nullable=False),
    Column("until", Utc),
    words("reason"),
    words("by"),
)

blackouts = Table(
    "blackouts",
    metadata,
    Column("name", Words, primary_key=True),
    Column("starts_at", Utc, primary_key=True),
    Column("ends_at", Utc, nullable=False),
)

blackout_exceptions = Table(
    "blackout_exceptions",
    metadata,
    Column("name", Words, primary_key=True),
    Column("route", Words, primary_key=True),
)

tokens = Table(
    "tokens",
    metadata,
    Column("account", Words, primary_key=True),
    Column("name", Words, primary_key=True),
    Column("sealed", sa.LargeBinary, nullable=False),
    Column("saved_at", Utc, nullable=False),
)

spending = Table(
    "spending",
    metadata,
    Column("delivery", Id, primary_key=True, autoincrement=False),
    Column("kind", Words, primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("turn", Integer, primary_key=True, autoincrement=False),
    words("account", None),
    Column("at", Utc, nullable=False),
    Column("micros", sa.BigInteger, nullable=False),
)
Index("spending_account", spending.c.account, spending.c.at)

ticks = Table(
    "ticks",
    metadata,
    Column("job", Words, primary_key=True),
    Column("run_at", Utc, primary_key=True),
    words("worker"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    words("event", None),
    words("key", None),
    words("text"),
    Column("at", Utc, nullable=False),
    Column("told", Json, nullable=False, server_default="[]"),
    count("tries"),
    Column("next_at", Utc),
    Column("closed_at", Utc),
)
partial("one_open_alert", alerts.c.key, where=alerts.c.closed_at.is_(None), unique=True)  # tell, close, open
partial("alerts_unsent", alerts.c.next_at, where=alerts.c.next_at.is_not(None))  # take
partial("alerts_closed", alerts.c.closed_at, where=alerts.c.closed_at.is_not(None))  # prune

facts = Table(
    "facts", metadata, Column("key", Words, primary_key=True), Column("value", sa.JSON, nullable=False)
)
