"""Tells of refused messages without letting strangers fill the log: a line at once, then one a minute."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog

__all__ = ["Refusals"]

log = structlog.get_logger(__name__)

MINUTE = 60.0


@dataclass(slots=True)
class Refusals:
    """By source, how many were refused since its last line, and why the last one was."""

    since: dict[str, tuple[int, str]] = field(default_factory=dict)

    def tell(self, source: str, detail: str) -> None:
        """One more, of a source that there is."""
        if source in self.since:
            self.since[source] = (self.since[source][0] + 1, detail)
            return
        self._say(source, detail, 1)

    def _say(self, source: str, detail: str, times: int) -> None:
        log.warning("push.refused", source=source, detail=detail, times=times)
        self.since[source] = (0, "")
        asyncio.get_running_loop().call_later(MINUTE, self._over, source)

    def _over(self, source: str) -> None:
        times, detail = self.since.pop(source)
        if times:
            self._say(source, detail, times)
