"""Runs a heavy parse in another process that can be killed: with a time-out and a memory limit."""

from __future__ import annotations

import asyncio
import os
import pickle
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from bot.domain.errors import SourceError

__all__ = ["Offloader", "serve"]

FRAME = struct.Struct("!Q")
STARTER = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from bot.http.offload import serve; serve(int(sys.argv[1]), float(sys.argv[2]))"
)


class Offloader:
    """At most `at_once` child processes, started when needed, ended when idle; an async context manager.

    A child is a fresh interpreter that imports nothing but what the call needs.

    Args:
        seconds: what one call may take before its child is killed.
        memory: bytes a child may take beyond what it starts with (where the system can limit it).
        idle: seconds without work after which a child ends by itself and gives its memory back.
        at_once: children at a time.
    """

    def __init__(
        self, *, seconds: float = 10, memory: int = 512_000_000, idle: float = 30, at_once: int = 2
    ) -> None:
        self._seconds = seconds
        self._memory = memory
        self._idle = idle
        self._slots = asyncio.Semaphore(at_once)
        self._free: list[Process] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._free:
            await _end(self._free.pop())

    async def run(self, fn: Callable[..., Any], *args: Any) -> Any:
        """The result of `fn(*args)`, run elsewhere; all three must be picklable.

        Raises:
            SourceError: it raised, took too long, needed too much memory or died.
        """
        call = pickle.dumps((fn, args))
        async with self._slots:
            while self._free:
                child = self._free.pop()
                try:
                    return await self._ask(child, call, fn.__name__)
                except (ConnectionError, asyncio.IncompleteReadError):
                    # It went idle, or died over the call: a new one tells which.
                    continue
            child = await self._start()
            try:
                return await self._ask(child, call, fn.__name__)
            except (ConnectionError, asyncio.IncompleteReadError):
                raise SourceError(f"{fn.__name__}: the process died over it") from None

    async def _start(self) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            STARTER,
            str(self._memory),
            str(self._idle),
            *sys.path,
            stdin=PIPE,
            stdout=PIPE,
        )

    async def _ask(self, child: Process, call: bytes, name: str) -> Any:
        assert child.stdin is not None
        assert child.stdout is not None
        fine = False
        try:
            async with asyncio.timeout(self._seconds):
                child.stdin.write(FRAME.pack(len(call)) + call)
                await child.stdin.drain()
                (size,) = FRAME.unpack(await child.stdout.readexactly(FRAME.size))
                answer = await child.stdout.readexactly(size)
            fine = True
        except TimeoutError:
            raise SourceError(f"{name}: took longer than {self._seconds:g} s") from None
        finally:
            if not fine:
                await asyncio.shield(_end(child))
        self._free.append(child)
        worked, result = pickle.loads(answer)  # noqa: S301 - written by our own child
        if worked:
            return result
        raise SourceError(f"{name}: {result}")


async def _end(child: Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
    # communicate() also closes both pipes.
    await child.communicate()


def serve(memory: int, idle: float) -> None:
    """The child's life: read a call, answer it, until nobody asks for `idle` seconds or the parent ends."""
    import select

    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    source = sys.stdin.buffer
    _limit(memory)
    while select.select([source], [], [], idle)[0]:
        head = source.read(FRAME.size)
        if len(head) < FRAME.size:
            return
        answer = _call(source.read(*FRAME.unpack(head)))
        try:
            out.write(FRAME.pack(len(answer)) + answer)
            out.flush()
        except BrokenPipeError:
            os._exit(0)  # the parent was killed; nobody waits, and what is left to write has nowhere to go


def _call(call: bytes) -> bytes:
    try:
        fn, args = pickle.loads(call)  # noqa: S301 - written by our own parent
        return pickle.dumps((True, fn(*args)))
    except MemoryError:
        return pickle.dumps((False, "needed too much memory"))
    except SourceError as error:
        return pickle.dumps((False, str(error)))
    except Exception as error:  # noqa: BLE001 - whatever a parser raises is told to the parent
        return pickle.dumps((False, f"{type(error).__name__}: {str(error)[:200]}".replace("\n", " ")))


def _limit(memory: int) -> None:
    """Cap the address space at what it is now plus `memory`, where the system knows how."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - not worth importing pathlib
            used = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    except (ImportError, OSError, ValueError):
        return
