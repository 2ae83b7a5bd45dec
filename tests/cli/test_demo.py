from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run


def test_without_a_terminal_it_ends_by_itself_after_three_articles_on_three_accounts(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--every", "0.1", "--folder", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    posts = list((tmp_path / "demo/posts").rglob("posts/*.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 articles are out on every account." in done.stdout
    assert len(posts) == 9
    assert all(json.loads(post.read_text())["text"].strip() for post in posts)
    assert "None" not in done.stdout
    assert "\n== mastodon (" in done.stdout
    assert "│" not in done.stdout


def test_a_folder_with_other_files_is_not_emptied(command: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    code, _, err = command("demo", "--folder", "mine")
    assert (code, err) == (2, "sharewire: --folder mine holds other files: name a new or empty folder\n")
    assert (tmp_path / "mine/thesis.txt").exists()
