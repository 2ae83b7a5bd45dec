"""Apprise against a local server; what goes wrong names no address."""

from __future__ import annotations

import pytest

from bot.domain.errors import AlertError
from bot.observe.alerts import AppriseNotifier, understood
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
