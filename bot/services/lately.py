"""Remembers for a day what a source shows no more: what comes to it then may be that, under another name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.delivery import Work
from bot.ports.records import SourceRow
from bot.ports.source import Cursor, Harvest
from bot.ports.store import Tx
from bot.services.amend import standing

__all__ = [
    "LATELY",
    "gone_lately",
    "has_emptied",
    "has_lost",
    "is_elsewhere",
    "may_have_moved",
    "shared_still",
    "with_gone",
]

KEY = "gone"
"""In what is kept of a source's health: by article since when it is not shown."""
LATELY = timedelta(days=1)
KEPT = timedelta(days=8)
"""Longer than anything can be found missing: it must not begin anew."""
MOST = 200


def may_have_moved(row: SourceRow, harvest: Harvest, now: datetime) -> bool:
    """Whether a poll may show what is known under another name: mostly not, which costs nothing to say."""
    if harvest.listed or harvest.left or harvest.gone or is_elsewhere(row.cursor, harvest.cursor):
        return True
    return bool(harvest.entries and gone_lately(row, now)) or has_emptied(row.cursor, harvest.cursor)


def is_elsewhere(before: Cursor, after: Cursor) -> bool:
    """Whether a source is read at another address, or as another kind, than at its last poll."""
    old, new = _address(before), _address(after)
    return old is not None and old != new


def _address(cursor: Cursor) -> Any:
    return cursor.get("for") or (cursor.get("first") or {}).get("for")


def has_emptied(before: Cursor, after: Cursor) -> bool:
    """Whether a feed has come to show nothing at all."""
    return bool(before.get("items")) and after.get("items") == []


def has_lost(before: Cursor, after: Cursor, edited: int) -> bool:
    """Whether a feed, of which so many items only read otherwise, shows some no more: not but by its end."""
    here = frozenset(after.get("items", ()))
    items: Collection[str] = before.get("items", ())
    last = max((at for at, mark in enumerate(items) if mark in here), default=len(items))
    return sum(mark not in here for at, mark in enumerate(items) if at < last) > edited


def gone_lately(row: SourceRow, now: datetime) -> frozenset[int]:
    """What its source has ceased to show within a day, and not shown since."""
    known: Mapping[str, str] = row.health.get(KEY) or {}
    if not known:
        return frozenset()
    return frozenset(int(id_) for id_, at in known.items() if now - datetime.fromisoformat(at) <= LATELY)


def with_gone(row: SourceRow, lost: Collection[int], there: Collection[int], now: datetime) -> SourceRow:
    """The row after a poll that lacked those which were `lost`, and showed these."""
    before: Mapping[str, str] = row.health.get(KEY) or {}
    after = {id_: at for id_, at in before.items() if now - datetime.fromisoformat(at) <= KEPT}
    after = {str(id_): now.isoformat() for id_ in sorted(lost)} | after
    after = {id_: at for id_, at in after.items() if int(id_) not in there}
    newest = sorted(after, key=lambda id_: after[id_])[-MOST:]
    kept = {id_: after[id_] for id_ in newest}
    return row if kept == before else replace(row, health={**row.health, KEY: kept})


def shared_still(tx: Tx, article: int) -> bool:
    """Whether of an article that was withdrawn some post stays, or a person has withdrawn it.

    Of any other all posts are taken down: under another name it may come out again, and is shared as new.
    Where only some accounts took theirs down, it is not: on the others it would stand twice.
    """
    rows, followed = tx.outbox.of_article(article), tx.following.get(article)
    if followed.held_at or followed.by == "person":
        return True
    going = {row.of for row in rows if row.work is Work.WITHDRAW}
    return any(row.id not in going for row in standing(rows))
