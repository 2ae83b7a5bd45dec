"""Takes an article back: nothing more of it goes out, and what stands is deleted or told to a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.domain.alert import Alert, Event
from bot.domain.article import Article
from bot.domain.delivery import LIVE, Delivery, Reason, State, Work
from bot.domain.following import AGAIN, FIRST_LOOK, HELD_LOOK, TELL_FOR, Followed
from bot.ports.newsroom import Newsroom
from bot.ports.records import NewDelivery
from bot.ports.store import Store, Tx
from bot.services.edition import standing_with
from bot.services.place import place_all

__all__ = [
    "BACK",
    "WITHDRAWALS",
    "Taken",
    "carry_through",
    "close_held",
    "foresee_withdrawal",
    "next_occasion",
    "republish",
    "take_back",
    "withdraw",
]

log = structlog.get_logger(__name__)

WITHDRAWALS = ":withdrawals"
"""How the key of the alert ends that tells of held withdrawals."""
BACK = "; it is public again, and is shared anew only by: sharewire share ARTICLE --again"
"""How the why of a withdrawal ends that its source has undone: what still stands may do so."""
BEGUN = (State.SENDING, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Taken:
    """What becomes of one share of a withdrawn article: "cancel", "delete", "alert", "leave" or "wait"."""

    delivery: Delivery
    way: str
    why: str = ""


def withdraw(
    store: Store,
    newsroom: Newsroom,
    article: int,
    now: datetime,
    *,
    by: str,
    why: str,
    delete: bool = False,
) -> list[Taken]:
    """Take an article back, once; `delete`: delete what can be deleted, whatever the accounts say."""
    with store.write() as tx:
        tx.articles.hold()
        taken = take_back(tx, newsroom, article, now, by=by, why=why, delete=delete)
    log.warning("article.withdrawn", article=article, by=by, reason=why, shares=len(taken))
    return taken


def take_back(
    tx: Tx,
    newsroom: Newsroom,
    article: int,
    now: datetime,
    *,
    by: str,
    why: str,
    delete: bool = False,
    held: bool = False,
) -> list[Taken]:
    """`withdraw`, in the caller's transaction.

    `held`: nothing is cancelled or deleted before a person says so. Until then nothing of it goes out
    either: what is not public may have been taken down for a reason.
    """
    known = tx.articles.get(article)
    if known is None or (known.withdrawn_at and not delete):
        return []
    before = tx.following.get(article)
    if known.withdrawn_at is None or before.held_at:
        tx.articles.withdraw(article, now)
        known = replace(known, withdrawn_at=now)
    if delete:
        tx.alerts.close(f"article:{article}", now)
    lost = before.missing_at if by == "page" else now if by == "source" else None
    followed = replace(
        before,
        since=None,
        page_at=now + HELD_LOOK if by == "page" else None,
        missing_at=lost if tx.outbox.of_article(article) else None,  # it counts among those lost at once
        by=by,
        why=why,
        delete=delete or before.delete,
        held_at=now if held else None,
    )
    taken = carry_through(tx, newsroom, known, followed, now)
    if before.held_at and not held:
        close_held(tx, known.source, now)
    return taken


def close_held(tx: Tx, source: str, now: datetime) -> None:
    """The alert of a source's held withdrawals is over with the last of them."""
    if not tx.following.held(source):
        tx.alerts.close(f"source:{source}{WITHDRAWALS}", now)


def republish(tx: Tx, article: int, now: datetime) -> None:
    """A person shares it again: it is no more withdrawn."""
    tx.articles.withdraw(article, None)
    tx.following.put(replace(Followed(article), page_at=now + FIRST_LOOK))
    tx.alerts.close(f"article:{article}", now)
    known = tx.articles.get(article)
    if known is not None:
        close_held(tx, known.source, now)


def foresee_withdrawal(newsroom: Newsroom, rows: Sequence[Delivery], *, delete: bool) -> list[Taken]:
    """What a withdrawal would do to each share of an article, in their order; writes nothing."""
    out = []
    for row in rows:
        if row.work is Work.WITHDRAW:
            continue
        if row.state in BEGUN and not (row.work is Work.EDIT and row.state is State.UNKNOWN):
            out.append(Taken(row, "wait", "it is just being sent"))
        elif row.state in LIVE:
            out.append(Taken(row, "cancel"))
    begun = {taken.delivery.id for taken in out if taken.way == "wait"}
    done = {row.of for row in rows if row.work is Work.WITHDRAW}
    out += [
        _way(newsroom, row, delete=delete)
        for row in rows
        if row.work is Work.POST and row.id not in begun | done and (row.refs or row.state is State.PUBLISHED)
    ]
    return out


def _way(newsroom: Newsroom, row: Delivery, *, delete: bool) -> Taken:
    """How what stands of a share is taken back."""
    account = newsroom.accounts.get(row.account)
    if account is None:
        return Taken(row, "alert", "its account is not in the configuration any more")
    if account.options.on_withdrawal == "ignore" and not delete:
        return Taken(row, "leave", 'the account says on_withdrawal = "ignore"')
    if account.options.on_withdrawal == "alert" and not delete:
        return Taken(row, "alert")
    if not account.deletes:
        return Taken(row, "alert", f"{account.platform} cannot delete")
    if not row.refs or not all(ref.get("id") for ref in row.refs):
        return Taken(row, "alert", "a person said that it stands there: its number is not known")
    return Taken(row, "delete")


def carry_through(
    tx: Tx, newsroom: Newsroom, article: Article, followed: Followed, now: datetime
) -> list[Taken]:
    """Do what a withdrawal asks for, as far as it can be done now; the rest when it has come to rest."""
    rows = tx.outbox.of_article(article.id)
    if followed.held_at:
        _keep_back(tx, newsroom, rows, followed, now)
        return []
    for told in ("updated", "skip"):  # what is taken back need not be corrected
        tx.alerts.close(f"article:{article.id}:{told}", now)
    taken = foresee_withdrawal(newsroom, rows, delete=followed.delete)
    told_until = now if followed.why.endswith(BACK) else (article.withdrawn_at or now) + TELL_FOR
    for each in taken:
        row = each.delivery
        if each.way == "cancel":
            end = State.SKIPPED if row.part or row.state is State.UNKNOWN else State.CANCELLED
            tx.outbox.move(row.id, end, Reason.WITHDRAWN, at=now, detail=followed.why)
            tx.alerts.close(f"share:{row.id}", now)
        elif each.way == "delete":
            tx.outbox.add(_deletion(article, row, rows, followed, now), now)
            rows = tx.outbox.of_article(article.id)
        elif each.way == "alert" and now < told_until:
            key = f"article:{article.id}:withdrawn:{row.id}"
            tx.alerts.tell(Alert(Event.WITHDRAWN, key, _told(article, each, followed)), now)
    ways = {each.way for each in taken}
    for edition in standing_with(tx, newsroom, article.id, now) if now < told_until else ():
        where = f" at {edition.remote_url}" if edition.remote_url else ""
        text = (
            f"“{article.title[:80]}” was withdrawn: {followed.why}; the edition of share {edition.id} on "
            f"{edition.account} still tells it{where}: edit it there, or sharewire withdraw "
            f"{edition.article} --reason … takes the whole edition back"
        )
        tx.alerts.tell(Alert(Event.WITHDRAWN, f"article:{article.id}:withdrawn:{edition.id}", text), now)
        ways.add("alert")
    check_at = now + AGAIN if "wait" in ways else told_until if "alert" in ways else None
    if now >= told_until:
        tx.alerts.close(f"article:{article.id}:withdrawn", now)
        check_at = None
    tx.following.put(replace(followed, check_at=check_at))
    place_all(tx, newsroom, {row.account for row in rows} & newsroom.accounts.keys(), now)
    return taken


def _keep_back(
    tx: Tx, newsroom: Newsroom, rows: Sequence[Delivery], followed: Followed, now: datetime
) -> None:
    """What waits keeps no slot while a withdrawal waits for a person; what is under way waits after it."""
    for row in rows:
        if row.state is State.QUEUED and row.work is not Work.WITHDRAW:
            tx.outbox.move(row.id, State.HELD, Reason.WITHDRAWN, at=now, detail=followed.why)
    begun = any(row.state in BEGUN for row in rows)
    tx.following.put(replace(followed, check_at=now + AGAIN if begun else None))
    place_all(tx, newsroom, {row.account for row in rows} & newsroom.accounts.keys(), now)


def _deletion(
    article: Article, row: Delivery, rows: Sequence[Delivery], followed: Followed, now: datetime
) -> NewDelivery:
    """The row that deletes a share's posts: of no route, for a paused route must not keep them standing."""
    return NewDelivery(
        article=article.id,
        account=row.account,
        occasion=next_occasion(Work.WITHDRAW, row.account, rows),
        source=row.source,
        route="",
        rule=f"withdrawn: {followed.why}",
        template=row.template,
        schedule="",
        timing="now",
        urgent=True,
        priority=0,
        published_at=article.age_from(),
        ready_at=now,
        expires_at=None,
        extra={"of": row.id},
    )


def next_occasion(work: Work, account: str, rows: Iterable[Delivery]) -> str:
    """The first of "edit:1", "edit:2" … that the account has not had for this article."""
    used = {row.occasion for row in rows if row.account == account and row.work is work}
    return f"{work}:{next(n for n in range(1, len(used) + 2) if f'{work}:{n}' not in used)}"


def _told(article: Article, taken: Taken, followed: Followed) -> str:
    row = taken.delivery
    where = f" at {row.remote_url}" if row.remote_url else ""
    why = f" ({taken.why})" if taken.why else ""
    cure = "take it down there" if taken.why else f"sharewire withdraw {article.id} --reason … deletes it"
    return (
        f"“{article.title[:80]}” was withdrawn: {followed.why}; share {row.id} on {row.account} "
        f"still stands{where}{why}: {cure}"
    )
