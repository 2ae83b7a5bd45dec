"""Shares one article on a person's word, be it an address that no source has shown."""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from urllib.parse import urlsplit

import structlog

from bot.domain.article import Article, Entry
from bot.domain.delivery import Reason, State, turn_after
from bot.domain.errors import SourceError, UserError
from bot.domain.following import FIRST_LOOK
from bot.domain.identity import content_hash, fingerprints, normalise_url
from bot.domain.occasion import EDITION
from bot.domain.routing import Route, decide
from bot.domain.tracking import untracked
from bot.domain.wording import Wording
from bot.extract.address import absolute
from bot.ports.newsroom import Newsroom
from bot.ports.records import Decision, NewDelivery, Sighting
from bot.ports.source import Request, Response
from bot.ports.store import Store, Tx
from bot.services.decide import NEW, delivery_for, opens_at
from bot.services.forbid import in_spite
from bot.services.pages import HEAD_BYTES, OF_PAGES, enriched
from bot.services.place import place_all
from bot.services.unread import ask_page
from bot.services.withdraw import republish

__all__ = ["BY_HAND", "Shared", "article_at", "find_article", "share"]

log = structlog.get_logger(__name__)

BY_HAND = "by hand"
"""The source of an article that a person named by its address."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The rows a person's word made; `already` names the accounts that had the article before."""

    deliveries: tuple[int, ...]
    already: tuple[str, ...] = ()


def find_article(tx: Tx, name: str) -> Article | None:
    """The stored article a person means: its number, an address, "latest", or a digest's last edition."""
    if name == "latest" or name.startswith(EDITION):
        return next(iter(tx.articles.latest(1, "" if name == "latest" else name)), None)
    if name.isdecimal():
        return tx.articles.get(int(name))
    marks = fingerprints(BY_HAND, Entry(guid=name, url=name, title=""))
    hits = tx.articles.hits(marks)
    return tx.articles.get(min(hits.values())) if hits else None


def article_at(url: str, now: datetime) -> Generator[Request, Response, Article]:
    """Read the page at an address and make an article of its head; stores nothing.

    Raises:
        SourceError: the page cannot be read, or has no title.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise UserError(f"{url!r} is no address of an article: give it with https://")
    page = yield Request(url, max_bytes=HEAD_BYTES, truncate=True)
    if page.status != 200:  # noqa: PLR2004 - HTTP OK
        raise SourceError(f"{url} answers {page.status}", status=page.status)
    bare = Entry(guid=page.url, url=absolute(page.url, "") or page.url, title="")
    entry = yield from enriched(bare, page, {})
    if not entry.title:
        raise SourceError(f"{url} has no title: is it an article?")
    canonical = normalise_url(entry.canonical_url)
    usable = any(mark.kind == "url" and mark.value == canonical for mark in fingerprints(BY_HAND, entry))
    return Article(
        id=0,
        source=BY_HAND,
        url=entry.canonical_url if usable else untracked(entry.url),
        title=entry.title,
        first_seen_at=now,
        changed_at=now,
        summary=entry.summary,
        tags=entry.tags,
        categories=entry.categories,
        authors=entry.authors,
        image=entry.image,
        lang=entry.lang,
        site_name=entry.site_name,
        published_at=entry.published_at,
        content_hash=content_hash(entry),
    )


def share(
    store: Store,
    newsroom: Newsroom,
    article: Article,
    accounts: Collection[str],
    now: datetime,
    *,
    again: bool = False,
) -> Shared:
    """Share an article on these accounts as soon as they allow; `again` even if they had it before.

    Raises:
        UserError: it was withdrawn, and `again` is not said; or an edition, which is made at its time.
    """
    if article.source.startswith(EDITION):
        raise UserError(f"{article.source} makes its editions by itself, at its own times")
    made, already = [], []
    with store.write() as tx:
        tx.articles.hold()
        id_ = article.id or _stored(tx, article, now)
        known = tx.articles.get(id_)
        if known is not None and known.withdrawn_at is not None:
            if not again:
                raise UserError(f"article {id_} was withdrawn: --again shares it all the same")
            republish(tx, id_, now)
        _complete(tx, newsroom, id_, article, now)
        rows = tx.outbox.of_article(id_)
        for account in accounts:
            had = [row for row in rows if row.account == account]
            if had and not again:
                already.append(account)
                continue
            used = {row.occasion for row in had}
            occasion = next(f"manual:{n}" for n in count(1) if f"manual:{n}" not in used) if had else NEW
            new = _by_hand(newsroom, replace(article, id=id_), account, occasion, now)
            new = replace(new, wording=Wording(turn=turn_after(rows, account)).document())
            delivery = tx.outbox.add(new, now)
            if delivery is not None:
                made.append(delivery)
        said = [
            Decision(a, "share", Reason.PERSON, "shared by hand", now) for a in accounts if a not in already
        ]
        tx.articles.decide(id_, said, now, whole=False)
        tx.following.watch(id_, now + FIRST_LOOK)
        if known is not None:
            in_spite(tx, known)
        place_all(tx, newsroom, accounts, now)
    log.info("share.by_hand", article=id_, deliveries=made, already=already)
    return Shared(tuple(made), tuple(already))


def _complete(tx: Tx, newsroom: Newsroom, id_: int, read: Article, now: datetime) -> None:
    """What its page says: of a mere address it was read, of an old one it will be."""
    stored = tx.articles.get(id_)
    if stored and not stored.title and read.title:
        values = {name: getattr(stored, name) or getattr(read, name) for name in OF_PAGES}
        stored = replace(stored, **values)
        tx.articles.change(stored, undecide=False)
    if stored:
        ask_page(tx, newsroom, stored, now)


def _stored(tx: Tx, article: Article, now: datetime) -> int:
    """The number of the article that stands at this address, which a source may have shown meanwhile."""
    marks = fingerprints(BY_HAND, Entry(guid=article.url, url=article.url, title=article.title))
    hits = tx.articles.hits(marks)
    if hits:
        return min(hits.values())
    id_ = tx.articles.add(article, "", None)
    tx.articles.link(id_, marks)
    tx.articles.sight(Sighting(BY_HAND, article.url, id_, article.content_hash, now, baseline=False))
    return id_


def _by_hand(newsroom: Newsroom, article: Article, account: str, occasion: str, now: datetime) -> NewDelivery:
    """No age, no approval: a person has spoken. Gap, cap, quiet hours and an embargo still hold."""
    said = [v for v in decide(article, newsroom.routes, (article.source,)) if v.account == account]
    route = next((v.route for v in said if v.route), None) or Route("", (), (account,))
    new = delivery_for(newsroom, article, account, route, "shared by hand", now)
    return replace(
        new,
        occasion=occasion,
        timing="now",
        state=State.QUEUED,
        reason=Reason.NONE,
        ready_at=max(now, opens_at(newsroom, article) or now),
        expires_at=None,
    )
