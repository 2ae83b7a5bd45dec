import socket
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from bot.domain.errors import Ambiguous, PlatformError, Rejected, Throttled, Unauthorized, Unavailable
from bot.http import send
from bot.http.deadline import LONGEST_ANSWER
from tests.fakes.server import Answer, FakeServer, Request

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
AGENT = "Sharewire/test"


class Board(FakeServer):
    """Counts what is pinned to it, and shows pictures."""

    pinned = 0

    def respond(self, request: Request) -> Answer:
        if request.path == "/away":
            return Answer(302, b"", {"Location": "/landed"})
        if request.path == "/inside":
            return Answer(302, b"", {"Location": "file:///etc/passwd"})
        if request.path == "/picture":
            return Answer(200, b"x" * 1000, {"Content-Type": "image/png"})
        self.pinned += 1
        return Answer(201, {"id": "1"})


@pytest.fixture
def board() -> Iterator[Board]:
    with Board() as server:
        yield server


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def post(url: str, **session: Any) -> requests.Response:
    with send.Session(AGENT, session.get("timeout", (1.0, 0.2)), session.get("total", 1.0)) as once:
        return once.post(url, json={"text": "hello"})


def outcome(url: str, *, public: bool = True, **session: Any) -> PlatformError:
    with pytest.raises(requests.RequestException) as caught:
        post(url, **session)
    return send.transport_error(caught.value, public=public)


def test_a_refused_connection_was_certainly_not_sent(closed_port: int) -> None:
    error = outcome(f"http://127.0.0.1:{closed_port}/secret/path")
    assert type(error) is Unavailable
    assert "refused" in str(error)
    assert "secret" not in str(error)


def test_a_name_that_does_not_resolve_was_certainly_not_sent() -> None:
    assert type(outcome("http://nowhere.invalid/")) is Unavailable


def test_a_failed_tls_handshake_was_certainly_not_sent(board: Board) -> None:
    assert type(outcome(board.url.replace("http:", "https:"))) is Unavailable
    assert board.pinned == 0


@pytest.mark.parametrize("mode", ["hang", "drop", "truncated"])
def test_silence_after_sending_is_ambiguous_and_sent_once(board: Board, mode: str) -> None:
    board.script(mode)
    assert type(outcome(board.url)) is Ambiguous
    assert (len(board.requests), board.pinned) == (1, 1)


def test_a_reset_after_sending_is_ambiguous_and_never_sent_again(board: Board) -> None:
    board.script("reset")
    assert type(outcome(board.url)) is Ambiguous
    assert (len(board.requests), board.pinned) == (1, 0)


def test_a_call_that_may_be_repeated_is_only_unavailable(board: Board) -> None:
    board.script("drop")
    assert type(outcome(board.url, public=False)) is Unavailable


def test_a_server_that_drips_bytes_is_cut_at_the_total_deadline(board: Board) -> None:
    board.script("drip")
    began = time.monotonic()
    error = outcome(board.url, timeout=(1.0, 5.0), total=0.2)
    assert type(error) is Ambiguous
    assert "not in time" in str(error)
    assert time.monotonic() - began < 4  # well before the five seconds of silence that a read may take


def test_a_deadline_that_passed_before_sending_means_nothing_was_sent(board: Board) -> None:
    assert type(outcome(board.url, total=0.0)) is Unavailable
    assert board.requests == []


def test_a_write_follows_no_redirect(board: Board) -> None:
    assert post(f"{board.url}/away").status_code == 302
    assert len(board.requests) == 1


def test_a_netrc_entry_does_not_replace_our_authorization(
    board: Board, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password eve\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with send.session(AGENT) as once:
        once.post(board.url, headers={"Authorization": "Bearer ours"})
    assert board.requests[0].headers["authorization"] == "Bearer ours"


def test_credentials_in_the_address_are_still_sent(board: Board) -> None:
    post(board.url.replace("//", "//desk:word@"))
    assert board.requests[0].headers["authorization"].startswith("Basic ")


def test_wrapped_errors_are_seen_through() -> None:
    class LibraryError(Exception):
        pass

    connect_error = type("ConnectError", (Exception,), {"__module__": "httpx"})
    wrapped = LibraryError("network")
    wrapped.__context__ = connect_error("refused")
    assert send.not_sent(wrapped)
    assert not send.not_sent(LibraryError("network", ConnectionResetError()))


@pytest.mark.parametrize(
    ("status", "public", "expected"),
    [
        (400, True, Rejected),
        (401, True, Unauthorized),
        (402, True, Unauthorized),
        (403, True, Rejected),
        (404, True, Unauthorized),
        (408, True, Ambiguous),
        (410, True, Unauthorized),
        (422, True, Rejected),
        (429, True, Throttled),
        (500, True, Ambiguous),
        (503, True, Ambiguous),
        (503, False, Unavailable),
        (303, True, Ambiguous),
        (308, True, Unauthorized),
    ],
)
def test_every_status_has_one_meaning(
    board: Board, status: int, *, public: bool, expected: type[PlatformError]
) -> None:
    board.script(status, body={"error": "the token s3cr3t/x is\nno good"}, headers={"Location": "/landed"})
    with pytest.raises(PlatformError) as caught:
        send.raise_for_status(post(board.url), public=public, secrets=["s3cr3t/x"])
    assert type(caught.value) is expected
    assert caught.value.status == status
    assert "s3cr3t" not in str(caught.value)


def test_a_2xx_raises_nothing(board: Board) -> None:
    answer = post(board.url)
    send.raise_for_status(answer)
    assert answer.json() == {"id": "1"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "90"}, NOW + timedelta(seconds=90)),
        ({"retry-after": "Tue, 24 Nov 2026 09:05:00 GMT"}, NOW + timedelta(minutes=5)),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 60)}, NOW + timedelta(minutes=1)),
        ({"X-RateLimit-Reset": "2026-11-24T09:10:00.000Z"}, NOW + timedelta(minutes=10)),
        ({"Retry-After": "soon", "RateLimit-Reset": "30"}, NOW + timedelta(seconds=30)),
        ({"Retry-After": "Tue, 24 Nov 2020 09:05:00 GMT"}, NOW),
        ({"Retry-After": "99999999999999999999"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({}, None),
    ],
)
def test_when_to_come_back_is_read_in_every_dialect(
    headers: dict[str, str], expected: datetime | None
) -> None:
    assert send.retry_at(headers, NOW) == expected


def test_an_absurd_wait_is_capped() -> None:
    assert send.retry_at({"Retry-After": "900000000"}, NOW) == NOW + timedelta(days=32)


def test_the_words_of_an_error_are_one_short_line_without_secrets() -> None:
    text = send.clean("bad\r\n\x1b[31mtoken tök+en t%C3%B6k%2Ben \u202e" + "x" * 400, ["tök+en"])
    assert text.startswith("bad [31mtoken *** *** x")
    assert len(text) == 300


def test_a_page_is_read_without_its_tags(board: Board) -> None:
    board.script("html503")
    assert send.said(post(board.url)) == "503 Service Unavailable"


def test_an_image_is_downloaded(board: Board) -> None:
    assert send.download(f"{board.url}/picture", user_agent=AGENT, allow_private=True) == b"x" * 1000


def test_an_address_that_is_not_public_gets_no_byte(board: Board) -> None:
    with pytest.raises(Rejected, match="not a public address"):
        send.download(f"{board.url}/picture", user_agent=AGENT)
    assert board.requests == []


@pytest.mark.parametrize(
    ("path", "max_bytes", "expected"),
    [("/picture", 999, "larger than 999 bytes"), ("/inside", 10, "leads nowhere")],
)
def test_a_hostile_image_is_refused(board: Board, path: str, max_bytes: int, expected: str) -> None:
    with pytest.raises(Rejected, match=expected):
        send.download(board.url + path, user_agent=AGENT, max_bytes=max_bytes, allow_private=True)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x", "javascript:alert(1)", ""])
def test_only_http_addresses_are_asked(url: str) -> None:
    with pytest.raises(Rejected, match="not an http"):
        send.download(url, user_agent=AGENT)


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://..../x", "http://a:b:c/"])
def test_a_broken_address_is_an_outcome_too(url: str) -> None:
    with pytest.raises(PlatformError):
        send.download(url, user_agent=AGENT, allow_private=True)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(404, Rejected), (429, Unavailable), (500, Unavailable), ("truncated", Unavailable)],
)
def test_what_a_download_came_to(board: Board, mode: str | int, expected: type[PlatformError]) -> None:
    board.script(mode)
    with pytest.raises(expected):
        send.download(f"{board.url}/picture", user_agent=AGENT, allow_private=True)


def test_a_dripping_download_is_cut(board: Board) -> None:
    board.script("drip")
    with pytest.raises(Unavailable):
        send.download(f"{board.url}/picture", user_agent=AGENT, timeout=0.2, allow_private=True)


def test_a_redirect_that_never_ends_is_followed_all_the_same(board: Board) -> None:
    board.endless, board.always = 302, {"Location": "/picture"}
    board.script("endless")
    tracemalloc.start()
    body = send.download(f"{board.url}/elsewhere", user_agent=AGENT, allow_private=True)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert body == b"x" * 1000
    assert most < 4 * LONGEST_ANSWER
