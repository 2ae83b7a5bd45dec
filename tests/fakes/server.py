"""A scriptable HTTP server on loopback: acts, fails, hangs and hangs up as the real ones do."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from bot.domain.errors import Ambiguous, PlatformError, Rejected, Throttled, Unauthorized

__all__ = ["Answer", "FakeServer", "Request", "Stored"]


ENDLESS = b"<p>" + bytes(65_536)
SLOW = 0.7
"""Seconds a slow server takes; shorter than any deadline."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` as bytes goes out as it is, anything else as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Stored:
    """A post that stands on the fake platform; "" and () for what the platform keeps not."""

    id: str
    text: str
    links: tuple[str, ...] = ()
    alts: tuple[str, ...] = ()
    lang: str = ""
    reply_to: str = ""


@dataclass(slots=True)
class Script:
    mode: str | int
    method: str
    path: str
    left: int
    answer: Answer


class FakeServer:
    """Fakes derive from it, say what they are in the class variables, and answer in `respond`.

    Modes for `script`: an HTTP status (answered without acting) or one of
    "hang"       acts, then says nothing until closed
    "drop"       acts, then closes the connection: the client never hears
    "reset"      resets the connection before acting
    "truncated"  acts, then sends half of the answer
    "drip"       acts, then sends a byte every 20 ms for ever
    "endless"    acts, then sends pages without end
    "nonjson"    acts, then answers 200 with a line of text
    "html503"    does not act, and answers 503 with a page
    "slow"       acts only after a while, then answers as always
    "late"       acts only once `released` is set, then answers as always
    """

    kind: ClassVar[str] = ""
    """The platform's kind."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """What may appear in no text of ours."""
    write: ClassVar[tuple[str, str]] = ("POST", "/")
    """Method and path prefix of the one public call."""
    edits: ClassVar[tuple[str, str]] = ("", "")
    """Method and path prefix of the call that edits, where the platform can."""
    deletes: ClassVar[tuple[str, str]] = ("", "")
    """The same of the call that deletes."""
    failures: ClassVar[Mapping[str | int, type[PlatformError]]] = {
        "hang": Ambiguous,
        "drop": Ambiguous,
        "reset": Ambiguous,
        "truncated": Ambiguous,
        "drip": Ambiguous,
        "nonjson": Ambiguous,
        "html503": Ambiguous,
        500: Ambiguous,
        400: Rejected,
        401: Unauthorized,
        403: Rejected,
        422: Rejected,
        429: Throttled,
    }
    """By mode, what the public call must come to."""
    carries: ClassVar[frozenset[str]] = frozenset({"text", "link"})
    """Which of text, link, alts, lang and reply_to the platform keeps of a post with a picture."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.posts: list[Stored] = []
        self.always: dict[str, str] = {}
        """Headers of every answer."""
        self.endless = 200
        """The status of an "endless" answer."""
        self.closing = threading.Event()
        self.released = threading.Event()
        """Lets go what is "late"."""
        self._scripts: list[Script] = []
        self._lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        )
        self._thread.start()

    def respond(self, request: Request) -> Answer:
        """Act on a request. Runs under a lock."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """The `[accounts.<id>]` table of an account on this server."""
        raise NotImplementedError

    def script(
        self,
        mode: str | int,
        *,
        method: str = "",
        path: str = "",
        times: int = 1,
        body: Any = b"",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """From now on the next `times` requests of that method and path prefix fail as `mode` says."""
        answer = Answer(mode if isinstance(mode, int) else 200, body, headers or {})
        self._scripts.append(Script(mode, method, path, times, answer))

    def script_write(self, mode: str | int, **more: Any) -> None:
        """`script` for the public call."""
        self.script(mode, method=self.write[0], path=self.write[1], **more)

    def writes(self) -> list[Request]:
        """The public calls that arrived, answered or not."""
        return [r for r in self.requests if r.method == self.write[0] and r.path.startswith(self.write[1])]

    def stored(self) -> list[Stored]:
        """The posts that stand, oldest first."""
        return list(self.posts)

    def take(self, request: Request) -> tuple[str | int, Answer]:
        """Note a request, act unless a script forbids it; the mode and what to answer."""
        with self._lock:
            self.requests.append(request)
            mode, answer = self._chosen(request)
        if mode == "slow":
            self.closing.wait(SLOW)
        if mode == "late":
            self.released.wait(30)
        with self._lock:
            return mode, self._play(mode, answer, request)

    def _chosen(self, request: Request) -> tuple[str | int, Answer]:
        """What a script has in store for a request."""
        for script in self._scripts:
            if script.left and script.method in ("", request.method) and request.path.startswith(script.path):
                script.left -= 1
                return script.mode, script.answer
        return "ok", Answer()

    def _play(self, mode: str | int, answer: Answer, request: Request) -> Answer:
        """Act unless the mode forbids it; the answer."""
        if isinstance(mode, int) or mode == "reset":
            return answer
        if mode == "html503":
            page = b"<html><body><h1>503 Service Unavailable</h1></body></html>"
            return Answer(503, page, {"Content-Type": "text/html"})
        answer = self.respond(request)
        if mode == "nonjson":
            return Answer(200, b"thanks, got it", {"Content-Type": "text/plain"})
        return answer

    def close(self) -> None:
        self.closing.set()
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self._serve()
        self.wfile.flush()

    def _serve(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # cut off on its way: no server acts on half a request
            self.close_connection = True
            return
        request = Request(
            self.command,
            url.path,
            dict(parse_qsl(url.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            body,
        )
        mode, answer = self.server.fake.take(request)
        if mode in ("hang", "drop", "reset"):
            self._vanish(mode)
        else:
            self._answer(mode, answer)

    def _vanish(self, mode: str | int) -> None:
        if mode == "hang":
            self.server.fake.closing.wait(30)
        if mode == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _answer(self, mode: str | int, answer: Answer) -> None:
        body = answer.encoded()
        self.send_response(self.server.fake.endless if mode == "endless" else answer.status)
        headers = {"Content-Type": "application/json", **self.server.fake.always, **answer.headers}
        headers["Content-Length"] = str(len(body))
        if mode == "drip":
            headers["Content-Length"] = "100000"
        elif mode == "endless":
            headers["Content-Length"] = "100000000000"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if mode == "drip":
            while not self.server.fake.closing.wait(0.02):
                self.wfile.write(b" ")
        elif mode == "endless":
            while not self.server.fake.closing.is_set():
                self.wfile.write(ENDLESS)
        elif self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if mode == "truncated" else body)
        self.close_connection = self.close_connection or mode == "truncated"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the parent's name
        """Quiet."""
