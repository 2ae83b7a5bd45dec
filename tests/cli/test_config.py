from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.__main__ import main

Run = Callable[..., tuple[int, str, str]]
TOKEN = "BOT_ACCOUNTS__HOOK__URL"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`config("show", …)` → exit code, stdout, stderr, with one webhook account."""
    (tmp_path / "bot.toml").write_text('[accounts.hook]\nplatform = "webhook"\nhandle = "desk"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_CONFIG", "bot.toml")

    def config(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sharewire", "config", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return config


def test_show_tells_each_value_with_its_origin_and_no_secret(
    config: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "https://example.org/s3cret")
    code, out, _ = config("show", "--json")
    rows = {row["key"]: (row["value"], row["origin"]) for row in json.loads(out)}
    assert code == 0
    assert rows["accounts.hook.handle"] == ("desk", "bot.toml")
    assert rows["accounts.hook.url"] == ("***", "environment")
    assert rows["timezone"] == ("UTC", "default")
    assert "s3cret" not in out


def test_show_for_people_has_a_line_a_key(config: Run) -> None:
    lines = [line.split() for line in config("show")[1].splitlines()]
    assert lines[0] == ["key", "value", "from"]
    assert ["accounts.hook.handle", "desk", "bot.toml"] in lines


def test_env_names_what_is_missing(config: Run) -> None:
    lines = [line.split() for line in config("env")[1].splitlines()]
    assert [TOKEN, "accounts.hook.url", "missing"] in lines


def test_env_as_json_has_the_same(config: Run) -> None:
    rows = json.loads(config("env", "--json")[1])
    assert {"name": TOKEN, "key": "accounts.hook.url", "state": "missing", "origin": ""} in rows


def test_schema_is_one_document(config: Run) -> None:
    code, out, _ = config("schema")
    assert code == 0
    assert json.loads(out)["title"] == "Sharewire"


def test_a_file_that_cannot_be_used_is_one_line_a_mistake_on_stderr(config: Run) -> None:
    Path("bot.toml").write_text('log = "jason"\nmode = "dead"\n')
    code, out, err = config("show")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "sharewire: bot.toml: mode: is none of its values: choose among live, rehearsal",
        'sharewire: bot.toml: log: is none of its values: did you mean "json"?',
    ]
