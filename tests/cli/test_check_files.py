"""Files that hold secrets, or what is to be published, are their owner's alone; `check` says how."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Desk


def warned(desk: Desk) -> list[str]:
    code, out, _ = desk("check")
    assert code == 0
    return [line for line in out.splitlines() if line.startswith("warning: ") and "chmod" in line]


def test_what_sharewire_makes_is_its_owners_alone(shared: Desk) -> None:
    assert warned(shared) == []


def test_files_open_to_others_are_named_with_the_chmod_to_run(shared: Desk) -> None:
    Path(".env").write_text("")
    Path(".env").chmod(0o644)
    Path("data/sharewire.db").chmod(0o660)
    Path("data/sharewire.db-wal").touch(0o600)
    Path("data/sharewire.db-wal").chmod(0o604)
    assert warned(shared) == [
        f"warning: {path}: others can read or change it (mode {mode}): chmod 600 {path}"
        for path, mode in ((".env", "0644"), ("data/sharewire.db", "0660"), ("data/sharewire.db-wal", "0604"))
    ]


def test_a_folder_of_secrets_is_looked_into(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    (folder / "BOT_TOKEN_KEY").write_text("a-long-key")
    (folder / "BOT_TOKEN_KEY").chmod(0o600)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert warned(desk) == []
    (folder / "BOT_TOKEN_KEY").chmod(0o640)
    (line,) = warned(desk)
    assert line.endswith(f"chmod -R go= {folder}")
