"""The way from a worker to its Postgres: it can be cut without anybody being told, and mended again."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import sqlalchemy as sa

__all__ = ["Wire"]

COMMIT = b"COMMIT"


class Wire:
    """A TCP way to a server's Unix socket. While it is cut nothing passes, and no end is told either."""

    def __init__(self, url: str) -> None:
        parsed = sa.make_url(url)
        self._socket = str(Path(str(parsed.query["host"])) / ".s.PGSQL.5432")
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        self.url = parsed.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
        """The database over this way."""
        self._whole = threading.Event()
        self._whole.set()
        self._armed = False
        self._closed = False
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._whole.clear()

    def cut_at_commit(self) -> None:
        """Cut it when the next transaction is about to be committed, with all that it holds."""
        self._armed = True

    @property
    def is_cut(self) -> bool:
        return not self._whole.is_set()

    def mend(self) -> None:
        """What was held back arrives now, the ends of connections too."""
        self._whole.set()

    def close(self) -> None:
        self._closed = True
        self._whole.set()
        self._listening.close()
        for each in self._ends:
            with suppress(OSError):
                each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        self._whole.wait()
        far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._ends += [near, far]
        try:
            far.connect(self._socket)
        except OSError:
            near.close()
            return
        threading.Thread(target=self._pump, args=(near, far), daemon=True).start()
        threading.Thread(target=self._pump, args=(far, near), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                if self._armed and COMMIT in data:
                    self._armed = False
                    self.cut()
                self._whole.wait()
                other.sendall(data)
        self._whole.wait()
        time.sleep(0.01)  # what the other pump still carries goes first
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
