"""A requests session that ends by a total deadline, reads no answer without end, and tells what was sent."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from contextvars import ContextVar, Token
from http.client import HTTPException
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.utils import get_auth_from_url
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from bot.http.guard import is_public

__all__ = ["LONGEST_ANSWER", "Adapter", "Call", "Session"]

LONGEST_ANSWER = 5_000_000
"""Bytes, unpacked. A longer answer is not read to its end: of it only the beginning is kept."""
BEGINNING = 20_000
CHUNK = 16_384
"""Small, for a few bytes may unpack to a thousand times as many."""

_READS = ("GET", "HEAD")


class Call:
    """One stretch of network work: whatever connection it opens is cut `seconds` after it began.

    A read time-out counts from the last byte, so a server that drips one now and then would hold us for
    ever; here the sockets are shut down at the deadline, and the reader sees the connection end.

    Args:
        seconds: from entering the context until the cut.
        public_only: refuse to talk to an address that is not public, before a byte is sent.
    """

    def __init__(self, seconds: float, *, public_only: bool = False) -> None:
        self.public_only = public_only
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._token: Token[Call | None] | None = None
        self.fired = False

    def __enter__(self) -> Self:
        self._token = _call.set(self)
        self._timer.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        assert self._token is not None
        _call.reset(self._token)
        self._timer.cancel()
        for sock in self._sockets:
            sock.close()
        # without an error, too: a body that ends with its connection looked complete
        if self.fired and (error is None or isinstance(error, requests.RequestException)):
            raise requests.ReadTimeout("the answer took longer than the deadline allows") from error

    def opened(self, connection: HTTPConnection, sock: socket.socket) -> None:
        """Take note of a fresh socket. Raises NewConnectionError if it may not be used."""
        with self._lock:
            if self.fired:
                raise NewConnectionError(connection, "the deadline passed before anything was sent")
            if self.public_only and not is_public(sock.getpeername()[0]):
                raise NewConnectionError(connection, "not a public address")
            self._sockets.append(sock.dup())  # TLS takes the socket object over; a duplicate still cuts it

    def _cut(self) -> None:
        with self._lock:
            self.fired = True
            for sock in self._sockets:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


_call: ContextVar[Call | None] = ContextVar("call", default=None)


class _Connecting(HTTPConnection):
    """Whatever fails before the connection stands is a NewConnectionError: nothing was sent."""

    def _new_conn(self) -> socket.socket:
        call = _call.get()
        sock = self._to_public() if call is not None and call.public_only else super()._new_conn()
        if call is not None:
            try:
                call.opened(self, sock)
            except NewConnectionError:
                sock.close()
                raise
        return sock

    def _to_public(self) -> socket.socket:
        """Connected to a public address of the host's; its name is asked once, so that it cannot change."""
        name = self._dns_host
        try:
            found = socket.getaddrinfo(name.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, f"no such host: {error}") from error
        addresses = [str(address[0]) for *_, address in found if is_public(str(address[0]))]
        if not addresses:
            raise NewConnectionError(self, "not a public address")
        refused: Exception | None = None
        for address in dict.fromkeys(addresses):
            self._dns_host = address
            try:
                return super()._new_conn()
            except (NewConnectionError, ConnectTimeoutError) as error:
                refused = error
            finally:
                self._dns_host = name
        assert refused is not None
        raise refused

    def connect(self) -> None:
        try:
            super().connect()
        except ConnectTimeoutError:
            raise
        except (OSError, HTTPError, HTTPException) as error:
            raise NewConnectionError(self, str(error)) from error


class _Plain(HTTPConnectionPool):
    ConnectionCls = _Connecting


class _SecureConnecting(_Connecting, HTTPSConnection):
    pass


class _Secure(HTTPSConnectionPool):
    ConnectionCls = _SecureConnecting


class Adapter(HTTPAdapter):
    """Connections that a `Call` may cut, no second try, and answers that end.

    Args:
        timeout: seconds to connect, and seconds without a byte, where the session names none.
    """

    def __init__(self, timeout: tuple[float, float]) -> None:
        self._timeout = timeout
        super().__init__(max_retries=0)

    def send(  # type: ignore[override] # the rest is handed on as it came
        self, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, **kwargs: Any
    ) -> requests.Response:
        response = super().send(request, stream, self._timeout if timeout is None else timeout, **kwargs)
        if not stream or response.is_redirect:  # whoever follows a redirect reads its body first
            _read(response)
        return response

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Plain, "https": _Secure}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        if "SOCKS" not in type(manager).__name__:
            manager.pool_classes_by_scheme = {"http": _Plain, "https": _Secure}
        return manager


def _read(response: requests.Response) -> None:
    """Read an answer, as requests would do later, but not without end."""
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > LONGEST_ANSWER:
            del body[BEGINNING:]
            response.close()
            break
    response._content = bytes(body)  # noqa: SLF001 # it has no other way in
    response._content_consumed = True  # type: ignore[attr-defined] # noqa: SLF001


class _OwnAuth(AuthBase):
    """Only what the request itself says: a stray ~/.netrc must not replace an Authorization header."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        user, password = get_auth_from_url(request.url or "")
        if user or password:
            HTTPBasicAuth(user, password)(request)
        return request


class Session(requests.Session):
    """One publication's connection: no retries, no redirects on writes, a time-out and a total deadline.

    Args:
        user_agent: how we introduce ourselves.
        timeout: seconds to connect, and seconds without a byte.
        total: seconds one call may take in all.
    """

    def __init__(self, user_agent: str, timeout: tuple[float, float], total: float) -> None:
        super().__init__()
        self.headers["User-Agent"] = user_agent
        self.auth = _OwnAuth()
        self.total = total
        for scheme in ("http://", "https://"):
            self.mount(scheme, Adapter(timeout))
        logging.getLogger("urllib3").setLevel(logging.INFO)  # its DEBUG prints paths, and some are secrets

    def request(  # type: ignore[override] # the rest is handed on as it came
        self, method: str, url: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if method.upper() not in _READS:
            kwargs["allow_redirects"] = False
        return super().request(method, url, *args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if _call.get() is not None:  # a redirect, or a longer stretch somebody else measures
            return super().send(request, **kwargs)
        with Call(self.total):
            return super().send(request, **kwargs)
