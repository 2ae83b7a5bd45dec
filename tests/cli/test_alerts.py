from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Desk
from tests.fakes.server import Answer, FakeServer, Request

TABLE = '\n[alerts.desk]\nevents = ["held", "failed"]\n'
VARIABLE = "BOT_ALERTS__DESK__URLS"


class Inbox(FakeServer):
    def respond(self, request: Request) -> Answer:
        return Answer(200, {})


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    with Inbox() as inbox:
        monkeypatch.setenv(VARIABLE, inbox.url.replace("http://", "json://") + "/hook-secret")
        yield inbox


def test_a_share_that_waits_for_approval_is_told_by_a_pass(working: Desk, inbox: Inbox) -> None:
    working.configure(('timing = "now"', 'timing = "now"\napprove = true'), more=TABLE)
    working.publish("rain")
    working("run", "--once")
    (request,) = inbox.requests
    assert request.json()["title"] == "Sharewire: 2 shares held"
    rows = working.json("alerts", "list")
    assert [(row["event"], row["key"], row["unsent"]) for row in rows] == [
        ("held", "share:1:held", False),
        ("held", "share:2:held", False),
    ]
    assert "(approval)" in working("alerts", "list")[1]


def test_nothing_open_is_said(working: Desk) -> None:
    assert working("alerts", "list")[1] == "No alert is open.\n"


def test_a_test_message_is_sent_to_every_address(working: Desk, inbox: Inbox) -> None:
    working.configure(more=TABLE)
    assert working("alerts", "test")[:2] == (0, "desk, address 1: told\n")
    assert inbox.requests[0].json()["title"] == "Sharewire: a test"


def test_an_address_that_does_not_take_it_is_a_problem_and_stays_secret(working: Desk, inbox: Inbox) -> None:
    working.configure(more=TABLE)
    inbox.script(500)
    code, out, err = working("alerts", "test", "--json")
    assert code == 1
    assert json.loads(out)[0]["error"] == "JSON did not take it"
    assert "hook-secret" not in out + err


def test_a_channel_that_is_not_there_is_wrong(working: Desk) -> None:
    code, _, err = working("alerts", "test", "night")
    assert code == 2
    assert "no [alerts.night]" in err


def test_a_rehearsal_says_that_it_tells_nobody(working: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    working.configure(more=TABLE)
    monkeypatch.setenv("BOT_MODE", "rehearsal")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///data/rehearsal.db")
    code, _, err = working("alerts", "test")
    assert code == 2
    assert "this is a rehearsal" in err


def test_check_names_an_address_that_is_missing_or_of_no_known_kind(
    working: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    working.configure(more=TABLE)
    code, out, _ = working("check")
    assert code == 0
    assert f"nobody hears of these events until {VARIABLE} is set" in out
    monkeypatch.setenv(VARIABLE, "carrier-pigeon://loft/hook-secret")
    code, out, err = working("check")
    assert code == 1
    assert f"address 1 of {VARIABLE} is none that Apprise knows" in out
    assert "hook-secret" not in out + err


def test_an_address_in_the_file_is_refused(working: Desk) -> None:
    working.configure(more=TABLE + 'urls = "json://example.org/hook-secret"\n')
    code, out, err = working("check")
    assert code == 1
    assert f"take it out and set {VARIABLE} in the environment" in out
    assert "hook-secret" not in out + err
