"""Turns at SQLite's one pen: in the order of coming, but for what a share's time has come for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

__all__ = ["Turns"]


class Turns:
    """A lock that is handed over, to the first in line; who is `first` stands before all who are not.

    A plain lock goes to whoever wakes up: fifty polls that end together would keep a share waiting for
    most of them.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken = False
        self._first: deque[Lock] = deque()
        self._rest: deque[Lock] = deque()

    @contextmanager
    def turn(self, *, first: bool) -> Iterator[None]:
        self._wait(self._first if first else self._rest)
        try:
            yield
        finally:
            self._hand_over()

    def _wait(self, line: deque[Lock]) -> None:
        mine = Lock()
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine.acquire()
            line.append(mine)
        try:
            mine.acquire()
        except BaseException:  # Ctrl-C while waiting: a turn that came meanwhile is somebody else's
            with self._guard:
                waiting = mine in line
                if waiting:
                    line.remove(mine)
            if not waiting:
                self._hand_over()
            raise

    def _hand_over(self) -> None:
        with self._guard:
            line = self._first or self._rest
            if line:
                line.popleft().release()
            else:
                self._taken = False
