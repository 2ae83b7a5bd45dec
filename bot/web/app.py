"""The door of the worker: pushes from CMSs and hubs come in here, and a host can ask whether it is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hmac import compare_digest

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.domain.errors import SourceError
from bot.domain.signature import Refused, is_signed
from bot.ports.newsroom import Clock, Feed, Newsroom
from bot.ports.store import Store
from bot.services.receive import admit, has_been, remember
from bot.services.websub import authentic, callback_token, verify
from bot.web.body import Bodies, NoBody
from bot.web.refusals import Refusals

__all__ = ["Door"]

log = structlog.get_logger(__name__)

LATE_AFTER = timedelta(minutes=5)
TOO_LARGE = 413
LATER = "60"
"""Seconds after which one who came at a bad time may come again."""


@dataclass(frozen=True, slots=True)
class Door:
    """What a request needs of the worker. `take` reads a push in and decides; it raises SourceError."""

    store: Store
    newsroom: Callable[[], Newsroom]
    clock: Clock
    worker: str
    take: Callable[[str, bytes, Mapping[str, str]], Awaitable[int]]
    hurry: Callable[[str], Awaitable[None]]
    bodies: Bodies = field(default_factory=Bodies)
    refusals: Refusals = field(default_factory=Refusals)

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
            # Nothing is held for who cannot prove to be somebody.
            async with self.bodies.of(request, keep=_takes(feed) and is_signed(request.headers)) as body:
                return await self._hooked(source, body, request.headers)
        except NoBody as error:
            return _refusal(error)

    async def _hooked(self, source: str, body: bytes, headers: Mapping[str, str]) -> Response:
        feed = self.newsroom().sources.get(source)
        try:
            message = admit(feed, headers, body, self.clock.now()) if feed else None
        except Refused as error:
            self.refusals.tell(source, str(error))
            return PlainTextResponse(f"{error}\n", 401)
        if feed is None or message is None:
            return PlainTextResponse(f"no source {source!r} takes pushes: set its hook_secret\n"[:200], 404)
        if await run_in_threadpool(has_been, self.store, source, message):
            return JSONResponse({"taken": 0, "seen": True})
        answer = await self._take(source, body, headers)
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
            async with self.bodies.of(request) as body:
                return await self._heard(source, body, request.headers)
        except NoBody as error:
            if error.status != TOO_LARGE:
                return _refusal(error)
            await self.hurry(source)
            return Response(status_code=202)

    async def _heard(self, source: str, body: bytes, headers: Mapping[str, str]) -> Response:
        if not authentic(self.newsroom().hooks, source, headers.get("x-hub-signature", ""), body):
            # The specification has us take no notice, and not tell whether we did (WebSub, 8).
            self.refusals.tell(source, "the hub's signature is missing or wrong")
            return Response(status_code=202)
        answer = await self._take(source, body, headers)
        if answer.status_code >= 400:  # noqa: PLR2004 - what the hub sent is no feed, or we are not ready: ask the feed
            await self.hurry(source)
        return Response(status_code=202)

    async def _take(self, source: str, body: bytes, headers: Mapping[str, str]) -> Response:
        try:
            taken = await self.take(source, body, headers)
        except SourceError as error:
            # A status of its own is that of the feed that was read in the message: it may well be a 200.
            status = 503 if error.status is None else max(error.status, 400)
            later = {"Retry-After": LATER} if status == 503 else None  # noqa: PLR2004 - not ready
            return PlainTextResponse(f"{error}\n", status, later)
        except Exception:
            log.exception("push.fault", source=source)
            return PlainTextResponse("a fault of ours; send it again later\n", 500)
        log.info("source.pushed", source=source, entries=taken)
        return JSONResponse({"taken": taken})

    def _overdue(self) -> int:
        with self.store.read() as tx:
            return tx.outbox.overdue(self.clock.now(), LATE_AFTER)


def _takes(feed: Feed | None) -> bool:
    return feed is not None and bool(feed.options.hook_secret.get_secret_value())


def _refusal(error: NoBody) -> Response:
    """What is said to who sent too much, too slowly or at a bad time; the rest is not waited for."""
    headers = {"Connection": "close"} | ({"Retry-After": LATER} if error.status == 503 else {})  # noqa: PLR2004
    return PlainTextResponse(f"{error}\n", error.status, headers)
