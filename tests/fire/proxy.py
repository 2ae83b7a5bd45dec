"""A proxy on the way to one platform: a real one, that passes requests on or fails them as networks do."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tests.fakes.server import FakeServer
from tests.fire.weather import Weather

__all__ = ["LATE", "Proxy"]

SLOW = 0.7
"""Seconds that a slow way takes: shorter than any deadline."""
LATE = 2.6
"""Seconds after which a late request arrives: its sender has given it up."""
HOPS = ("connection", "content-length", "transfer-encoding", "keep-alive", "host")
PAGE = b"<html><body><h1>Sorry</h1><p>We will be back soon.</p></body></html>"


class Proxy:
    """Stands at the fake's address: whoever asks the fake for it is told the proxy's.

    Faults: "drop" (the answer is lost), "reset" (half of the request goes on, then both ends are reset),
    "truncated" (half of the answer comes), "slow", "late" (it arrives after its sender has given up), and,
    without passing anything on, 429, 500, 503 and "nonjson": a page with 200. To a webhook any 200 is a
    receipt, so that there the request is passed on first.
    """

    def __init__(self, fake: FakeServer, weather: Weather) -> None:
        self.fake, self.weather = fake, weather
        self.upstream = urlsplit(fake.url).netloc
        self.began: float | None = None
        """When the weather set in; fair before."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        fake.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        )
        self._thread.start()

    @property
    def second(self) -> float:
        return time.monotonic() - self.began if self.began is not None else 0.0

    def fault(self, method: str, path: str, body: bytes) -> str | int | None:
        """What becomes of a request."""
        return None if self.began is None else self.weather.meet(self.second, method, path, body)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """The platform's own answer."""
        with closing(HTTPConnection(self.upstream, timeout=30)) as onward:
            onward.request(method, path, body, dict(headers))
            answer = onward.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def half(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Half of a request goes on, and no more of it ever comes."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.upstream}", f"Content-Length: {len(body)}"]
        head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""])
        host, port = self.upstream.split(":")
        sent = head.encode() + body
        with socket.create_connection((host, int(port)), 5) as onward:
            onward.sendall(sent[: len(sent) - max(1, len(body) // 2)])
            _reset(onward)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _reset(connection: socket.socket) -> None:
    """What is closed after this is reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: Proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or was killed, is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # killed while it wrote
            self.close_connection = True
            return
        self._pass(body)
        self.wfile.flush()

    def _pass(self, body: bytes) -> None:
        proxy = self.server.proxy
        fault = proxy.fault(self.command, self.path, body)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOPS}
        if fault in ("slow", "late"):
            time.sleep(SLOW if fault == "slow" else LATE)
        if fault == "reset":
            with suppress(OSError):
                proxy.half(self.command, self.path, headers, body)
            _reset(self.connection)
            self.close_connection = True
            return
        if isinstance(fault, int) or (fault == "nonjson" and proxy.fake.kind != "webhook"):
            self._say(fault if isinstance(fault, int) else 200, [("Content-Type", "text/html")], PAGE)
            return
        try:
            status, said, answer = proxy.ask(self.command, self.path, headers, body)
        except (OSError, HTTPException):
            self.close_connection = True
            return
        if fault == "drop":
            self.close_connection = True
        elif fault == "nonjson":
            self._say(200, [("Content-Type", "text/plain")], b"thanks, got it")
        else:
            self._say(status, said, answer, cut=fault == "truncated")

    def _say(self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOPS:
                self.send_header(name, value)
        if status == 429:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the parent's name
        """Quiet."""
