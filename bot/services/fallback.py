"""Reads a second source of the same articles while the first does not answer: a feed instead of an API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bot.domain.errors import SourceError
from bot.ports.source import Cursor, Harvest, HistoricalSource, Source, SourceOptions, Steps

__all__ = ["Either"]

AGAIN = 12
"""While the second is read, the first is asked again at once, for it may have been a moment's; then every so
many polls."""
BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Either:
    """Two sources as one. Both give the same guids, so that nothing is met twice.

    The second is for what refuses us or answers something else: not for a site that is down or asks to wait.
    """

    first: Source
    second: Source

    Options: ClassVar[type[SourceOptions]] = SourceOptions

    def poll(self, cursor: Cursor) -> Steps:
        """See Source.

        Raises:
            SourceError: the first's, with the second's where both failed.
        """
        own: Mapping[str, Any] = cursor.get("first") or {}
        since, why = int(cursor.get("failed", 0)), str(cursor.get("why", ""))
        trouble: SourceError | None = None
        if since == 1 or since % AGAIN == 0:
            try:
                harvest: Harvest = yield from self.first.poll(own)
            except SourceError as error:
                if error.status is None or error.wait is not None or error.status in BUSY or error.gone:
                    raise
                trouble, why = error, f"{error}: its feed is read instead"
            else:
                return replace(harvest, cursor={"first": harvest.cursor})
        try:
            harvest = yield from self.second.poll(cursor.get("second") or {})
        except SourceError as error:
            if trouble is None:
                raise
            raise SourceError(f"{trouble}; {error}", status=trouble.status, wait=error.wait) from None
        return replace(
            harvest,
            cursor={"first": own, "second": harvest.cursor, "failed": since + 1, "why": why},
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
