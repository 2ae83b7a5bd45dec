"""Hosts are not asked too fast, nor while they want to be left alone; their certificates are noted."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.domain.errors import SourceError
from bot.http.fetch import Fetcher
from bot.http.manners import Manners
from bot.ports.source import Request, Response
from tests.fakes.site import Page, Site

T = TypeVar("T")


def fetching(act: Callable[[Fetcher], Awaitable[T]]) -> T:
    async def run() -> T:
        async with Fetcher("") as fetcher:
            return await act(fetcher)

    return asyncio.run(run())


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_names_a_time_is_asked_nothing_else_meanwhile(status: int) -> None:
    with Site() as site:
        site.pages["/busy"] = Page(status=status, headers={"Retry-After": "120"})
        site.pages["/fine"] = Page(b"fine")

        async def act(fetcher: Fetcher) -> SourceError:
            assert (await fetcher.get(Request(site.url("/busy")), private=site.host)).status == status
            with pytest.raises(SourceError, match="asked to be left alone for 120 s more") as caught:
                await fetcher.get(Request(site.url("/fine")), private=site.host)
            return caught.value

        error = fetching(act)
        assert error.wait is not None
        assert timedelta(seconds=118) < error.wait <= timedelta(seconds=120)
        assert [each.url for each in site.asked] == ["/busy"]


@pytest.mark.parametrize(("status", "headers"), [(503, {}), (200, {"Retry-After": "60"})])
def test_without_a_time_or_a_refusal_nothing_is_held_back(status: int, headers: dict[str, str]) -> None:
    with Site() as site:
        site.pages["/a"] = Page(status=status, headers=headers)

        async def act(fetcher: Fetcher) -> int:
            await fetcher.get(Request(site.url("/a")), private=site.host)
            return (await fetcher.get(Request(site.url("/a")), private=site.host)).status

        assert fetching(act) == status


def test_an_hour_is_the_most_that_one_answer_closes_a_host() -> None:
    async def run() -> timedelta | None:
        manners = Manners()
        manners.heed(Response("https://example.org/", 429, {"retry-after": "86400"}, b""))
        with pytest.raises(SourceError) as caught:
            await manners.turn("example.org:443", private=False)
        return caught.value.wait

    wait = asyncio.run(run())
    assert wait is not None
    assert wait <= timedelta(hours=1)


@pytest.mark.parametrize(("private", "least", "most"), [(False, 0.3, 1.5), (True, 0.0, 0.2)])
def test_requests_to_one_host_begin_apart(private: bool, least: float, most: float) -> None:
    async def run() -> float:
        manners = Manners(gap=0.1)
        began = time.monotonic()
        await asyncio.gather(*(manners.turn("example.org:443", private=private) for _ in range(4)))
        await manners.turn("elsewhere.org:443", private=private)
        return time.monotonic() - began

    assert least <= asyncio.run(run()) < most


def certificate(folder: Path, until: datetime) -> tuple[Path, Path]:
    """A self-signed certificate of localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


def test_the_end_of_a_sites_certificate_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    until = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)
    cert, key = certificate(tmp_path, until)
    trusting = ssl.create_default_context(cafile=str(cert))
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(cert, key)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    async def run() -> datetime | None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=serving) as server:
            url = f"https://localhost:{server.sockets[0].getsockname()[1]}/feed"
            async with Fetcher("") as fetcher:
                assert (await fetcher.get(Request(url), private=url)).status == 200
                assert fetcher.manners.valid_until("https://elsewhere.example/") is None
                return fetcher.manners.valid_until(url)

    assert asyncio.run(run()) == until


@pytest.mark.parametrize(
    ("days", "trusted", "host", "said"),
    [
        (9, False, "localhost", "no secure connection: self-signed certificate"),
        (-0.5, True, "localhost", "no secure connection: certificate has expired"),
        (9, True, "127.0.0.1", "no secure connection: IP address mismatch"),
    ],
)
def test_a_certificate_that_is_not_right_is_an_error_that_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: float, trusted: bool, host: str, said: str
) -> None:
    cert, key = certificate(tmp_path, datetime.now(UTC) + timedelta(days=days))
    if trusted:
        trusting = ssl.create_default_context(cafile=str(cert))
        monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(cert, key)

    async def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def run() -> None:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0, ssl=serving) as server:
            url = f"https://{host}:{server.sockets[0].getsockname()[1]}/feed"
            async with Fetcher("") as fetcher:
                await fetcher.get(Request(url), private=url)

    with pytest.raises(SourceError) as caught:
        asyncio.run(run())
    assert said in str(caught.value)
    assert caught.value.status is None  # no answer at all: a source's feed is not tried instead
