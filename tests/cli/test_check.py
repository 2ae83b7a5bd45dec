from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from bot.__main__ import main
from tests.cli.conftest import Desk

HOME = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sharewire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`sharewire("check", …)` → exit code, stdout, stderr, in a folder with the shipped configuration."""
    copytree(HOME / "config", tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOT_CONFIG", raising=False)

    def sharewire(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sharewire", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return sharewire


def test_the_shipped_configuration_is_fine_as_it_is(sharewire: Run) -> None:
    code, out, err = sharewire("check")
    assert (code, err) == (0, "")
    assert "places on main_x a day" in out
    assert out.splitlines()[-1].startswith("config/bot.toml is fine: 1 source, 3 accounts, 2 routes")


def test_a_mistake_is_one_line_and_exit_1(sharewire: Run) -> None:
    Path("config/bot.toml").write_text('timezon = "UTC"\n')
    code, out, err = sharewire("check")
    assert (code, err) == (1, "")
    assert out == 'error: config/bot.toml: timezon: is no key: did you mean "timezone"?\n'


def test_warnings_alone_are_told_with_exit_0(sharewire: Run) -> None:
    Path("config/bot.toml").write_text("")
    code, out, _ = sharewire("check")
    assert code == 0
    assert out.startswith("warning: config/bot.toml: routes: there is none")


def test_json_is_one_document_of_problems(sharewire: Run) -> None:
    Path("config/bot.toml").write_text('log = "jason"\n')
    code, out, _ = sharewire("check", "--json")
    assert code == 1
    message = 'is none of its values: did you mean "json"?'
    assert json.loads(out) == {
        "problems": [{"where": "config/bot.toml", "key": "log", "message": message, "level": "error"}],
        "places": [],
    }


def test_brackets_in_a_message_are_printed_as_they_are(sharewire: Run) -> None:
    Path("config/bot.toml").write_text('[delivery]\nlog = "text"\n')
    assert "stands under [delivery]" in sharewire("check")[1]


def test_check_makes_no_file(sharewire: Run) -> None:
    before = sorted(Path().rglob("*"))
    sharewire("check")
    assert sorted(Path().rglob("*")) == before


def test_another_file_is_named_with_config(sharewire: Run) -> None:
    Path("mine.toml").write_text("nonsense")
    code, out, _ = sharewire("check", "--config", "mine.toml")
    assert code == 1
    assert out.startswith("error: mine.toml, line 1")


def test_wrong_use_is_exit_2(sharewire: Run) -> None:
    code, _, err = sharewire("check", "--jsn")
    assert code == 2
    assert "--json" in err


def test_the_module_runs_as_the_command_does() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "--version"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith("sharewire ")


def test_starting_the_command_line_imports_nothing_heavy() -> None:
    heavy = "{'sqlalchemy', 'aiohttp', 'tweepy', 'jinja2', 'pydantic_settings', 'apscheduler'}"
    script = f"import sys, bot.cli.app; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_database_that_will_not_last_is_a_warning(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.settings.fleeting.EMPTIED", (Path.cwd(),))
    code, out, _ = desk("check")
    assert code == 0
    assert "warning: data/sharewire.db: database: lies below" in out
    _, _, err = desk("run", "--once")
    assert "database.fleeting" in err
