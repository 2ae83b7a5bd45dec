"""The one thread in which the poller's loop has the database read and written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["Desk"]

Told = TypeVar("Told")


class Desk:
    """Calls that wait for the database, one after the other, in the order of their coming.

    More threads would wait for each other: articles are taken in by one at a time, and Python runs one
    thread at a time. Names are looked up in the loop's own pool: neither waits for the other.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")

    async def run(self, fn: Callable[..., Told], *args: object) -> Told:
        """What `fn(*args)` gives; it comes to its end, though whoever asked may have gone."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, fn, *args)

    def close(self) -> None:
        """Begin nothing more; what is under way comes to its end."""
        self._thread.shutdown(wait=False, cancel_futures=True)
