"""The door under people who mean no good, or mean well and too much."""

from __future__ import annotations

import asyncio
import hmac
import json
import socket
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue

import pytest
import requests
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.domain.cadence import Cadence
from bot.domain.errors import SourceError
from bot.ports.newsroom import Feed
from bot.services.websub import callback_token
from bot.sources.push import Connector, PushOptions
from bot.storage.store import SqlStore, open_store
from bot.web import body, refusals, serve
from bot.web.app import Door
from bot.web.serve import bind
from tests.fakes.newsroom import newsroom

SECRET = "s3cret-of-the-cms"


@dataclass
class House:
    """A door that is open, and what came in by it."""

    url: str = ""
    port: int = 0
    door: Door = field(init=False)
    came: list[bytes] = field(default_factory=list)
    hurried: list[str] = field(default_factory=list)
    trouble: Exception | None = None
    wait: float = 0

    async def take(self, source: str, message: bytes, headers: Mapping[str, str]) -> int:
        assert (source, bool(headers)) == ("cms", True)
        await asyncio.sleep(self.wait)
        if self.trouble is not None:
            raise self.trouble
        self.came.append(message)
        return 1

    async def hurry(self, source: str) -> None:
        self.hurried.append(source)

    def send(self, message: bytes, secret: str = SECRET, path: str = "/hooks/cms") -> requests.Response:
        digest = hmac.digest(secret.encode(), message, "sha256").hex()
        headers = {"x-hub-signature-256": f"sha256={digest}", "content-type": "text/plain"}
        return requests.post(self.url + path, data=message, headers=headers, timeout=20)

    def line(self, text: str = "") -> socket.socket:
        """A line held open by somebody who says so much and no more."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        line.sendall(text.encode())
        return line


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = open_store(f"sqlite:///{tmp_path / 'sharewire.db'}", create=True, migrate=True)
    yield store
    store.close()


@pytest.fixture
def house(store: SqlStore) -> Iterator[House]:
    options = PushOptions(kind="push", hook_secret=SecretStr(SECRET))
    silent = PushOptions(kind="push")
    cadence = Cadence(timedelta(minutes=5), "", "UTC")
    feeds = [
        Feed("cms", options, Connector(options), cadence),
        Feed("silent", silent, Connector(silent), cadence),
    ]
    house, room = House(), newsroom([], [], sources=feeds)
    house.door = Door(
        store=store,
        newsroom=lambda: room,
        clock=Now(),
        worker="w",
        take=house.take,
        hurry=house.hurry,
    )
    listening = bind("127.0.0.1", 0, {})
    house.port = listening.getsockname()[1]
    house.url = f"http://127.0.0.1:{house.port}"
    with ThreadPoolExecutor(1) as pool:
        loops: SimpleQueue[asyncio.AbstractEventLoop] = SimpleQueue()
        ended = asyncio.Event()

        async def serving() -> None:
            loops.put(asyncio.get_running_loop())
            task = asyncio.create_task(serve.serve(house.door.app(), listening))
            await ended.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        done = pool.submit(asyncio.run, serving())
        yield house
        loops.get(timeout=10).call_soon_threadsafe(ended.set)
        done.result(20)
    listening.close()


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


def test_what_is_signed_comes_in_whatever_its_content_type_says(house: House) -> None:
    assert (house.send(b'{"url": 1}').status_code, house.came) == (200, [b'{"url": 1}'])


@pytest.mark.parametrize("size", [body.MAX_BYTES + 1, 10_000_000])
def test_a_message_that_is_too_large_hears_so_and_is_not_held(house: House, size: int) -> None:
    answer = house.send(b"x" * size)
    assert (answer.status_code, answer.text) == (413, "more than 5,000,000 bytes\n")
    assert (house.came, house.door.bodies.held) == ([], 0)


def test_one_of_the_greatest_size_comes_in(house: House) -> None:
    assert house.send(b"x" * body.MAX_BYTES).status_code == 200
    assert (len(house.came[0]), house.door.bodies.held) == (body.MAX_BYTES, 0)


def test_strangers_have_nothing_held(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "MOST_HELD", 0)
    for path in ("/hooks/nobody", "/hooks/silent"):
        assert house.send(b"x" * 100_000, path=path).status_code == 404
    unsigned = requests.post(f"{house.url}/hooks/cms", data=b"x" * 100_000, timeout=20)
    assert unsigned.status_code == 401
    assert house.send(b"x").status_code == 503


def test_too_much_at_once_is_told_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "MOST_HELD", 250_000)
    house.wait = 1.0
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: house.send(b"x" * 100_000), range(6)))
    kinds = [answer.status_code for answer in answers]
    assert (kinds.count(200), kinds.count(503), len(house.came)) == (2, 4, 2)
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 503)
    house.wait = 0
    assert house.send(b"x" * 100_000).status_code == 200


def test_a_slow_sender_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "PATIENCE", 0.3)
    head = (
        "POST /hooks/cms HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nx-hub-signature-256: sha256=0\r\n\r\n"
    )
    with house.line(head + "slow") as line:
        assert line.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert line.recv(1000) in (b"", b"the message did not come in time; send it again\n")
    assert house.door.bodies.held == 0


@pytest.mark.parametrize("said", ["", "POST /hooks/cms HTTP/1.1\r\nHost: x\r\n", "GET /healthz HTTP/1.1\r\n"])
def test_who_holds_a_line_and_asks_nothing_is_hung_up_on(
    house: House, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(serve, "ASK_WITHIN", 0.3)
    with house.line(said) as line, suppress(ConnectionResetError):
        assert line.recv(1000) == b""


def test_a_line_that_goes_on_with_a_second_half_head_is_hung_up_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "ASK_WITHIN", 0.5)
    with house.line("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as line:
        assert line.recv(1000).startswith(b"HTTP/1.1 200 ")
        line.sendall(b"GET /healthz HT")
        began = time.monotonic()
        with suppress(ConnectionResetError):
            while line.recv(1000):
                pass
        assert time.monotonic() - began < 4


def test_idle_lines_do_not_keep_a_push_out_for_long(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "ASK_WITHIN", 1.0)
    lines = [house.line() for _ in range(serve.AT_ONCE)]
    end, status = time.monotonic() + 10, 0
    while status != 200:
        assert time.monotonic() < end
        with suppress(requests.ConnectionError):
            status = house.send(b"{}").status_code
    for line in lines:
        line.close()


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/cms/..",
        "/hooks/..%2f..%2fetc",
        "/hooks/cms%2fmore",
        "/hooks/",
        "/hooks/CMS",
        "/hooks/cms%00",
        "//hooks/cms",
    ],
)
def test_no_other_path_leads_to_the_source(house: House, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"
    with house.line(head) as line:
        status = int(line.recv(1000).split()[1])
    assert status in (404, 400)
    assert house.came == []


def test_the_same_message_again_is_taken_once_and_a_long_name_is_read_to_its_end(house: House) -> None:
    def send(name: str) -> object:
        stamp = str(int(time.time()))
        digest = hmac.digest(SECRET.encode(), f"{name}.{stamp}.{{}}".encode(), "sha256")
        signature = f"v1,{b64encode(digest).decode()}"
        headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}
        return requests.post(f"{house.url}/hooks/cms", data=b"{}", headers=headers, timeout=20).json()

    began = int(time.time())
    answers = [send("a" * 300 + "1"), send("a" * 300 + "1"), send("a" * 300 + "2")]
    if int(time.time()) == began:
        assert answers == [{"taken": 1}, {"taken": 0, "seen": True}, {"taken": 1}]
    assert len(house.came) >= 2


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (SourceError("not read once yet"), 503),
        (SourceError("no feed", status=200), 400),
        (RuntimeError(f"disk full while storing {SECRET}"), 500),
    ],
)
def test_what_was_not_stored_is_never_called_taken(house: House, trouble: Exception, status: int) -> None:
    house.trouble = trouble
    answer = house.send(json.dumps({"url": "https://news.example/"}).encode())
    assert (answer.status_code, SECRET in answer.text) == (status, False)
    house.trouble = None
    assert house.send(json.dumps({"url": "https://news.example/"}).encode()).json() == {"taken": 1}


def test_a_thousand_at_once_are_all_taken_or_told_to_come_again(house: House) -> None:
    messages = [str(number).encode() for number in range(1000)]

    def insist(message: bytes) -> int:
        tries = 1
        while True:
            with suppress(requests.ConnectionError):
                if house.send(message).status_code == 200:
                    return tries
            tries += 1
            time.sleep(0.05)

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(insist, messages))
    assert sorted(house.came) == sorted(messages)
    assert house.door.bodies.held == 0


@pytest.mark.parametrize("path", ["/hooks/cms", "/websub/cms/"])
def test_a_storm_of_refused_messages_is_a_line_at_once_and_one_a_minute(
    house: House, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(refusals, "MINUTE", 0.8)
    if path.startswith("/websub"):
        path += callback_token(house.door.newsroom().hooks, "cms")
    with capture_logs() as lines:
        for _ in range(5):
            house.send(b"{}", secret="wrong", path=path)
        time.sleep(1.2)
        house.send(b"{}", secret="wrong", path=path)
        time.sleep(2)
    said = [(line["source"], line["times"]) for line in lines if line["event"] == "push.refused"]
    assert said == [("cms", 1), ("cms", 4), ("cms", 1)]
