"""Apprise against a local server; what goes wrong names no address."""

from __future__ import annotations

import pytest

from bot.domain.errors import AlertError
from bot.observe.alerts import AppriseNotifier, understood, within
from tests.fakes.server import Answer, FakeServer, Request


class Inbox(FakeServer):
    def respond(self, request: Request) -> Answer:
        return Answer(200, {})


def test_a_message_arrives() -> None:
    with Inbox() as inbox:
        address = inbox.url.replace("http://", "json://") + "/hook-secret"
        AppriseNotifier().send(address, "Sharewire: a test", "Two lines\nof text")
        (request,) = inbox.requests
    assert request.json()["title"] == "Sharewire: a test"
    assert request.json()["message"] == "Two lines\nof text"


def test_a_place_is_told_no_more_than_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a chat does: what is longer is refused, and would be tried again and again."""
    monkeypatch.setattr("apprise.plugins.custom_json.NotifyJSON.body_maxlen", 200)
    monkeypatch.setattr("apprise.plugins.custom_json.NotifyJSON.title_maxlen", 10)
    lines = [f"share {n} on main_x is held (account): sharewire queue approve {n}" for n in range(9)]
    with Inbox() as inbox:
        address = inbox.url.replace("http://", "json://")
        AppriseNotifier().send(address, "Sharewire: nine shares are held", "\n".join(lines))
        (request,) = inbox.requests
    assert request.json()["title"] == "Sharewire:"
    assert request.json()["message"] == f"{lines[0]}\n{lines[1]}\nand 7 more lines: sharewire alerts list"


@pytest.mark.parametrize("room", [40, 60, 200])
def test_one_line_that_is_too_long_is_cut_and_says_where_the_rest_is(room: int) -> None:
    said = within("x" * 300 + "\ny", room)
    assert len(said) <= room
    assert said.endswith("(all of it: sharewire alerts list)")


def test_a_place_that_does_not_answer_is_an_error_without_its_address() -> None:
    with Inbox() as inbox:
        address = inbox.url.replace("http://", "json://") + "/hook-secret"
        inbox.script(500)
        with pytest.raises(AlertError) as caught:
            AppriseNotifier().send(address, "title", "body")
    assert "hook-secret" not in str(caught.value)


def test_an_address_of_no_known_kind_is_an_error() -> None:
    assert understood("json://127.0.0.1/hook")
    assert not understood("carrier-pigeon://loft/secret")
    with pytest.raises(AlertError, match="no address"):
        AppriseNotifier().send("carrier-pigeon://loft/secret", "title", "body")
