"""What sites ask of programs in robots.txt (RFC 9309), read once a day and host."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from bot.domain.errors import SourceError
from bot.ports.source import Request, Response

__all__ = ["Robots"]

LASTS = 24 * 3600.0
MAX_BYTES = 500_000
NO_RULES = range(400, 500)
OK = 200

Get = Callable[[Request], Awaitable[Response]]


class Robots:
    """Whether pages may be read that nobody of ours named: those that a source links to."""

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._known: dict[str, tuple[RobotFileParser | None, float]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def check(self, url: str, get: Get) -> None:
        """Pass, or raise.

        Raises:
            SourceError: the site asks programs to stay away from this page (`barred`), or its robots.txt
                cannot be read just now, which counts as the same for the moment.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        async with self._locks.setdefault(origin, asyncio.Lock()):
            rules = await self._rules(origin, get)
        if rules is not None and not rules.can_fetch(self._user_agent, url):
            raise SourceError(f"{origin}{parts.path}: robots.txt asks programs not to read it", barred=True)

    async def _rules(self, origin: str, get: Get) -> RobotFileParser | None:
        now = asyncio.get_running_loop().time()
        known = self._known.get(origin)
        if known is not None and now < known[1]:
            return known[0]
        answer = await get(Request(f"{origin}/robots.txt", max_bytes=MAX_BYTES, truncate=True))
        rules = None
        if answer.status == OK:
            rules = RobotFileParser()
            rules.parse(answer.body.decode("utf-8", "replace").splitlines())
        elif answer.status not in NO_RULES:
            raise SourceError(f"{origin}/robots.txt answers {answer.status}", status=answer.status)
        self._known[origin] = (rules, now + LASTS)
        return rules
