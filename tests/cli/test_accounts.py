"""Each account's platform is asked who we are there, and nothing is posted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Desk
from tests.fakes.mastodon import TOKEN, FakeMastodon


@pytest.fixture
def instance() -> Iterator[FakeMastodon]:
    with FakeMastodon() as running:
        yield running


@pytest.fixture
def online(desk: Desk, instance: FakeMastodon, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk, its second account on a server that answers."""
    desk.configure(
        (
            'platform = "file"\nas = "mastodon"',
            f'platform = "mastodon"\nhandle = "@desk@example.social"\nbase_url = "{instance.url}"',
        )
    )
    monkeypatch.setenv("BOT_ACCOUNTS__FEDI__ACCESS_TOKEN", TOKEN)
    return desk


def test_the_accounts_are_listed_without_asking_anybody(online: Desk, instance: FakeMastodon) -> None:
    assert online.json("accounts", "list") == [
        {
            "id": "fedi",
            "platform": "mastodon",
            "handle": "@desk@example.social",
            "schedule": "",
            "template": "",
        },
        {"id": "main_x", "platform": "x", "handle": "", "schedule": "", "template": ""},
    ]
    assert "fedi     mastodon  @desk@example.social" in online("accounts", "list")[1]
    assert instance.requests == []


def test_a_sound_token_names_its_account_and_posts_nothing(online: Desk, instance: FakeMastodon) -> None:
    (answer,) = online.json("accounts", "check", "fedi")
    assert (answer["handle"], answer["error"], answer["warnings"]) == ("@desk@example.social", "", [])
    code, out, _ = online("check", "--online")
    assert code == 0
    assert "fedi (mastodon): @desk@example.social" in out
    assert (instance.writes(), instance.posts) == ([], [])


def test_a_token_without_read_scope_is_warned_of(online: Desk, instance: FakeMastodon) -> None:
    forbidden = {"error": "This action is outside the authorized scopes"}
    instance.script(403, path="/api/v1/accounts/7", times=9, body=forbidden)
    code, out, _ = online("check", "--online", "--json")
    (answer, _) = json.loads(out)["accounts"]
    assert (code, answer["error"]) == (0, "")
    assert answer["warnings"][0].startswith("the token lacks the scope read:statuses: ")
    assert "warning: fedi (mastodon): the token lacks" in online("accounts", "check", "fedi")[1]


def test_a_dead_token_and_a_strangers_token_are_errors(online: Desk, instance: FakeMastodon) -> None:
    instance.script(401, times=1, body={"error": "The access token is invalid"})
    code, out, _ = online("accounts", "check", "fedi")
    assert (code, out) == (1, "error: fedi (mastodon): 401 The access token is invalid\n")
    online.configure(("@desk@example.social", "@other@example.social"))
    code, out, _ = online("check", "--online")
    assert code == 1
    assert (
        "error: fedi (mastodon): the token speaks for @desk@example.social, but `handle` is "
        "@other@example.social: mend one of them\n"
    ) in out


def test_an_account_that_is_not_there_is_one_line(online: Desk) -> None:
    assert online("accounts", "check", "zz") == (
        2,
        "",
        "sharewire: there is no [accounts.zz]: choose among fedi, main_x\n",
    )
