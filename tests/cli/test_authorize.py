"""`accounts authorize` gets each platform's token by asking a person; the configuration never sees it."""

from __future__ import annotations

import io
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from bot.http import send
from tests.cli.conftest import Desk
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.mastodon import TOKEN, FakeMastodon
from tests.fakes.server import Answer, FakeServer, Request
from tests.fakes.x import KEYS, FakeX

Answers = Callable[..., None]


class Instance(FakeMastodon):
    """Registers apps and changes codes for tokens."""

    def respond(self, request: Request) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.path == "/api/v1/apps":
            assert (form["client_name"], form["redirect_uris"]) == ("Sharewire", "urn:ietf:wg:oauth:2.0:oob")
            return Answer(200, {"client_id": "app-1", "client_secret": "app-secret-not-for-print"})
        if request.path == "/oauth/token":
            if (form["code"], form["client_secret"]) != ("code-77", "app-secret-not-for-print"):
                return Answer(
                    400, {"error": "invalid_grant", "error_description": f"no such code {form['code']}"}
                )
            return Answer(200, {"access_token": TOKEN, "scope": form["scope"]})
        return super().respond(request)


class PinX(FakeX):
    """Lets an app in for a PIN."""

    def respond(self, request: Request) -> Answer:
        signed = request.headers.get("authorization", "")
        if request.path == "/oauth/request_token":
            if KEYS["consumer_key"] not in signed or 'oauth_callback="oob"' not in signed:
                return Answer(401, {"errors": [{"message": "Could not authenticate you"}]})
            return Answer(200, b"oauth_token=rt-1&oauth_token_secret=rs-1&oauth_callback_confirmed=true")
        if request.path == "/oauth/access_token":
            if 'oauth_verifier="1234567"' not in signed or 'oauth_token="rt-1"' not in signed:
                return Answer(401, b"Error processing your OAuth request: Invalid oauth_verifier parameter")
            token = f"oauth_token={KEYS['access_token']}&oauth_token_secret={KEYS['access_token_secret']}"
            return Answer(200, token.encode())
        return super().respond(request)


@pytest.fixture(params=[Instance, PinX, FakeBluesky])
def server(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    with request.param() as running:
        yield running


@pytest.fixture
def bare(desk: Desk, server: FakeServer) -> Desk:
    """The desk, its account `fedi` on the server, without any secret."""
    table = {
        key: value for key, value in server.options().items() if key in ("platform", "base_url", "identifier")
    }
    lines = "\n".join(f'{key} = "{value}"' for key, value in table.items())
    desk.configure(('platform = "file"\nas = "mastodon"', lines))
    return desk


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the person at the terminal says."""

    def say(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return say


SAYS: dict[type, tuple[str, ...]] = {
    Instance: ("code-77",),
    PinX: (KEYS["consumer_key"], KEYS["consumer_secret"], " 1234567 "),
}


def said_to(server: FakeServer) -> tuple[str, ...]:
    if isinstance(server, FakeBluesky):
        return (str(server.options()["app_password"]),)
    return SAYS[type(server)]


def test_what_was_got_is_written_where_only_the_owner_reads_it_and_works(
    bare: Desk, server: FakeServer, answers: Answers
) -> None:
    Path(".env").write_text("OTHER=1\nBOT_ACCOUNTS__FEDI__ACCESS_TOKEN=old\n")
    config = Path("config/bot.toml").read_text()
    answers(*said_to(server), "y")
    code, out, err = bare("accounts", "authorize", "fedi")
    assert code == 0, err
    assert out == "Written to .env; `sharewire accounts check fedi` tries it.\n"
    assert [secret for secret in server.secrets if secret in out + err] == []
    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600
    assert Path(".env").read_text().startswith("OTHER=1\n")
    assert Path("config/bot.toml").read_text() == config
    (answer,) = bare.json("accounts", "check", "fedi")
    assert (answer["error"], bool(answer["handle"])) == ("", True)


def test_what_is_not_to_be_written_is_printed_as_the_variables_to_set(
    bare: Desk, server: FakeServer, answers: Answers
) -> None:
    answers(*said_to(server), "n")
    code, out, _ = bare("accounts", "authorize", "fedi")
    assert (code, Path(".env").exists()) == (0, False)
    lines = out.splitlines()[1:]
    assert lines
    assert all(line.startswith("BOT_ACCOUNTS__FEDI__") for line in lines)


def test_a_document_names_the_variables_and_never_their_values(
    bare: Desk, server: FakeServer, answers: Answers
) -> None:
    answers(*said_to(server))
    document = bare.json("accounts", "authorize", "fedi")
    assert document["written"] == ".env"
    assert document["variables"][-1].startswith("BOT_ACCOUNTS__FEDI__")
    assert [secret for secret in server.secrets if secret in str(document)] == []


def test_a_wrong_answer_is_one_line_and_writes_nothing(
    bare: Desk, server: FakeServer, answers: Answers
) -> None:
    answers(*(f"{line}-wrong" for line in said_to(server)), "y")
    code, out, err = bare("accounts", "authorize", "fedi")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].partition("sharewire: ")[2]
    assert not Path(".env").exists()


def test_without_anybody_to_ask_it_says_so(bare: Desk, answers: Answers) -> None:
    answers()
    code, _, err = bare("accounts", "authorize", "fedi")
    assert code == 2
    assert err.endswith("sharewire: no answer: this asks questions, run it at a terminal\n")


def test_an_account_that_needs_no_token_is_not_asked_for_one(desk: Desk) -> None:
    code, _, err = desk("accounts", "authorize", "main_x")
    assert (code, err.startswith("sharewire: [accounts.main_x] asks for no token")) == (2, True)
    code, _, err = desk("accounts", "authorize", "fedy")
    assert (code, err) == (2, 'sharewire: there is no [accounts.fedy]: did you mean "fedi"?\n')


@pytest.mark.parametrize("mode", ["hang", "drip"])
@pytest.mark.parametrize("path", ["/oauth/request_token", "/oauth/access_token"])
@pytest.mark.parametrize("server", [PinX], indirect=True)
def test_one_who_does_not_answer_is_not_waited_for_without_end(
    bare: Desk, server: FakeServer, answers: Answers, monkeypatch: pytest.MonkeyPatch, path: str, mode: str
) -> None:
    monkeypatch.setattr(send, "TIMEOUT", (5.0, 1.0))
    monkeypatch.setattr(send, "TOTAL", 1.5)
    server.script(mode, path=path)
    answers(*said_to(server), "n")
    began = time.monotonic()
    code, _, err = bare("accounts", "authorize", "fedi")
    assert (code, "X did not let the app in" in err) == (1, True)
    assert time.monotonic() - began < 15
    assert [secret for secret in server.secrets if secret in err] == []
