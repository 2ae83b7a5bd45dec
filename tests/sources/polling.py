"""Polls a connector once, over the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from bot.http.drive import drive
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.source import Harvest, Source

__all__ = ["poll_once"]


class Hosted(Protocol):
    """A site somewhere."""

    @property
    def host(self) -> str: ...


def poll_once(
    connector: Source,
    site: Hosted | None,
    cursor: Mapping[str, Any] | None = None,
    *,
    folder: Path | None = None,
    past: bool = False,
) -> Harvest:
    """One poll as the poller does it, or a page of the past; the cursor goes through JSON, as it is kept."""

    async def once() -> Harvest:
        async with Fetcher("") as fetcher, Offloader() as offload:
            known = json.loads(json.dumps(dict(cursor or {})))
            steps = connector.history(known) if past else connector.poll(known)  # type: ignore[attr-defined]
            private = site.host if site else None
            return await drive(steps, fetcher, private=private, folder=folder, offload=offload)

    return asyncio.run(once())
