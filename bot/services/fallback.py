"""Reads a second source of the same articles while the first does not answer: a feed instead of an API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bot.domain.errors import SourceError
from bot.ports.source import Cursor, Harvest, HistoricalSource, Source, SourceOptions, Steps

__all__ = ["ORDERS_UNREAD", "Either"]

ORDERS_UNREAD = (
    "the site says in each article whether to share it, and cannot be asked: its feed alone is read"
)
"""The order of an article that only the second has shown, where the first's carry orders of the desk."""

AGAIN = 12
"""While the second is read, the first is asked again at once, for it may have been a moment's; then every so
many polls."""
BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Either:
    """Two sources as one. Both give the same guids, so that nothing is met twice.

    The second is for what refuses us or answers something else: not for a site that is down or asks to wait.
    It knows less: no orders, and categories not told from tags. `ordered`: the first's entries are known to
    carry some, though it may never have answered yet.
    """

    first: Source
    second: Source
    ordered: bool = False

    Options: ClassVar[type[SourceOptions]] = SourceOptions

    def poll(self, cursor: Cursor) -> Steps:
        """See Source.

        Raises:
            SourceError: the first's, with the second's where both failed.
        """
        own: Mapping[str, Any] = cursor.get("first") or {}
        since, why = int(cursor.get("failed", 0)), str(cursor.get("why", ""))
        orders, trouble = self.ordered or bool(cursor.get("orders")), None
        if since == 1 or since % AGAIN == 0:
            try:
                harvest: Harvest = yield from self.first.poll(own)
            except SourceError as error:
                if error.status is None or error.wait is not None or error.status in BUSY or error.gone:
                    raise
                trouble, why = error, f"{error}: its feed is read instead"
            else:
                known = {"orders": True} if orders or harvest.orders else {}
                return replace(harvest, cursor={"first": harvest.cursor, **known})
        try:
            harvest = yield from self.second.poll(cursor.get("second") or {})
        except SourceError as error:
            if trouble is None:
                raise
            said, page = f"{trouble}; {error}", trouble.page and error.page
            raise SourceError(said, status=trouble.status, wait=error.wait, page=page) from None
        kept = {"first": own, "second": harvest.cursor, "failed": since + 1, "why": why, "orders": orders}
        entries = harvest.entries
        if orders:
            entries = tuple(replace(entry, skip=entry.skip or ORDERS_UNREAD) for entry in entries)
        return replace(
            harvest,
            entries=entries,
            cursor=kept,
            instead=True,
            notes=harvest.notes if since else (*harvest.notes, why),
            wrong={**harvest.wrong, "instead": why} if since else harvest.wrong,
        )

    def history(self, cursor: Cursor) -> Steps:
        """See HistoricalSource: the second's where the first's first page is refused.

        Raises:
            SourceError: a page could not be read, or neither can tell its past.
        """
        name = str(cursor.get("which", "first"))
        chosen = self.first if name == "first" else self.second
        try:
            if not isinstance(chosen, HistoricalSource):
                raise SourceError("cannot tell its past", status=0)  # noqa: TRY301 - as if it had refused
            page: Harvest = yield from chosen.history(cursor.get("own") or {})
        except SourceError as error:
            if cursor or error.status is None or error.status in BUSY:
                raise
            return (yield from self.history({"which": "second"}))
        return replace(page, cursor={"which": name, "own": page.cursor} if page.cursor else {})
