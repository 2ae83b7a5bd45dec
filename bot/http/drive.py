"""Drives a source's generator: fetches what it asks for and sends it the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

from bot.domain.errors import SourceError
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.source import Offload, Request

__all__ = ["drive"]

T = TypeVar("T")


async def drive(
    steps: Generator[Any, Any, T],
    fetcher: Fetcher,
    *,
    private: str | None = None,
    folder: Path | None = None,
    offload: Offloader,
) -> T:
    """Run `steps` to its end and give back what it returns.

    Args:
        steps: yields a Request, a tuple of them (fetched at once) or an Offload.
        fetcher: fetches the requests.
        private: the "host:port" that may be a private address, for `allow_private`.
        folder: the folder that `file:` addresses may lead into, for a source that reads one.
        offload: runs the heavy calls.

    Raises:
        SourceError: one that the generator was thrown and did not take, or its own.
    """
    try:
        wanted = next(steps)
        while True:
            try:
                answer = await _answer(wanted, fetcher, private, folder, offload)
            except SourceError as error:
                wanted = steps.throw(error)
            else:
                wanted = steps.send(answer)
    except StopIteration as end:
        done: T = end.value
        return done
    finally:
        steps.close()


async def _answer(
    wanted: object, fetcher: Fetcher, private: str | None, folder: Path | None, offload: Offloader
) -> Any:
    match wanted:
        case Request():
            return await fetcher.get(wanted, private=private, folder=folder)
        case Offload():
            return await offload.run(wanted.fn, *wanted.args)
        case tuple():
            got = await asyncio.gather(
                *(fetcher.get(each, private=private, folder=folder) for each in wanted),
                return_exceptions=True,
            )
            failed = next((each for each in got if isinstance(each, BaseException)), None)
            if failed is not None:
                raise failed
            return tuple(got)
        case _:
            raise TypeError(f"a source yielded {type(wanted).__name__}, not a Request or an Offload")
