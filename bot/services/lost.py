"""Holds withdrawals where a source loses many articles at once: one alert, and one order to do it or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.alert import Alert, Event
from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State, Work
from bot.domain.errors import UserError
from bot.domain.following import FORGET, Followed
from bot.ports.newsroom import Newsroom
from bot.ports.source import SourceOptions
from bot.ports.store import Store, Tx
from bot.services.amend import standing
from bot.services.place import place_all
from bot.services.withdraw import (
    BACK,
    WITHDRAWALS,
    carry_through,
    close_held,
    foresee_withdrawal,
    republish,
    take_back,
    withdraw,
)

__all__ = [
    "come_back",
    "decide_held",
    "deleted_on",
    "foresee_held",
    "found_again",
    "lose",
    "most_lost",
    "show_again",
    "withdraw_gone",
]

log = structlog.get_logger(__name__)


def lose(
    tx: Tx, newsroom: Newsroom, article: Article, now: datetime, *, by: str, why: str, mishap: bool = False
) -> None:
    """An article is gone: taken back, or held where its source has lost too many, or all, with it."""
    if (mishap and most_lost(newsroom, article.source)) or _is_many(tx, newsroom, article.source, now, 0):
        _hold(tx, newsroom, [article], now, by=by, why=why)
    else:
        take_back(tx, newsroom, article.id, now, by=by, why=why)


def withdraw_gone(store: Store, newsroom: Newsroom, source: str, guids: Iterable[str], now: datetime) -> None:
    """A source says outright that these are not public any more."""
    why = f"source {source} says that it is not public any more"
    single: list[int] = []
    with store.read() as tx:
        lost = {sighting.article for sighting in tx.articles.sightings(source, list(guids)).values()}
        known = tx.articles.many(lost).values()
        if all(each.withdrawn_at and not tx.following.get(each.id).why.endswith(BACK) for each in known):
            return
    with store.write() as tx:
        tx.articles.hold()
        groups: dict[str, list[Article]] = {}
        for article in tx.articles.many(lost).values():
            if article.withdrawn_at is None:
                groups.setdefault(article.source, []).append(article)
            elif (followed := tx.following.get(article.id)).why.endswith(BACK):
                gone_again = replace(followed, why=followed.why.removesuffix(BACK))
                carry_through(tx, newsroom, article, gone_again, now)
        for name, articles in groups.items():
            shared = sum(bool(tx.outbox.of_article(article.id)) for article in articles)
            if shared and (
                _is_many(tx, newsroom, name, now, shared) or _is_all(tx, newsroom, name, articles)
            ):
                _hold(tx, newsroom, articles, now, by="source", why=why)
            else:
                single += [article.id for article in articles]
    for id_ in single:
        withdraw(store, newsroom, id_, now, by="source", why=why)


def show_again(store: Store, newsroom: Newsroom, source: str, guids: Iterable[str], now: datetime) -> None:
    """A source says that these are public again, of which it had said that they are not.

    A withdrawal that is held is none. One that was carried through stays, for what is deleted is not posted
    again by itself; but what still stands may do so, and a person can see how to share it anew.
    """
    shown = list(guids)
    with store.read() as tx:
        lost = {each.article for each in tx.articles.sightings(source, shown).values()}
        if not any(each.withdrawn_at for each in tx.articles.many(lost).values()):
            return
    with store.write() as tx:
        tx.articles.hold()
        seen = tx.articles.sightings(source, shown)
        for article in tx.articles.many({sighting.article for sighting in seen.values()}).values():
            followed = tx.following.get(article.id)
            if article.withdrawn_at is None or followed.by == "person" or followed.why.endswith(BACK):
                continue
            if followed.held_at:
                found_again(tx, newsroom, followed, now)
                log.info("withdrawal.none", article=article.id, source=source)
            else:
                come_back(tx, article, followed, now)


def come_back(tx: Tx, article: Article, followed: Followed, now: datetime) -> None:
    """One that was taken back is public again: what still stands may do so; it is not shared by itself.

    Where something stands, and is not to be deleted, it is followed as before: what was mended in between is
    put right. What waited and was cancelled stays so, and so does what was deleted on another account.
    """
    rows = tx.outbox.of_article(article.id)
    going = {row.of for row in rows if row.work is Work.WITHDRAW}
    if any(row.id not in going for row in standing(rows)):
        republish(tx, article.id, now)
        tx.following.touch(article.id, now)
    else:
        tx.following.put(replace(followed, page_at=None, why=f"{followed.why}{BACK}"))
        tx.alerts.close(f"article:{article.id}", now)
    log.warning("article.back", article=article.id, source=article.source)


def deleted_on(rows: Iterable[Delivery]) -> list[str]:
    """The accounts on which all that was shared of an article has been taken down."""
    kept = list(rows)
    there = {row.account for row in standing(kept)}
    gone = (row.account for row in kept if row.work is Work.WITHDRAW and row.state is State.PUBLISHED)
    return sorted({*gone} - there)


def most_lost(newsroom: Newsroom, source: str) -> int:
    """How many a source must lose within a day for a person to decide (`withdrawals`); 0: nobody is asked."""
    feed = newsroom.sources.get(source)
    return (feed.options if feed else SourceOptions(kind="")).withdrawals


def _is_many(tx: Tx, newsroom: Newsroom, source: str, now: datetime, more: int) -> bool:
    """Whether a source has lost so many within a day that a person must say that it is so.

    While some are held, whatever else is lost is held, too.
    """
    limit = most_lost(newsroom, source)
    if not limit:
        return False
    return bool(tx.following.held(source)) or tx.following.missing(source, now - FORGET) + more >= limit


def _is_all(tx: Tx, newsroom: Newsroom, source: str, lost: Sequence[Article]) -> bool:
    """Whether a folder has lost all that may stand of it, and more than one: it may just be swapped."""
    feed = newsroom.sources.get(source)
    if feed is None or feed.folder is None or not feed.options.withdrawals:
        return False
    ids = {article.id for article in lost}
    standing = set(tx.following.standing(source, len(ids) + 1))
    return len(standing) > 1 and standing <= ids


def _hold(
    tx: Tx, newsroom: Newsroom, articles: Iterable[Article], now: datetime, *, by: str, why: str
) -> None:
    """Nothing of them goes out, and nothing is deleted, until a person has decided."""
    held = list(articles)
    source = held[0].source
    for article in held:
        take_back(tx, newsroom, article.id, now, by=by, why=why, held=True)
        log.warning("withdrawal.held", article=article.id, source=source, by=by, reason=why)
    count = len(tx.following.held(source))
    some = f"{count} articles at once" if count > 1 else "an article"
    text = (
        f"source {source} has lost {some}, such as {held[0].url} ({why}): a mishap, or has the site "
        "moved? Nothing of them goes out or is deleted until you say: "
        f"sharewire sources withdraw {source} takes back all that were lost, keep {source} none"
    )
    tx.alerts.tell(Alert(Event.SOURCE, f"source:{source}{WITHDRAWALS}", text), now)


def found_again(tx: Tx, newsroom: Newsroom, followed: Followed, now: datetime) -> None:
    """The withdrawal of an article, held until now, is none: what waited goes on, and ages as before."""
    article = tx.articles.get(followed.article)
    rows = tx.outbox.of_article(followed.article)
    tx.following.put(replace(Followed(followed.article), looks=followed.looks, check_at=now))
    if article is None or article.id != followed.article:
        return
    tx.articles.withdraw(article.id, None)
    tx.articles.change(replace(article, withdrawn_at=None), undecide=True)
    for row in rows:
        if row.state is State.HELD and row.reason is Reason.WITHDRAWN:
            tx.outbox.move(row.id, State.QUEUED, Reason.NONE, at=now, detail="its article is there after all")
    place_all(tx, newsroom, {row.account for row in rows} & newsroom.accounts.keys(), now)
    close_held(tx, article.source, now)


def foresee_held(store: Store, newsroom: Newsroom, source: str) -> tuple[int, Counter[str]]:
    """How many articles of a source are held so, and what `sources withdraw` would do to their shares.

    Raises:
        UserError: none is.
    """
    with store.read() as tx:
        held = _held(tx, newsroom, source)
        ways = [
            taken.way
            for followed in held
            for taken in foresee_withdrawal(
                newsroom, tx.outbox.of_article(followed.article), delete=followed.delete
            )
        ]
    return len(held), Counter(ways)


def decide_held(
    store: Store, newsroom: Newsroom, source: str, now: datetime, *, withdrawn: bool
) -> tuple[int, Counter[str]]:
    """A person's word on all that a source has lost: how many articles, and what became of their shares.

    One transaction an article: where it is cut short, the order given again does the rest.

    Raises:
        UserError: nothing of the source is held so.
    """
    with store.read() as tx:
        held = [followed.article for followed in _held(tx, newsroom, source)]
    ways: Counter[str] = Counter()
    for id_ in held:
        with store.write() as tx:
            tx.articles.hold()
            followed, article = tx.following.get(id_), tx.articles.get(id_)
            if followed.held_at is None:
                continue  # found again, or decided otherwise, since it was read
            if not withdrawn:
                found_again(tx, newsroom, followed, now)
                continue
            tx.articles.withdraw(id_, now)
            after = replace(followed, held_at=None, page_at=None)
            tx.following.put(after)
            if article is not None and article.id == id_:
                done = carry_through(tx, newsroom, replace(article, withdrawn_at=now), after, now)
                ways.update(taken.way for taken in done)
            close_held(tx, source, now)
    log.warning("withdrawals.decided", source=source, articles=len(held), withdrawn=withdrawn)
    return len(held), ways


def _held(tx: Tx, newsroom: Newsroom, source: str) -> list[Followed]:
    held = tx.following.held(source)
    if not held and source not in newsroom.sources:
        raise UserError(f"there is no [sources.{source}]: choose among {', '.join(sorted(newsroom.sources))}")
    if not held:
        raise UserError(f"no withdrawal of source {source} is held")
    return held
