"""A newsroom beside a peer: a configuration, commands as people give them, what its accounts have shown."""

from __future__ import annotations

import io
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.__main__ import main

__all__ = ["ROOT", "Newsroom", "free_port"]

ROOT = Path(__file__).parents[2]
SLOW = ("no answer within", "took longer than a minute")


class Newsroom:
    """`desk("status")` in `folder`; a worker is a process of its own. The accounts are files."""

    def __init__(self, folder: Path, config: str = "", **environment: str) -> None:
        self.folder = folder
        self.config = folder / "config/bot.toml"
        self.config.parent.mkdir(parents=True, exist_ok=True)
        if config:
            self.config.write_text(config)
        self.environment = environment
        self.log = folder / "log.jsonl"
        self.workers: list[subprocess.Popen[bytes]] = []

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """A command's exit code, output and log."""
        out, err, handlers = io.StringIO(), io.StringIO(), logging.getLogger().handlers[:]
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["sharewire", *words])
            for name in (*filter(_ours, list(os.environ)), *self.environment):
                patch.delenv(name, raising=False)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            patch.setattr("bot.settings.fleeting.EMPTIED", ())  # where tests have their folders
            patch.setattr("bot.settings.fleeting.IN_MEMORY", frozenset())
            with pytest.raises(SystemExit) as ended:
                main()
        structlog.reset_defaults()
        logging.getLogger().handlers[:] = handlers
        assert "Traceback" not in err.getvalue(), err.getvalue()
        return int(ended.value.code or 0), out.getvalue(), err.getvalue()

    def ask(self, *words: str) -> Any:
        """What a command prints as JSON."""
        code, out, err = self(*words, "--json")
        assert out, (code, err)
        return json.loads(out)

    def pass_(self) -> str:
        """One whole pass that must be well; its log. A site that is only slow is asked again."""
        for _ in range(5):
            code, out, err = self("run", "--once")
            if not any(slow in err for slow in SLOW):
                break
        assert code == 0, out + err
        return err

    def until(self, holds: Callable[[], object]) -> None:
        """Passes until something holds: a page that does not answer is asked for again after a minute."""
        end = time.monotonic() + 600
        self.pass_()
        while not holds():
            assert time.monotonic() < end, self.ask("status")
            time.sleep(1)
            self.pass_()

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """A worker; its log goes to a file."""
        clean = {name: value for name, value in os.environ.items() if not _ours(name)}
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", *more],
                cwd=self.folder,
                env=clean | {"PYTHONPATH": str(ROOT)} | self.environment,
                stdout=log,
                stderr=log,
            )
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        """End what still runs."""
        for worker in self.workers:
            worker.kill()
            worker.wait(60)

    def said(self, event: str) -> int:
        """How often the worker's log (in JSON) has an event."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return sum(json.loads(line)["event"] == event for line in lines)

    def wait(self, holds: Callable[[], object], seconds: float = 600) -> None:
        end = time.monotonic() + seconds
        while not holds():
            log = self.log.read_text()[-5000:] if self.log.exists() else ""
            assert time.monotonic() < end, log
            time.sleep(0.1)

    def posts(self, account: str) -> list[dict[str, Any]]:
        """What stands on an account."""
        files = sorted((self.folder / "out" / account / "posts").glob("*.json"))
        return [post for file in files if not (post := json.loads(file.read_text())).get("deleted")]

    def titles(self, account: str) -> list[str]:
        """How each post on an account begins."""
        return sorted(str(post["text"]).split("\n")[0] for post in self.posts(account))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _ours(name: str) -> bool:
    return name.startswith(("BOT_", "DATABASE_URL", "DYNO", "PORT"))
