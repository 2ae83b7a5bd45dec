"""Stops what the desk orders in its CMS not to share: what waits is taken back, what stands is told of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.alert import Alert, Event
from bot.domain.article import Article
from bot.domain.delivery import WAITING, Delivery, Reason, State, Work, by_hand
from bot.domain.following import AGAIN, TELL_FOR
from bot.domain.occasion import NEW
from bot.ports.store import Tx
from bot.services.fallback import ORDERS_UNREAD
from bot.services.pages import UNREAD

__all__ = ["UNMARKED", "forbid", "forbidden", "in_spite", "obey", "out"]

UNMARKED = (*WAITING, State.AWAITING)
"""What may be taken back: nothing of it is out, nor about to be."""
BEGUN = (State.SENDING, State.UNKNOWN)
NO_ORDER = ("", UNREAD, ORDERS_UNREAD)
"""What an article's `skip` says where nobody has ordered anything."""
DESK = "desk"
"""`by` of an article as followed, once it is known here that the desk forbids to share it."""


def forbidden(article: Article, row: Delivery) -> bool:
    """Whether the desk forbids a share that no person has ordered, by name or as a retry.

    Of one that was sent before, or in part, it is too late to say so.
    """
    ordered = row.pinned or row.rule.startswith("shared by hand")
    begun = row.part or row.first_committed_at is not None
    return article.skip not in NO_ORDER and row.work is Work.POST and not begun and not ordered


def obey(
    tx: Tx, article: Article, rows: Sequence[Delivery], now: datetime
) -> dict[int, tuple[str, dict[str, object]]]:
    """Do what the desk orders now, or orders no more; what to log of each share that it concerned."""
    stopped, again = forbid(tx, article, rows, now)
    if again is not None:
        followed = tx.following.get(article.id)
        tx.following.put(replace(followed, check_at=min(followed.check_at or again, again)))
    back = _allow(tx, article, rows, now)
    said = [("share.taken_back", row, str(Reason.FILTERED)) for row in stopped]
    said += [("share.given_back", row, "") for row in back]
    return {
        row.id: (event, {"account": row.account, "delivery": row.id, "reason": reason})
        for event, row, reason in said
    }


def forbid(
    tx: Tx, article: Article, rows: Sequence[Delivery], now: datetime
) -> tuple[list[Delivery], datetime | None]:
    """Take back what waits and tell, once, of what stands: to take that back is for a person to say.

    What a person shares in spite of the order stays as it is. An article that nobody forbids, or which was
    withdrawn, is left alone.

    Returns:
        What was taken back; when to look again, for something is just being sent, or was told long enough.
    """
    if article.skip in NO_ORDER or article.withdrawn_at is not None:
        return [], None
    before = tx.following.get(article.id)
    known = before.by == DESK
    stopped = [row for row in rows if _waits(row) and not (known and (row.pinned or by_hand(row)))]
    for row in stopped:
        tx.outbox.move(row.id, State.SKIPPED, Reason.FILTERED, at=now, detail=article.skip)
        tx.alerts.close(f"share:{row.id}", now)
    if not known:
        in_spite(tx, article)
    until = _tell(tx, article, rows, now, known=known)
    begun = any(row.work is Work.POST and row.state in BEGUN for row in rows)
    return stopped, now + AGAIN if begun else until


def in_spite(tx: Tx, article: Article) -> None:
    """The order is known here: what a person shares from now on is shared in spite of it."""
    if article.skip not in NO_ORDER:
        tx.following.put(replace(tx.following.get(article.id), by=DESK, why=article.skip))


def _allow(tx: Tx, article: Article, rows: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """The desk has taken its order back: what it stopped goes on, but for what its routes decide anew."""
    before = tx.following.get(article.id)
    if article.skip or before.by != DESK or article.withdrawn_at is not None:
        return []
    tx.following.put(replace(before, by="", why=""))
    tx.alerts.close(_key(article), now)
    back = [row for row in rows if _was_stopped(row) and not (row.expires_at and row.expires_at <= now)]
    for row in back:
        tx.outbox.move(row.id, State.QUEUED, Reason.NONE, at=now, detail="the desk lets it be shared again")
    return back


def out(rows: Iterable[Delivery]) -> list[Delivery]:
    """The shares of an article that stand somewhere, as far as is known."""
    kept = list(rows)
    gone = {row.of for row in kept if row.work is Work.WITHDRAW and row.state is State.PUBLISHED}
    there = (row for row in kept if row.refs or row.state is State.PUBLISHED)
    return [row for row in there if row.work is Work.POST and row.id not in gone]


def _waits(row: Delivery) -> bool:
    return row.work is Work.POST and row.state in UNMARKED and not row.part


def _was_stopped(row: Delivery) -> bool:
    stopped = row.state is State.SKIPPED and row.reason is Reason.FILTERED and not row.part
    return stopped and (row.occasion != NEW or by_hand(row))


def _tell(
    tx: Tx, article: Article, rows: Sequence[Delivery], now: datetime, *, known: bool
) -> datetime | None:
    """Tell of what stands, and of what came out behind it; when it has been told long enough."""
    key, there = _key(article), out(rows)
    told_at = next((each.at for each in tx.alerts.open() if each.key == key), None) if known else None
    if told_at is not None and told_at + TELL_FOR <= now:
        tx.alerts.close(key, now)
        return None
    if known:
        since = told_at or now - TELL_FOR
        there = [row for row in there if (row.finalized_at or since) > since]
        there = [row for row in there if not row.pinned and not by_hand(row)]
    if there:
        own = key if told_at is None else f"{key}:{there[0].id}"
        tx.alerts.tell(Alert(Event.UPDATED, own, _told(article, there)), now)
    told_at = told_at or (now if there else None)
    return told_at + TELL_FOR if told_at else None


def _key(article: Article) -> str:
    return f"article:{article.id}:skip"


def _told(article: Article, there: Sequence[Delivery]) -> str:
    where = ", ".join(
        f"{row.account} ({', '.join(filter(None, (_time(row), row.remote_url)))})" for row in there
    )
    return (
        f"“{article.title[:80]}” was shared on {where}, and now {article.skip}: "
        f"sharewire withdraw {article.id} --reason … takes its posts back"
    )


def _time(row: Delivery) -> str:
    at = row.sent_at or row.finalized_at
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else ""
