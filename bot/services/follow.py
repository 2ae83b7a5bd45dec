"""Sees that what stands goes on saying what the article says: corrections as shares of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.domain.alert import Alert, Event
from bot.domain.article import Article
from bot.domain.delivery import LIVE, WAITING, Delivery, Reason, State, Work
from bot.domain.errors import PlatformError, TemplateError
from bot.domain.following import AGAIN, Followed
from bot.ports.newsroom import Account, Newsroom
from bot.ports.records import NewDelivery
from bot.ports.store import Store, Tx
from bot.services.amend import compose_again, last_said, standing
from bot.services.compose import post_document, reads_as
from bot.services.forbid import forbid
from bot.services.place import place_all
from bot.services.withdraw import carry_through, next_occasion

__all__ = ["Correction", "Survey", "follow", "put_right", "survey"]

log = structlog.get_logger(__name__)

FAULT_WAIT = timedelta(minutes=5)
BATCH = 50


@dataclass(frozen=True, slots=True)
class Correction:
    """A share that says something else than its article now, and how it is put right: "edit", "alert"."""

    original: Delivery
    said: Mapping[str, Any]
    says: Mapping[str, Any]
    way: str
    why: str = ""


@dataclass(slots=True)
class Survey:
    """What became of comparing an article with its shares; `unsettled`: some could not be compared yet."""

    corrections: list[Correction]
    unsettled: bool = False


def follow(store: Store, newsroom: Newsroom, now: datetime) -> int:
    """Compare every article that has come to rest with its shares; how many were looked at."""
    with store.read() as tx:
        due = tx.following.to_check(now, BATCH)
    for followed in due:
        try:
            _follow(store, newsroom, followed, now)
        except Exception:
            # Its turn comes again; the others must not wait for it.
            log.exception("follow.fault", article=followed.article)
            with store.write() as tx:
                tx.following.put(replace(tx.following.get(followed.article), check_at=now + FAULT_WAIT))
    return len(due)


def _follow(store: Store, newsroom: Newsroom, followed: Followed, now: datetime) -> None:
    with store.read() as tx:
        article = tx.articles.get(followed.article)
        rows = tx.outbox.of_article(followed.article)
    found = Survey([])
    if article is not None and article.withdrawn_at is None:
        found = survey(newsroom, article, rows, now)
    with store.write() as tx:
        tx.articles.hold()
        current, latest = tx.following.get(followed.article), tx.articles.get(followed.article)
        if current.check_at is None or current.check_at > now:
            return  # somebody else did it, or it changed once more: compared again then
        if latest is not None and latest.withdrawn_at is not None:
            carry_through(tx, newsroom, latest, current, now)
            return
        forbidden_again = None
        if latest is not None:
            put_right(tx, newsroom, latest, found.corrections, now)
            _, forbidden_again = forbid(tx, latest, tx.outbox.of_article(latest.id), now)
            current = tx.following.get(latest.id)
        told = [each.original for each in found.corrections if each.way == "alert"]
        if not told:
            tx.alerts.close(f"article:{current.article}:updated", now)
        ends = [_window_end(newsroom, row) for row in told]
        again = now + AGAIN if found.unsettled else max(ends, default=None)
        again = min(filter(None, (again, forbidden_again)), default=None)
        tx.following.put(replace(current, since=None, check_at=again))


def survey(
    newsroom: Newsroom, article: Article, rows: Sequence[Delivery], now: datetime, *, ordered: bool = False
) -> Survey:
    """Which shares of an article read otherwise now; writes nothing.

    What waits in the queue is rendered when it goes out, and needs no correction. `ordered`: on a person's
    word, whatever `on_update` and `edit_window` say.
    """
    found = Survey([])
    there = [row for row in standing(rows) if row.state is State.PUBLISHED]
    for row in rows:
        account = newsroom.accounts.get(row.account)
        if account is None or row.work is not Work.POST or row in there:
            continue
        begun = row.state in LIVE and (row.state not in WAITING or row.part)
        if begun and _wanted(account, row, now, ordered=ordered):
            found.unsettled = True
    for original in there:
        account = newsroom.accounts.get(original.account)
        if account is None or not _wanted(account, original, now, ordered=ordered):
            continue
        edits = [row for row in rows if row.work is Work.EDIT and row.of == original.id and row.state in LIVE]
        if any(row.state not in WAITING or row.part for row in edits):
            found.unsettled = True
        elif not edits:
            _compare(newsroom, account, article, original, last_said(original, rows), now, found, ordered)
    return found


def _window_end(newsroom: Newsroom, row: Delivery) -> datetime:
    """When changes do not count any more for a share, and what was told of it is over."""
    return (row.finalized_at or row.created_at) + newsroom.accounts[row.account].options.edit_window


def _wanted(account: Account, row: Delivery, now: datetime, *, ordered: bool) -> bool:
    """Whether the account is corrected, and this share not too old for it."""
    options = account.options
    since = row.finalized_at or row.created_at
    return ordered or (options.on_update != "ignore" and now < since + options.edit_window)


def _compare(
    newsroom: Newsroom,
    account: Account,
    article: Article,
    original: Delivery,
    last: Delivery,
    now: datetime,
    found: Survey,
    ordered: bool,
) -> None:
    said, by_hand = last.post or {}, bool(original.words.text)
    try:
        rendering = compose_again(newsroom, account, article, original, last, now, by_template=by_hand)
    except TemplateError as error:
        found.corrections.append(Correction(original, said, {}, "alert", str(error)))
        return
    except PlatformError:
        found.unsettled = True
        return
    says = post_document(rendering.post, rendering)
    if by_hand and rendering.post.parts == original.words.instead_of:
        return
    if not by_hand and reads_as(says) == reads_as(said):
        return
    way, why = "edit", ""
    if by_hand:
        found.corrections.append(Correction(original, said, says, "alert", "its text was written by hand"))
        return
    if account.options.on_update != "edit" and not ordered:
        way = "alert"
    elif not account.edits:
        way, why = "alert", f"{account.platform} cannot edit"
    elif not all(ref.get("id") for ref in original.refs):
        way, why = "alert", "a person said that it stands there: its number is not known"
    elif len(says["parts"]) != len(original.refs):
        way, why = "alert", f"it takes {len(says['parts'])} posts where {len(original.refs)} stand"
    found.corrections.append(Correction(original, said, says, way, why))


def put_right(
    tx: Tx,
    newsroom: Newsroom,
    article: Article,
    corrections: Sequence[Correction],
    now: datetime,
    *,
    ordered: bool = False,
) -> list[int]:
    """Make the edits and tell of what cannot be edited; the new rows."""
    made = []
    for each in corrections:
        rows = tx.outbox.of_article(article.id)
        original = each.original
        if each.way == "alert" and ordered:
            continue  # who ordered it is told there and then
        if each.way == "alert":
            key = f"article:{article.id}:updated:{original.id}"
            tx.alerts.tell(Alert(Event.UPDATED, key, _told(article, each)), now)
        elif not any(r.work is Work.EDIT and r.of == original.id and r.state in LIVE for r in rows):
            until = None if ordered else _window_end(newsroom, original)
            new = _edit(article, original, next_occasion(Work.EDIT, original.account, rows), until, now)
            id_ = tx.outbox.add(new, now)
            made += [id_] if id_ is not None else []
            log.info("share.to_correct", article=article.id, account=original.account, delivery=id_)
    place_all(tx, newsroom, {each.original.account for each in corrections} & newsroom.accounts.keys(), now)
    return made


def _edit(
    article: Article, original: Delivery, occasion: str, until: datetime | None, now: datetime
) -> NewDelivery:
    return NewDelivery(
        article=article.id,
        account=original.account,
        occasion=occasion,
        source=original.source,
        route=original.route,
        rule="its article changed",
        template=original.template,
        schedule="",
        timing="now",
        urgent=True,
        priority=0,
        published_at=article.age_from(),
        ready_at=now,
        expires_at=until,
        state=State.QUEUED,
        reason=Reason.NONE,
        extra={"of": original.id},
    )


def _told(article: Article, correction: Correction) -> str:
    row = correction.original
    where = row.remote_url or f"share {row.id}"
    why = f" ({correction.why})" if correction.why else ""
    return (
        f"“{article.title[:80]}” changed after it was shared on {row.account}: {where} still says what it "
        f"said{why}: correct it there, or leave it"
    )
