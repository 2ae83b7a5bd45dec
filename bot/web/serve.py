"""Serves the door from the worker's own process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.domain.errors import UserError

__all__ = ["bind", "serve"]

log = structlog.get_logger(__name__)

KEEP_ALIVE = 5
AT_ONCE = 256
"""Lines open at a time; more are told to come again."""
ASK_WITHIN = 10.0
"""Seconds that one who has a line gets to say what it wants."""


class Impatient(H11Protocol):
    """Hangs up on who holds a line and asks for nothing: a few of them would keep everybody else out."""

    _hanging_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()

    def _wait(self) -> None:
        """Waiting goes on while a request's head is not complete, whatever of it dribbles in."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._hanging_up is None:
            self._hanging_up = self.loop.call_later(ASK_WITHIN, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._hanging_up is not None:
            self._hanging_up.cancel()
            self._hanging_up = None


def bind(host: str, port: int, environ: Mapping[str, str]) -> socket.socket:
    """Take the address; PORT, which hosting platforms set, wins, and then every interface is meant.

    Raises:
        UserError: somebody else has it, or it is none of this machine's.
    """
    given = environ.get("PORT", "")
    if given.isdecimal():
        host, port = "0.0.0.0", int(given)  # noqa: S104 - the host's router is the only way in
    try:
        return socket.create_server((host, port))
    except OSError as error:
        key = "PORT" if given.isdecimal() else "web.port"
        raise UserError(f"{key}: cannot listen on {host}:{port}: {error.strerror}: choose another") from None


async def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Until cancelled."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        http=Impatient,
        timeout_keep_alive=KEEP_ALIVE,
        limit_concurrency=AT_ONCE,
        server_header=False,
    )
    host, port = listening.getsockname()[:2]
    log.info("web.ready", host=host, port=port)
    server = uvicorn.Server(config)
    try:
        await server.serve(sockets=[listening])
    finally:
        for each in getattr(server, "servers", ()):
            each.close()
