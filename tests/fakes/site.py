"""A small news site on 127.0.0.1 whose every page and feed is scripted by the test."""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from bot.ports.source import Request

__all__ = ["Page", "Site"]

Write = Callable[[bytes], object]


@dataclass(slots=True)
class Page:
    """What a path answers. `stream` writes the body itself until it ends or the client goes."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: bool = False
    stream: Callable[[Write, threading.Event], None] | None = None


class Site:
    """Use as a context manager: `with Site() as site: site.pages["/feed"] = Page(b"...")`."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.live: Callable[[Request], Page | None] | None = None
        """Asked first, for sites that compute their answers; None: the scripted page."""
        self.told: Callable[[Request, bytes], Page] = lambda *_: Page(b"nothing is taken here", 405)
        """What a POST is answered."""
        self.asked: list[Request] = []
        self.most_at_once = 0
        self.closing = threading.Event()
        self._now = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}{path}"

    def feed(self, path: str, body: str | bytes, *, kind: str = "application/rss+xml") -> None:
        """A feed that answers 304 to its own ETag."""
        raw = body.encode() if isinstance(body, str) else body
        self.pages[path] = Page(raw, headers={"Content-Type": kind}, etag=True)

    def redirect(self, path: str, to: str, status: int = 301) -> None:
        self.pages[path] = Page(status=status, headers={"Location": to})

    def slow(self, path: str) -> None:
        """Headers, then nothing until the site closes."""
        self.lingering(path, b"", seconds=20)

    def lingering(self, path: str, body: bytes, *, seconds: float) -> None:
        """Headers, then a while of nothing, then the body."""

        def stream(write: Write, closing: threading.Event) -> None:
            closing.wait(seconds)
            write(body)

        self.pages[path] = Page(stream=stream)

    def endless(self, path: str, *, compressed: bool = False) -> None:
        """A body without end; compressed, one that grows a thousandfold when inflated."""
        headers = {"Content-Encoding": "gzip"} if compressed else {}
        self.pages[path] = Page(headers=headers, stream=_bomb if compressed else _flood)

    def gzipped(self, path: str, body: bytes) -> None:
        self.pages[path] = Page(gzip.compress(body), headers={"Content-Encoding": "gzip"})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._do(None)

            def do_POST(self) -> None:
                self._do(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def _do(self, body: bytes | None) -> None:
                site._enter()
                try:
                    site._answer(self, body)
                except OSError:
                    self.close_connection = True
                finally:
                    site._leave()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
                """Say nothing."""

        return Handler

    def _enter(self) -> None:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)

    def _leave(self) -> None:
        with self._lock:
            self._now -= 1

    def _answer(self, handler: BaseHTTPRequestHandler, posted: bytes | None) -> None:
        asked = Request(handler.path, headers={k.lower(): v for k, v in handler.headers.items()})
        self.asked.append(asked)
        page = self.told(asked, posted) if posted is not None else self.live(asked) if self.live else None
        page = page or self.pages.get(handler.path.partition("?")[0], Page(b"not here", 404))
        headers, status, body = dict(page.headers), page.status, page.body
        if page.etag:
            headers["ETag"] = f'"{sha256(page.body).hexdigest()[:16]}"'
            if handler.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if page.stream is None:
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
            return
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.flush()
        page.stream(handler.wfile.write, self.closing)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is part of the play."""


def _flood(write: Write, closing: threading.Event) -> None:
    while not closing.is_set():
        write(b"x" * 65536)


def _bomb(write: Write, closing: threading.Event) -> None:
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1_000_000)
    while not closing.is_set():
        write(packer.compress(zeros))
