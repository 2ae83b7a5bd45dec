"""The real clock, and calls that may not take longer than they are given."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

__all__ = ["SystemClock", "call_within"]

T = TypeVar("T")


class SystemClock:
    """This machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def call_within(fn: Callable[[], T], deadline: timedelta) -> T:
    """What `fn` returns or raises, or TimeoutError once `deadline` has passed.

    A library's own time-outs run per read, so that a server which drips a byte a second would hold us for
    ever. The thread of a call that overran is left to die with its socket; its result is not looked at.
    """
    box: list[T] = []
    fault: list[BaseException] = []

    def run() -> None:
        try:
            box.append(fn())
        except BaseException as error:  # noqa: BLE001 - carried over to the caller's thread, not handled
            fault.append(error)

    thread = threading.Thread(target=run, name="call", daemon=True)
    thread.start()
    thread.join(deadline.total_seconds())
    if fault and not isinstance(fault[0], Exception):
        raise RuntimeError(f"{type(fault[0]).__name__} in a call") from fault[0]
    if fault:
        raise fault[0]
    if not box:
        raise TimeoutError(f"no answer within {deadline.total_seconds():g} s")
    return box[0]
