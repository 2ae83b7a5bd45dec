"""The entry point tells a mistake in a line, and never hides a fault of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

import bot.__main__ as entry
from bot.domain.errors import SourceError, UserError


def raising(error: Exception) -> Callable[..., None]:
    def app(**_: object) -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UserError("bot.toml: x: mend it"), 2, "sharewire: bot.toml: x: mend it\n"),
        (SourceError("no answer"), 1, "sharewire: no answer\n"),
        (
            OperationalError("SELECT 1", {}, Exception("disk is full")),
            1,
            "sharewire: the database: disk is full\n",
        ),
    ],
)
def test_it_says_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    said: str,
) -> None:
    monkeypatch.setattr(entry, "app", raising(error))
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert (ended.value.code, capsys.readouterr().err) == (code, said)


def test_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "app", raising(KeyError("bug")))
    with pytest.raises(KeyError):
        entry.main()
