"""Heavy calls in another process: results, errors, time-outs, memory and the end of an idle child."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.errors import SourceError
from bot.http.offload import Offloader


def double(value: int) -> int:
    return value * 2


def whose() -> int:
    return os.getpid()


def chatter() -> str:
    sys.stdout.write("a library that prints")
    sys.stdout.flush()
    return "still framed"


def explode(message: str) -> None:
    raise ValueError(message)


def refuse() -> None:
    raise SourceError("not a feed")


def swallow() -> int:
    return len(bytearray(2_000_000_000))


def hang() -> None:
    time.sleep(60)


def die() -> None:
    os._exit(3)


def run(*calls: tuple[Callable[..., Any], tuple[Any, ...]], **options: Any) -> list[Any]:
    """What each call came to, one after the other: its result, or the text of its SourceError."""

    async def told(offload: Offloader, fn: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        try:
            return await offload.run(fn, *args)
        except SourceError as error:
            return str(error)

    async def all_of_them() -> list[Any]:
        async with Offloader(**options) as offload:
            return [await told(offload, fn, args) for fn, args in calls]

    return asyncio.run(all_of_them())


def test_a_call_runs_in_another_process_and_gives_its_result_back() -> None:
    ours = os.getpid()
    pid, result = run((whose, ()), (double, (21,)))
    assert pid != ours
    assert result == 42


def test_an_idle_child_is_used_again() -> None:
    first, second = run((whose, ()), (whose, ()))
    assert first == second


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ((explode, ("bad\nfeed",)), "explode: ValueError: bad feed"),
        ((refuse, ()), "refuse: not a feed"),
        ((swallow, ()), "swallow: needed too much memory"),
        ((die, ()), "die: the process died over it"),
    ],
)
def test_a_call_that_fails_is_a_source_error_and_the_next_one_runs(call: Any, expected: str) -> None:
    assert run(call, (double, (1,))) == [expected, 2]


def test_a_hung_call_is_killed_and_does_not_block_the_next() -> None:
    assert run((double, (1,)), (hang, ()), (double, (2,)), seconds=4.0) == [
        2,
        "hang: took longer than 4 s",
        4,
    ]


def test_a_library_that_prints_does_not_garble_the_answer() -> None:
    assert run((chatter, ())) == ["still framed"]


def test_an_idle_child_ends_and_a_new_one_takes_its_place() -> None:
    async def twice() -> tuple[int, int]:
        async with Offloader(idle=0.01) as offload:
            first: int = await offload.run(whose)
            await asyncio.sleep(0.15)
            return first, await offload.run(whose)

    first, second = asyncio.run(twice())
    assert first != second


def test_no_more_children_than_two_run_at_once() -> None:
    async def six() -> set[int]:
        async with Offloader() as offload:
            return set(await asyncio.gather(*(offload.run(whose) for _ in range(6))))

    assert len(asyncio.run(six())) <= 2
