"""No secret leaves: not by a log at its loudest, an error, a document, a page, or the database's bytes."""

from __future__ import annotations

import base64
import importlib
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bot.__main__ import main
from bot.cli import session
from bot.observe import logs
from bot.settings.tree import secrets_of
from tests.cli.conftest import Desk
from tests.fakes.server import FakeServer

KINDS = ("x", "mastodon", "bluesky", "webhook")
HOOK = "hook-secret-not-for-print"
TOKEN_KEY = "the-key-of-tokens-not-for-print"
ALERTS = "json://127.0.0.1:9/alert-path-not-for-print?token=alert-token-not-for-print"


@pytest.fixture
def fakes() -> Iterator[dict[str, FakeServer]]:
    with ExitStack() as stack:
        yield {
            kind: stack.enter_context(importlib.import_module(f"tests.fakes.{kind}").FAKE()) for kind in KINDS
        }


@pytest.fixture
def planted(desk: Desk, fakes: dict[str, FakeServer], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An account on each platform, its secrets in the environment, and logs as loud as they get."""
    tables = ""
    for kind, fake in fakes.items():
        options = fake.options()
        for name in secrets_of(importlib.import_module(f"bot.platforms.{kind}").Connector.Options):
            if name in options:
                monkeypatch.setenv(f"BOT_ACCOUNTS__{kind.upper()}_ONE__{name.upper()}", options.pop(name))
        tables += f"[accounts.{kind}_one]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in options.items())
    monkeypatch.setenv("BOT_TOKEN_KEY", TOKEN_KEY)
    monkeypatch.setenv("BOT_SOURCES__SITE__HOOK_SECRET", HOOK)
    monkeypatch.setenv("BOT_ALERTS__DESK__URLS", ALERTS)
    desk.configure(
        ('[[routes]]\nname = "everything"', tables + '[[routes]]\nname = "everything"'),
        (
            'accounts = ["main_x", "fedi"]',
            f"accounts = {json.dumps([f'{kind}_one' for kind in KINDS])}",
        ),
        more='[delivery]\nreconcile_after = "15s"\n[alerts.desk]\nevents = ["held", "failed", "account"]\n',
    )

    def loud(form: str = "auto", level: str = "INFO") -> None:
        del level
        logs_configure(form, "DEBUG")
        logging.getLogger().setLevel(logging.DEBUG)

    logs_configure = logs.configure
    monkeypatch.setattr(session, "configure", loud)
    return desk


def forms(secret: str) -> set[str]:
    """A secret as it stands, in a URL, in JSON, and in Basic or Bearer headers of some clients."""
    return {
        secret,
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
    }


def known(fakes: dict[str, FakeServer]) -> set[str]:
    plain = {secret for fake in fakes.values() for secret in fake.secrets}
    plain |= {HOOK, TOKEN_KEY, "alert-path-not-for-print", "alert-token-not-for-print"}
    return set().union(*(forms(secret) for secret in plain))


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check",),
    ("run", "--once"),
    ("status",),
    ("plan",),
    ("preview", "latest"),
    ("explain", "2"),
    ("queue", "list", "--all"),
    ("queue", "show", "1"),
    ("config", "show"),
    ("config", "env"),
    ("config", "schema"),
    ("alerts", "list"),
    ("alerts", "test"),
    ("pause", "--account", "x_one"),
    ("resume", "--account", "x_one"),
    ("share", "https://nowhere.invalid/"),
    ("accounts", "list"),
    ("accounts", "check"),
    ("check", "--online"),
    ("recover", "--verify"),
    ("simulate",),
    ("correct", "2", "--dry-run"),
    ("withdraw", "2", "--reason", "wrong", "--dry-run"),
)


def told(desk: Desk) -> str:
    """Everything that every command says."""
    said = []
    for words in COMMANDS:
        for form in ((), ("--json",)):
            _, out, err = desk(*words, *form)
            said += [out, err]
    return "\n".join(said)


def leaks(text: str, fakes: dict[str, FakeServer]) -> list[str]:
    return sorted(secret for secret in known(fakes) if secret in text)


@pytest.mark.parametrize("mode", ["fine", 401, 403, 422, 429, 500, "drop", "nonjson"])
def test_nothing_that_is_said_holds_a_secret(
    planted: Desk, fakes: dict[str, FakeServer], mode: str | int
) -> None:
    assert planted("run", "--once")[0] == 0
    planted.publish("rain", "Rain & wind")
    for fake in fakes.values():
        if mode != "fine":
            echo = " and ".join(fake.secrets)
            fake.script_write(mode, times=50, body={"error": f"bad token {echo}", "detail": echo})
    said = told(planted)
    assert len(said) > 5_000
    assert "_one" in said
    assert leaks(said, fakes) == []
    files = b"".join(path.read_bytes() for path in Path().rglob("*") if path.is_file())
    assert b"rain" in files
    assert leaks(files.decode("latin-1"), fakes) == []


def test_a_fault_of_ours_that_repeats_a_secret_is_blotted_out(
    planted: Desk,
    fakes: dict[str, FakeServer],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert planted("run", "--once")[0] == 0
    planted.publish("rain", "Rain & wind")

    def faulty(self: Any, *_: object, **__: object) -> None:
        kept = " ".join(str(value) for value in vars(self).values())
        raise RuntimeError(f"a fault with {kept} of {[fake.secrets for fake in fakes.values()]}")

    for kind in KINDS:
        connector = importlib.import_module(f"bot.platforms.{kind}").Connector
        monkeypatch.setattr(connector, "prepare", faulty)
    monkeypatch.setattr(sys, "argv", ["sharewire", "run", "--once"])
    with pytest.raises(SystemExit):
        main()
    said = "".join(capsys.readouterr())
    assert "a fault with" in said
    assert leaks(said, fakes) == []


def test_no_repr_holds_a_secret(planted: Desk, fakes: dict[str, FakeServer]) -> None:
    from bot.bootstrap import open_house
    from bot.runtime.clock import SystemClock

    house = open_house(None, SystemClock())
    newsroom = house.newsroom()
    said = repr((house, house.settings, newsroom))
    said += "".join(repr(account.connector) for account in newsroom.accounts.values())
    assert "x_one" in said
    assert leaks(said, fakes) == []
