"""No address that an article names leads inside, however it is written, resolved or redirected to."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.errors import PlatformError, SourceError
from bot.http import deadline, guard, send
from bot.http.fetch import Fetcher
from bot.ports.source import Request

AGENT = "Sharewire/test"
LOOPBACK = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[::ffff:0:7f00:1]",
    "me:secret@127.0.0.1",
    "example.org@127.0.0.1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
]


class Inside:
    """A service on this machine that hears whoever connects, on IPv4 and on IPv6."""

    def __init__(self) -> None:
        self.heard = 0
        self._doors = [self._open("127.0.0.1", 0)]
        self.port = self._doors[0].getsockname()[1]
        for address in ("127.0.0.2", "::1"):
            self._doors.append(self._open(address, self.port))
        for door in self._doors:
            threading.Thread(target=self._listen, args=(door,), daemon=True).start()

    @staticmethod
    def _open(address: str, port: int) -> socket.socket:
        door = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        door.bind((address, port))
        door.listen()
        return door

    def _listen(self, door: socket.socket) -> None:
        while True:
            try:
                sock, _ = door.accept()
            except OSError:
                return
            self.heard += 1
            sock.close()

    def close(self) -> None:
        for door in self._doors:
            door.shutdown(socket.SHUT_RDWR)
            door.close()


@pytest.fixture
def inside() -> Iterator[Inside]:
    service = Inside()
    yield service
    service.close()


def fetch(url: str) -> None:
    async def once() -> None:
        async with Fetcher("") as fetcher:
            await fetcher.get(Request(url))

    asyncio.run(once())


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_picture_is_never_asked_for_inside(inside: Inside, host: str) -> None:
    with pytest.raises(PlatformError):
        send.download(f"http://{host}:{inside.port}/latest/meta-data", user_agent=AGENT, timeout=2)
    assert inside.heard == 0


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_page_is_never_asked_for_inside(inside: Inside, host: str) -> None:
    with pytest.raises(SourceError):
        fetch(f"http://{host}:{inside.port}/latest/meta-data")
    assert inside.heard == 0


REAL = socket.getaddrinfo


class Names:
    """A name server whose answers change with each question."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str | bytes | None, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if host != "rebind.example":
            return REAL(host, port, *args, **kwargs)
        self.asked += 1
        address = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port)))]


@pytest.mark.parametrize("answers", [("127.0.0.1",), ("127.0.0.2", "127.0.0.1")])
def test_a_name_that_means_inside_is_refused(
    inside: Inside, answers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(*answers)
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with pytest.raises(PlatformError, match="not a public address"):
        send.download(f"http://rebind.example:{inside.port}/", user_agent=AGENT, timeout=2)
    with pytest.raises(SourceError, match="not a public address"):
        fetch(f"http://rebind.example:{inside.port}/")
    assert (names.asked > 0, inside.heard) == (True, 0)


def test_a_name_is_asked_once_so_that_it_cannot_change_its_mind(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names("127.0.0.2", "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", names)
    monkeypatch.setattr(deadline, "is_public", lambda address: address == "127.0.0.2")
    with pytest.raises(PlatformError):
        send.download(f"http://rebind.example:{inside.port}/", user_agent=AGENT, timeout=2)
    assert (names.asked, inside.heard) == (1, 1)


def test_a_redirect_passes_the_same_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    doors = [socket.create_server(("127.0.0.1", 0))]
    port = doors[0].getsockname()[1]
    doors.append(socket.create_server(("127.0.0.2", port)))
    doors[1].settimeout(0.3)
    only_first = lambda address: address == "127.0.0.1"  # noqa: E731 - a stand-in for what is public
    monkeypatch.setattr(deadline, "is_public", only_first)
    monkeypatch.setattr(guard, "is_public", only_first)

    def answer() -> None:
        for _ in range(2):
            sock, _ = doors[0].accept()
            sock.recv(4096)
            sock.sendall(
                f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:{port}/x\r\nContent-Length: 0\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            sock.close()

    answering = threading.Thread(target=answer, daemon=True)
    answering.start()
    with pytest.raises(PlatformError, match="not a public address"):
        send.download(f"http://127.0.0.1:{port}/", user_agent=AGENT, timeout=2)
    with pytest.raises(SourceError, match="not a public address"):
        fetch(f"http://127.0.0.1:{port}/")
    answering.join(2)
    with pytest.raises(TimeoutError):
        doors[1].accept()
    for door in doors:
        door.close()
