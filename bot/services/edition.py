"""Editions: articles that we make of several; who stands in one is frozen when it is first told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import regex

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.digest import Digest, Member, choose, opens_at, unfit
from bot.domain.identity import Fingerprint
from bot.domain.labels import disclosure
from bot.domain.occasion import EDITION, NEW
from bot.domain.routing import decide
from bot.ports.newsroom import Newsroom
from bot.ports.records import Decision, NewDelivery
from bot.ports.render import Rendering
from bot.ports.store import Store, Tx
from bot.services.decide import excluded
from bot.services.decide import opens_at as shared_from

__all__ = [
    "draft",
    "few_in",
    "fill",
    "freeze",
    "is_edition",
    "items_of",
    "make_edition",
    "standing_with",
    "tells_withdrawn",
    "too_few",
    "where_told",
]

REMEMBERED = timedelta(days=30)
"""An article that stood in an edition of the last so many days stands in no other of that digest."""
SHOWN = 10
"""Past editions that are looked through to say where an article was told."""


def is_edition(article: Article) -> bool:
    return article.source.startswith(EDITION)


def fill(
    tx: Tx, newsroom: Newsroom, article: Article, account: str, now: datetime, row: Delivery | None = None
) -> Article:
    """An edition with the articles that it tells on an account; any other article as it is."""
    digest = _digest_of(newsroom, article)
    if digest is None:
        return article
    run_at = max(article.published_at or now, now) if row is None else article.published_at or now
    return replace(article, items=items_of(tx, newsroom, digest, account, run_at, row))


def few_in(newsroom: Newsroom, article: Article) -> str:
    """Why an edition that was filled is not told; "" where it is, and for any other article."""
    if not is_edition(article):
        return ""
    digest = _digest_of(newsroom, article)
    if digest is None:
        return f"{article.source} is not in the configuration any more"
    return too_few(digest, article.items)


def freeze(store: Store, delivery: Delivery, article: Article, rendering: Rendering, now: datetime) -> None:
    """Keep on the row which articles its first rendering tells: every later try tells the same."""
    if not article.items:
        return
    if "members" in delivery.extra:
        kept: dict[str, Any] = {
            "members": [each.id for each in article.items]
        }  # those withdrawn since are out
        if kept["members"] == delivery.extra["members"]:
            return
    else:
        told = _told_by(article.items, rendering.post.parts)
        kept = {"members": told, "frozen_at": now.isoformat()}
    with store.write() as tx:
        tx.outbox.freeze(delivery.id, delivery.lease_epoch, kept)


def _digest_of(newsroom: Newsroom, article: Article) -> Digest | None:
    return newsroom.digest(article.source.removeprefix(EDITION)) if is_edition(article) else None


def draft(newsroom: Newsroom, digest: Digest, run_at: datetime) -> Article:
    """The edition of a nominal time as an article, stored nowhere yet."""
    return Article(
        id=0,
        source=f"{EDITION}{digest.name}",
        url=digest.link,
        title=digest.title,
        first_seen_at=run_at,
        changed_at=run_at,
        published_at=run_at,
        lang=newsroom.languages[0] if newsroom.languages else "",
    )


def make_edition(tx: Tx, newsroom: Newsroom, digest: Digest, run_at: datetime, now: datetime) -> list[int]:
    """The edition of a nominal time and its rows, in the caller's transaction; none where all is paused."""
    scopes = {pause.scope for pause in tx.accounts.pauses(now)}
    mark = Fingerprint("digest", digest.name, run_at.isoformat())
    if scopes & {"all", f"route:{digest.name}"} or tx.articles.hits([mark]):
        return []
    edition = draft(newsroom, digest, run_at)
    id_ = tx.articles.add(edition, "", None)
    tx.articles.link(id_, [mark])
    made, decisions = [], []
    for account in digest.accounts:
        if account not in newsroom.accounts or f"account:{account}" in scopes:
            continue
        few = too_few(digest, items_of(tx, newsroom, digest, account, run_at))
        new = NewDelivery(
            article=id_,
            account=account,
            occasion=NEW,
            source=edition.source,
            route=digest.name,
            rule=f"digest {digest.name}",
            template=digest.template,
            schedule=newsroom.accounts[account].options.schedule,
            timing="now",
            urgent=False,
            priority=0,
            published_at=run_at,
            ready_at=run_at,
            expires_at=run_at + digest.max_age,
            state=State.SKIPPED if few else State.QUEUED,
            reason=Reason.TOO_FEW if few else Reason.NONE,
            detail=few,
        )
        made.append(tx.outbox.add(new, now))
        verdict, rule = ("pass" if few else "share"), few or new.rule
        decisions.append(Decision(account, verdict, new.reason, rule, now))
    tx.articles.decide(id_, decisions, now)
    return [each for each in made if each is not None]


def items_of(
    tx: Tx,
    newsroom: Newsroom,
    digest: Digest,
    account: str,
    run_at: datetime,
    row: Delivery | None = None,
) -> tuple[Article, ...]:
    """The articles of an account's edition: those frozen on its row, else those that are new to it now.

    What was withdrawn since it was frozen is left out, or forbidden by the desk, and what must bear a label.
    """
    if row is not None and "members" in row.extra:
        frozen = _members(tx, row).values()
        fit = (each for each in frozen if not each.withdrawn_at and not each.skip)
        return tuple(each for each in fit if not _labels(newsroom, each))
    before = tx.outbox.told(account, (digest.name, *digest.was), run_at - REMEMBERED)
    past = [each for each in before if "members" in each.extra and (row is None or each.id != row.id)]
    last = max((datetime.fromisoformat(each.extra["frozen_at"]) for each in past), default=None)
    had = {id_ for each in past for id_ in _members(tx, each)}
    opens = opens_at(digest, run_at, last, _met_at(tx, digest))
    fresh = [each for each in tx.articles.news_since(opens) if each.id not in had]
    found = {member.id: (member, article) for member, article in _fit(tx, newsroom, digest, fresh, run_at)}
    return tuple(found[id_][1] for id_ in choose(digest, [member for member, _ in found.values()]))


def _members(tx: Tx, row: Delivery) -> dict[int, Article]:
    """The articles that an edition tells, in its order, as they are now: each once, by number."""
    told = row.extra.get("members", ())
    now = tx.articles.as_merged(told)
    return {now[id_].id: now[id_] for id_ in told if id_ in now}


def tells_withdrawn(tx: Tx, row: Delivery, parts: Sequence[str] | None = None) -> bool:
    """Whether a frozen edition, or these parts of it, tells an article that has been withdrawn since.

    Of an edition as a whole, of which nothing is out: or one that the desk forbids to share.
    """
    members = list(_members(tx, row).values())
    told = {each.id for each in members} if parts is None else set(_told_by(members, parts))
    said = [article for article in members if article.id in told]
    return any(article.withdrawn_at or (parts is None and article.skip) for article in said)


def standing_with(tx: Tx, newsroom: Newsroom, article: int, now: datetime) -> list[Delivery]:
    """The editions of late that tell an article and are out, as far as they have not been withdrawn."""
    out = []
    for digest in newsroom.digests:
        for account in digest.accounts:
            rows = tx.outbox.told(account, (digest.name, *digest.was), now - REMEMBERED)
            out += [row for row in rows if row.refs and article in _members(tx, row)]
    editions = tx.articles.many({row.article for row in out})
    return [row for row in out if row.article in editions and not editions[row.article].withdrawn_at]


def _met_at(tx: Tx, digest: Digest) -> datetime | None:
    """When the rule was first read, under whatever name."""
    said = (tx.workers.get(f"since:{EDITION}{name}") for name in (digest.name, *digest.was))
    return min((datetime.fromisoformat(at) for at in said if at), default=None)


def too_few(digest: Digest, items: Sequence[Article]) -> str:
    """Why there is no edition of these; "" where there is."""
    if len(items) >= digest.least:
        return ""
    new = f"{len(items)} new article" + ("" if len(items) == 1 else "s")
    return f"{new}, and [[digests]] {digest.name} asks for {digest.least}"


def _told_by(items: Sequence[Article], parts: Sequence[str]) -> list[int]:
    """Which of the articles a post tells: those whose address it prints; all, where it prints none."""
    text = "\n".join(parts)
    told = [each.id for each in items if regex.search(regex.escape(each.url) + r"(?![\w/-])", text)]
    return told or [each.id for each in items]


def where_told(tx: Tx, newsroom: Newsroom, article: Article, now: datetime) -> list[dict[str, str]]:
    """For each digest and account: the edition that told an article, or what becomes of it."""
    out = []
    for digest in newsroom.digests:
        sources = _shown(tx, newsroom, article)
        why = unfit(digest, article, sources, now) if sources else "no source shows it as news"
        why = why or _early(tx, newsroom, article, now)
        if not why and (labels := _labels(newsroom, article)):
            why = f"it must bear the label {labels}, which a list of articles cannot say of one"
        editions = tx.articles.latest(SHOWN, f"{EDITION}{digest.name}")
        for account in digest.accounts:
            told = _told(tx, article, account, editions)
            if not told and not why:
                coming = items_of(tx, newsroom, digest, account, now)
                few = too_few(digest, coming)
                there = article.id in {each.id for each in coming}
                told = (
                    "it stands in the next edition as it looks now"
                    if there
                    else "not new to the next edition"
                )
                told += f"; so far there would be none: {few}" if there and few else ""
            out.append({"digest": digest.name, "account": account, "why": told or f"in no edition: {why}"})
    return out


def _told(tx: Tx, article: Article, account: str, editions: Sequence[Article]) -> str:
    for edition in editions:
        for row in tx.outbox.of_article(edition.id):
            if row.account == account and article.id in row.extra.get("members", ()):
                at = edition.published_at
                return f"in the edition of {at:%Y-%m-%d %H:%M} UTC: share {row.id}, {row.state}"
    return ""


def _fit(
    tx: Tx, newsroom: Newsroom, digest: Digest, articles: Sequence[Article], now: datetime
) -> Iterator[tuple[Member, Article]]:
    for article in articles:
        shown = _shown(tx, newsroom, article)
        if not shown or unfit(digest, article, shown, now) or _labels(newsroom, article):
            continue
        if _early(tx, newsroom, article, now):
            continue
        routes = [v.route for v in decide(article, newsroom.routes, shown) if v.share and v.route]
        priority = max((route.priority for route in routes), default=0)
        yield Member(article.id, priority, article.age_from()), article


def _early(tx: Tx, newsroom: Newsroom, article: Article, now: datetime) -> str:
    """Why it may not be told yet: its own date lies ahead, or its shares are held for that; else ""."""
    opens = shared_from(newsroom, article)
    if opens and opens > now:
        return f"it is not to be shared before {opens:%Y-%m-%d %H:%M} UTC"
    feed = newsroom.sources.get(article.source)
    asks = feed is not None and feed.options.future.beyond == "hold"
    if asks and any(row.reason is Reason.EMBARGO for row in tx.outbox.of_article(article.id)):
        return "its shares are held as embargoed until a person approves them"
    return ""


def _labels(newsroom: Newsroom, article: Article) -> str:
    """The labels that the article must bear, "" for most: an edition would tell it without them."""
    return ", ".join(disclosure(article, newsroom.labels, newsroom.languages).names)


def _shown(tx: Tx, newsroom: Newsroom, article: Article) -> list[str]:
    """The sources that show it as news and do not exclude it."""
    sightings = tx.articles.sources_of(article.id)
    news = [source for source, sighting in sightings.items() if not sighting.baseline]
    return [source for source in news if not excluded(newsroom, source, article)]
