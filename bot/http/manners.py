"""Manners towards the hosts we ask: not too fast, not while they want to be left alone."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from bot.domain.errors import SourceError
from bot.http.answer import retry_after
from bot.http.guard import host_port
from bot.ports.source import Response

__all__ = ["Manners", "NotingConnector"]

GAP = 0.2
"""Seconds between two requests to one host of the web."""
BUSY = (429, 503)
LONGEST_REST = timedelta(hours=1)
"""The most that one answer keeps us from everything else of its host; its own source heeds all of it."""


class Manners:
    """What is remembered of hosts, by "host:port", as long as the process lives."""

    def __init__(self, gap: float = GAP) -> None:
        self.gap = gap
        self.certificates: dict[str, datetime] = {}
        self._free_at: dict[str, float] = {}
        self._rest_until: dict[str, float] = {}

    async def turn(self, host: str, *, private: bool) -> None:
        """Wait for our turn at a host; a private one is the operator's own and is not spared.

        Raises:
            SourceError: the host asked to be left alone.
        """
        now = asyncio.get_running_loop().time()
        rest = self._rest_until.get(host, 0.0) - now
        if rest > 0:
            raise SourceError(
                f"{host} asked to be left alone for {round(rest)} s more",
                status=BUSY[0],
                wait=timedelta(seconds=rest),
            )
        self._rest_until.pop(host, None)
        if private or not self.gap:
            return
        at = max(now, self._free_at.get(host, 0.0))
        self._free_at[host] = at + self.gap
        await asyncio.sleep(at - now)

    def heed(self, answer: Response) -> None:
        """A host that names a time in a 429 or 503 is left alone until then, whatever source asks."""
        wait = retry_after(answer.headers) if answer.status in BUSY else None
        if wait:
            seconds = min(wait, LONGEST_REST).total_seconds()
            self._rest_until[host_port(answer.url)] = asyncio.get_running_loop().time() + seconds

    def valid_until(self, url: str) -> datetime | None:
        """The end of the certificate that the URL's host showed last, None where none was seen."""
        try:
            return self.certificates.get(host_port(url))
        except ValueError:
            return None


class NotingConnector(aiohttp.TCPConnector):
    """Notes the certificate of each host as a connection to it is handed out."""

    def __init__(self, manners: Manners, **how: Any) -> None:
        super().__init__(**how)
        self._manners = manners

    async def connect(self, req: Any, *args: Any, **how: Any) -> Any:
        connection = await super().connect(req, *args, **how)
        shown = connection.transport and connection.transport.get_extra_info("peercert")
        if shown and shown.get("notAfter"):
            end = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
            self._manners.certificates[host_port(str(req.url))] = end
        return connection
