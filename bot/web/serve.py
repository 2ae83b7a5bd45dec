"""Serves the door from the worker's own process."""

from __future__ import annotations

import socket
from collections.abc import Mapping

import structlog
import uvicorn
from starlette.types import ASGIApp

from bot.domain.errors import UserError

__all__ = ["bind", "serve"]

log = structlog.get_logger(__name__)

KEEP_ALIVE = 5
AT_ONCE = 64
"""Requests at a time; more are told to come again."""


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
        timeout_keep_alive=KEEP_ALIVE,
        limit_concurrency=AT_ONCE,
        server_header=False,
    )
    host, port = listening.getsockname()[:2]
    log.info("web.ready", host=host, port=port)
    await uvicorn.Server(config).serve(sockets=[listening])
