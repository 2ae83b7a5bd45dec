"""Reads what requests bring: no more of it than fits, no longer than is decent, and not too much at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

__all__ = ["MAX_BYTES", "Bodies", "NoBody"]

MAX_BYTES = 5_000_000
MOST_HELD = 40_000_000
"""Bytes that all requests together may hold: strangers cannot have us hold more."""
PATIENCE = 30.0
"""Seconds that a body gets to come in."""
HEARD_OUT = 4 * MAX_BYTES
"""Of what is too much, so much is still listened to: who is hung up on while sending hears no answer."""


class NoBody(Exception):
    """There is none to be had; the text and the status are for the sender."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


@dataclass(slots=True)
class Bodies:
    """`held` counts the bytes of all the bodies that are being read or worked on."""

    held: int = 0

    @asynccontextmanager
    async def of(self, request: Request, *, keep: bool = True) -> AsyncIterator[bytes]:
        """A request's body, counted while it comes; b"" where it is not to be kept.

        Raises:
            NoBody: it is too large, comes too slowly or not to its end, or too many others are being read.
        """
        chunks: list[bytes] = []
        try:
            yield await self._read(request, chunks, keep=keep)
        finally:
            self.held -= sum(map(len, chunks))

    async def _read(self, request: Request, chunks: list[bytes], *, keep: bool) -> bytes:
        read = 0
        try:
            async with asyncio.timeout(PATIENCE):
                async for chunk in request.stream():
                    read += len(chunk)
                    if read > HEARD_OUT:
                        break
                    if not keep or read > MAX_BYTES:
                        continue
                    if self.held + len(chunk) > MOST_HELD:
                        raise NoBody("too much at once; send it again in a minute", 503)
                    chunks.append(chunk)
                    self.held += len(chunk)
        except TimeoutError:
            raise NoBody("the message did not come in time; send it again", 408) from None
        except ClientDisconnect:
            raise NoBody("the message was cut off; send it again", 400) from None
        if read > MAX_BYTES:
            raise NoBody(f"more than {MAX_BYTES:,} bytes", 413)
        return b"".join(chunks)
