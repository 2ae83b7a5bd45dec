"""The door of the worker: pushes from CMSs and hubs come in here, and a host can ask whether it is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.domain.errors import SourceError
from bot.domain.signature import Refused
from bot.ports.newsroom import Clock, Newsroom
from bot.ports.store import Store
from bot.services.receive import admit, has_been, remember
from bot.services.websub import authentic, callback_token, verify

__all__ = ["Door"]

log = structlog.get_logger(__name__)

MAX_BYTES = 5_000_000
LATE_AFTER = timedelta(minutes=5)


class TooLarge(Exception):
    """A body over MAX_BYTES."""


@dataclass(frozen=True, slots=True)
class Door:
    """What a request needs of the worker. `take` reads a push in and decides; it raises SourceError."""

    store: Store
    newsroom: Callable[[], Newsroom]
    clock: Clock
    worker: str
    take: Callable[[str, bytes, Mapping[str, str]], Awaitable[int]]
    hurry: Callable[[str], Awaitable[None]]

    def app(self) -> Starlette:
        """The application, without a trace of errors in its answers."""
        return Starlette(
            routes=[
                Route("/healthz", self.health),
                Route("/hooks/{source}", self.hook, methods=["POST"]),
                Route("/websub/{source}/{token}", self.hub, methods=["GET", "POST"]),
            ]
        )

    async def health(self, _: Request) -> Response:
        """200 while the database answers."""
        try:
            overdue = await run_in_threadpool(self._overdue)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is that it is not well
            log.warning("health.fault", detail=type(error).__name__)
            return JSONResponse({"ok": False, "problem": "the database does not answer"}, 503)
        return JSONResponse({"ok": True, "overdue": overdue})

    async def hook(self, request: Request) -> Response:
        """A CMS tells of an article, or that there is news."""
        source = request.path_params["source"]
        feed = self.newsroom().sources.get(source)
        try:
            body = await _body(request)
            message = admit(feed, request.headers, body, self.clock.now()) if feed else None
        except Refused as error:
            log.warning("push.refused", source=source, detail=str(error))
            return PlainTextResponse(f"{error}\n", 401)
        except TooLarge:
            return PlainTextResponse(f"more than {MAX_BYTES:,} bytes\n", 413)
        if feed is None or message is None:
            return PlainTextResponse(f"no source {source!r} takes pushes: set its hook_secret\n"[:200], 404)
        if await run_in_threadpool(has_been, self.store, source, message):
            return JSONResponse({"taken": 0, "seen": True})
        answer = await self._take(source, body, request.headers)
        if answer.status_code == 200:  # noqa: PLR2004 - HTTP OK
            await run_in_threadpool(remember, self.store, source, message, self.worker)
        return answer

    async def hub(self, request: Request) -> Response:
        """A hub verifies our wish, or pushes what we wished for."""
        source, token = request.path_params["source"], request.path_params["token"]
        newsroom = self.newsroom()
        ours = callback_token(newsroom.hooks, source)
        if source not in newsroom.sources or not compare_digest(token.encode(), ours.encode()):
            return PlainTextResponse("not found\n", 404)
        if request.method == "GET":
            query = dict(request.query_params)
            said = await run_in_threadpool(verify, self.store, source, query, self.clock.now())
            return PlainTextResponse("not found\n", 404) if said is None else PlainTextResponse(said)
        try:
            body = await _body(request)
        except TooLarge:
            await self.hurry(source)
            return Response(status_code=202)
        if not authentic(newsroom.hooks, source, request.headers.get("x-hub-signature", ""), body):
            # The specification has us take no notice, and not tell whether we did (WebSub, 8).
            log.warning("push.refused", source=source, detail="the hub's signature is missing or wrong")
            return Response(status_code=202)
        answer = await self._take(source, body, request.headers)
        if answer.status_code >= 400:  # noqa: PLR2004 - what the hub sent is no feed, or we are not ready: ask the feed
            await self.hurry(source)
        return Response(status_code=202)

    async def _take(self, source: str, body: bytes, headers: Mapping[str, str]) -> Response:
        try:
            taken = await self.take(source, body, headers)
        except SourceError as error:
            # A status of its own is that of the feed that was read in the message: it may well be a 200.
            status = 503 if error.status is None else max(error.status, 400)
            return PlainTextResponse(f"{error}\n", status)
        except Exception:
            log.exception("push.fault", source=source)
            return PlainTextResponse("a fault of ours; send it again later\n", 500)
        log.info("source.pushed", source=source, entries=taken)
        return JSONResponse({"taken": taken})

    def _overdue(self) -> int:
        with self.store.read() as tx:
            return tx.outbox.overdue(self.clock.now(), LATE_AFTER)


async def _body(request: Request) -> bytes:
    """The body, counted while it comes.

    Raises:
        TooLarge: there is more of it than MAX_BYTES.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BYTES:
                raise TooLarge
    except ClientDisconnect:
        raise TooLarge from None
    return bytes(body)
