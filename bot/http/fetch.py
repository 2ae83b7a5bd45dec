"""Fetches articles, pages and images: politely, within caps, and past the guard only."""

from __future__ import annotations

import asyncio
import re
import ssl
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit
from weakref import WeakValueDictionary

import aiohttp
from yarl import URL

from bot import __version__
from bot.domain.errors import SourceError
from bot.http.cookies import Cookies
from bot.http.files import is_file, read_file
from bot.http.guard import SOURCES, check_url, host_port, shown, socket_factory
from bot.http.manners import Manners, NotingConnector
from bot.http.robots import Robots
from bot.ports.source import Request, Response

__all__ = ["Fetcher"]

PERMANENT = frozenset({301, 308})
REDIRECTS = PERMANENT | {302, 303, 307}
MAX_HOPS = 5
CHUNK = 65536
HEADER_BYTES = 32_768
"""Some sites answer with more than aiohttp's 8 kB in one header (policies, cookies)."""
UNPACKED = {"Accept-Encoding": "identity"}
UNREADABLE = re.compile(r"Can not decode content-encoding: (?:\w+ \()?([\w-]+)")
"""What aiohttp says of a body that is not packed as its header says, or in a way that nobody asked for."""
SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key"})


class Fetcher:
    """One client for all sources; an async context manager.

    Args:
        contact: where a site's operator can reach ours (a URL or an e-mail), part of the User-Agent.
        timeout: seconds for one request, its redirects included.
        connect: seconds for name, connection and TLS together.
        per_host: requests to one host at a time.
        at_once: requests in all at a time.
    """

    def __init__(
        self,
        contact: str,
        *,
        timeout: float = 30,
        connect: float = 10,
        per_host: int = 2,
        at_once: int = 64,
    ) -> None:
        self.user_agent = f"Sharewire/{__version__} (+{contact})" if contact else f"Sharewire/{__version__}"
        self._timeout = timeout
        self._connect = connect
        self._per_host = per_host
        self._all = asyncio.Semaphore(at_once)
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self.manners = Manners()
        self._robots = Robots(self.user_agent)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def get(
        self, request: Request, *, private: str | None = None, folder: Path | None = None
    ) -> Response:
        """Fetch, following redirects; any status is an answer.

        Args:
            request: what to fetch.
            private: the one "host:port" (or URL) that may be a private address.
            folder: the one folder that `file:` addresses may lead into; no redirect ever leads there.

        Raises:
            SourceError: no answer, too much of it, a bad redirect, a forbidden address; one line, no secret.
        """
        if is_file(request.url):
            return await asyncio.to_thread(read_file, request, folder)
        if request.robots and not private:  # a private host is the operator's own
            await self._robots.check(request.url, self.get)
        try:
            async with asyncio.timeout(None) as limit:
                answer = await self._follow(request, _opened(private), limit)
                self.manners.heed(answer)
                return answer
        except TimeoutError:
            raise SourceError(f"{shown(request.url)}: no answer within {self._timeout:g} s") from None
        except aiohttp.ClientError as error:
            raise SourceError(f"{shown(request.url)}: {_reason(error)}") from None
        except (ValueError, OSError) as error:
            raise SourceError(f"{shown(request.url)}: {type(error).__name__} while fetching") from None

    def valid_until(self, url: str) -> datetime | None:
        """The end of the certificate that the URL's host showed last, None where none was seen."""
        return self.manners.valid_until(url)

    async def _follow(self, request: Request, private: str, limit: asyncio.Timeout) -> Response:
        url, moved, permanent = request.url, False, True
        headers = {"User-Agent": self.user_agent, **request.headers}
        seen: set[tuple[str, str]] = set()
        cookies = Cookies()
        left = self._timeout
        while True:
            check_url(url)
            brought = cookies.header(url)
            if (url, brought) in seen:
                raise SourceError(f"{shown(request.url)}: redirects in a circle")
            if len(seen) > MAX_HOPS:
                raise SourceError(f"{shown(request.url)}: more than {MAX_HOPS} redirects")
            seen.add((url, brought))
            loop = asyncio.get_running_loop()
            host = host_port(url)
            ours = bool(private) and host == private
            await self.manners.turn(host, private=ours)
            async with self._host(host), self._all:
                began = loop.time()
                limit.reschedule(began + left)
                asked = headers | {"Cookie": brought} if brought else headers
                answer = await self._once(url, asked, request, cookies, private=ours)
                left -= loop.time() - began
                limit.reschedule(None)
            location = answer.headers.get("location", "")
            if answer.status not in REDIRECTS or not location or request.form is not None:
                break
            permanent = permanent and answer.status in PERMANENT
            moved = True
            url, headers = _next(url, location, headers)
        keeps = moved and permanent and "@" not in urlsplit(request.url).netloc
        return Response(
            _bare(url), answer.status, answer.headers, answer.body, moved_to=_bare(url) if keeps else ""
        )

    async def _once(
        self, url: str, headers: dict[str, str], request: Request, cookies: Cookies, *, private: bool
    ) -> Response:
        """One answer; asked for unpacked where it says that it is packed in a way that it is not."""
        try:
            return await self._ask(url, headers, request, cookies, private=private)
        except aiohttp.ClientError as error:
            if not _packed(error) or request.form is not None:
                raise
        return await self._ask(url, headers | UNPACKED, request, cookies, private=private)

    async def _ask(
        self, url: str, headers: dict[str, str], request: Request, cookies: Cookies, *, private: bool
    ) -> Response:
        method = "GET" if request.form is None else "POST"
        async with self._session(private=private).request(
            method, URL(url), headers=headers, data=request.form, allow_redirects=False
        ) as answer:
            found = {name.lower(): value for name, value in answer.headers.items()}
            cookies.keep(answer)
            if answer.status in REDIRECTS and "location" in found:
                answer.close()
                return Response(url, answer.status, found, b"")
            return Response(url, answer.status, found, await _body(answer, request))

    def _host(self, key: str) -> asyncio.Semaphore:
        return self._hosts.setdefault(key, asyncio.Semaphore(self._per_host))

    def _session(self, *, private: bool) -> aiohttp.ClientSession:
        # Two pools: a connection that one source may open must not serve another one's URL.
        if private not in self._sessions:
            self._sessions[private] = aiohttp.ClientSession(
                connector=NotingConnector(
                    self.manners, socket_factory=socket_factory(private=private), limit=0, limit_per_host=0
                ),
                timeout=aiohttp.ClientTimeout(total=None, connect=self._connect),
                cookie_jar=aiohttp.DummyCookieJar(),
                max_field_size=HEADER_BYTES,
                max_line_size=HEADER_BYTES,
            )
        return self._sessions[private]


def _opened(private: str | None) -> str:
    if not private:
        return ""
    return host_port(private) if "://" in private else private


async def _body(answer: aiohttp.ClientResponse, request: Request) -> bytes:
    """The decoded body, counted while it is inflated."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK):
        body += chunk
        if len(body) <= request.max_bytes:
            continue
        answer.close()
        if request.truncate:
            return bytes(body[: request.max_bytes])
        raise SourceError(
            f"{shown(request.url)}: more than {request.max_bytes:,} bytes", status=answer.status
        )
    return bytes(body)


def _next(url: str, location: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Where a redirect leads, and with which headers: secrets stay with their own host."""
    target = urljoin(url, location).partition("#")[0]
    check_url(target)
    if _origin(target) != _origin(url):
        return target, {name: value for name, value in headers.items() if name.lower() not in SECRET_HEADERS}
    user, at, _ = urlsplit(url).netloc.rpartition("@")
    parts = urlsplit(target)
    if at and "@" not in parts.netloc:
        target = parts._replace(netloc=f"{user}@{parts.netloc}").geturl()
    return target, headers


def _origin(url: str) -> tuple[str, str]:
    return urlsplit(url).scheme.lower(), host_port(url)


@lru_cache(maxsize=SOURCES)
def _bare(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _packed(error: aiohttp.ClientError) -> str:
    """The packing that an answer claims and that cannot be undone; "" where that is not the trouble."""
    found = UNREADABLE.search(str(error)) or UNREADABLE.search(str(getattr(error, "message", "")))
    return found[1] if found else ""


def _reason(error: aiohttp.ClientError) -> str:
    """What went wrong, in words for an operator."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "no such host (DNS)"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        inner = error.__cause__
        why = inner.verify_message if isinstance(inner, ssl.SSLCertVerificationError) else ""
        return f"no secure connection{': ' + why if why else ''}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect: {error.os_error.strerror or error.os_error}"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "no connection in time"
    if isinstance(error, aiohttp.InvalidURL):
        return "not an address that can be fetched"
    if packed := _packed(error):
        return f"says that it is packed ({packed}), and cannot be unpacked: its server is set up wrongly"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return "the answer broke off"
    return f"the answer cannot be read ({type(error).__name__})"
