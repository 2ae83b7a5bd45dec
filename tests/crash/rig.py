"""A whole installation for a test: a site, platforms, and real worker processes that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.domain.budget import month_of
from bot.domain.delivery import Delivery
from bot.storage.store import SqlStore, open_store
from tests.crash.launch import AT, GO, REACHED
from tests.fakes.gallery import picture
from tests.fakes.server import FakeServer
from tests.fakes.site import Page, Site

ROOT = Path(__file__).parents[2]
CONFIG = """
log = "json"
{top}

[sources.site]
kind = "feed"
url = "{feed}"
every = "1s"
allow_private = true
enrich = false

{accounts}

[[routes]]
name = "everything"
sources = ["site"]
accounts = {names}
{route}

[delivery]
{delivery}

{rules}
"""
QUICK = """
lease = "4s"
reconcile_after = "1s"
deadline = "3s"
retry = { first = "1s", max = "2s" }
"""


def rss(count: int, base: str) -> str:
    """A feed of `count` articles, the newest first."""
    now = format_datetime(datetime.now(UTC))
    items = "".join(
        f"<item><title>Article {n} of the day</title><link>{base}/a/{n}/</link><guid>{n}</guid>"
        f"<description>What happened in case {n}.</description><pubDate>{now}</pubDate>"
        f'<enclosure url="{base}/picture.png" type="image/png" length="1"/></item>'
        for n in reversed(range(count))
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Site</title>{items}</channel></rss>'


@dataclass(frozen=True, slots=True)
class More:
    """What a configuration says beside the rig's own: keys at its top and in its route, tables at its end."""

    top: str = ""
    route: str = ""
    rules: str = ""


class Rig:
    """`platforms` by account id. Secrets go into the environment, the rest into the file."""

    table, feed = CONFIG, "/feed"
    program: Sequence[str] = ("bot", "run")
    """The module that a worker runs, and its words."""

    def __init__(
        self,
        folder: Path,
        site: Site,
        platforms: Mapping[str, FakeServer],
        database: str = "",
        delivery: str = QUICK,
        more: More = More(),
    ) -> None:
        self.folder, self.site, self.platforms = folder, site, platforms
        self.database = database or f"sqlite:///{folder}/sharewire.db"
        self.delivery, self.more = delivery, more
        self.log = folder / "log.jsonl"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("BOT_", "DATABASE_URL", "DYNO"))
        }
        self.environment["DATABASE_URL"] = self.database
        self.config = self.write("bot.toml", list(platforms))
        site.pages["/picture.png"] = Page(picture(), headers={"Content-Type": "image/png"})
        self.publish(0)

    def write(self, name: str, accounts: Sequence[str], more: More | None = None) -> Path:
        """A configuration file that wires these accounts."""
        said = self.more if more is None else more
        tables = []
        for id_ in accounts:
            fake = self.platforms[id_]
            lines = [f"[accounts.{id_}]"]
            for key, value in fake.options().items():
                if any(secret in str(value) for secret in fake.secrets):
                    self.environment[f"BOT_ACCOUNTS__{id_.upper()}__{key.upper()}"] = str(value)
                else:
                    lines.append(f"{key} = {json.dumps(value)}")
            tables.append("\n".join(lines))
        file = self.folder / name
        file.write_text(
            self.table.format(
                feed=self.site.url(self.feed),
                accounts="\n\n".join(tables),
                names=json.dumps(list(accounts)),
                delivery=self.delivery,
                top=said.top,
                route=said.route,
                rules=said.rules.format(names=json.dumps(list(accounts))),
            )
        )
        return file

    def publish(self, count: int) -> None:
        """The feed lists so many articles now."""
        self.site.feed("/feed", rss(count, self.site.url("")))

    def start(self, at: str = "", config: Path | None = None, database: str = "") -> subprocess.Popen[bytes]:
        """One more worker process; one that stops dead at the point `at`, or has its own way, if named."""
        module = ["tests.crash.launch", "run"] if at else self.program
        reached = self.folder / f"reached-{len(self.workers)}"
        reached.mkdir()
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", *module, "--config", str(config or self.config)],
                cwd=ROOT,
                env=self.environment
                | {"DATABASE_URL": database or self.database}
                | ({AT: at, REACHED: str(reached)} if at else {}),
                stderr=log,
                stdout=log,
            )
        self.workers.append(worker)
        return worker

    def go(self, worker: subprocess.Popen[bytes]) -> None:
        """Let a worker go on from its point."""
        (self.folder / f"reached-{self.workers.index(worker)}" / GO).touch()

    def reached(self) -> set[str]:
        """Who has come to the point at which the last worker stops."""
        return {file.name for file in (self.folder / f"reached-{len(self.workers) - 1}").iterdir()}

    def kill(self, worker: subprocess.Popen[bytes], how: int = signal.SIGKILL) -> int:
        worker.send_signal(how)
        return worker.wait(30)

    def ask(self, *words: str) -> Any:
        """A command's JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words, "--config", str(self.config), "--json"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            check=False,
        )
        assert done.stdout, done.stderr.decode()
        return json.loads(done.stdout)

    def wait(self, holds: Callable[[], bool], seconds: float = 90) -> None:
        """Until something holds; fails with the log's end."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise AssertionError("it did not come to that:\n" + self.log.read_text()[-6000:])
            time.sleep(0.02)

    def seeded(self) -> bool:
        return self.log.exists() and "source.baseline" in self.log.read_text()

    def ready(self, worker: subprocess.Popen[bytes]) -> bool:
        """Whether it has said that it is at work."""
        log = self.log.read_text(errors="replace")
        return f":{worker.pid}:" in "".join(line for line in log.splitlines() if "worker.ready" in line)

    def all_there(self, count: int) -> bool:
        """Every account has every article's link."""
        return all(len(self.links(id_)) >= count for id_ in self.platforms)

    def stands(self, id_: str, article: int) -> int:
        """How often an article stands on a platform."""
        return self.links(id_)[self.site.url(f"/a/{article}/")]

    def links(self, id_: str) -> Counter[str]:
        """How often each article stands on a platform."""
        return Counter(link for post in self.platforms[id_].stored() for link in post.links)

    def spent(self, id_: str) -> int:
        """What an account has spent this month, in millionths of a dollar."""
        with self.store.read() as tx:
            return tx.spending.spent(id_, *month_of(datetime.now(UTC)))

    def rows(self) -> list[Delivery]:
        """Every share as it stands, without the cost of a process."""
        with self.store.read() as tx:
            return sorted(tx.outbox.list(limit=100_000), key=lambda row: row.id)

    @cached_property
    def store(self) -> SqlStore:
        """The workers' database, from outside."""
        return open_store(self.database)

    def counts(self) -> dict[str, int]:
        states: dict[str, int] = self.ask("status")["counts"]
        return {state: count for state, count in states.items() if count}

    def close(self) -> None:
        for worker in self.workers:
            with suppress(ProcessLookupError):
                worker.kill()
            worker.wait(10)
        if "store" in self.__dict__:
            self.store.close()


def once_each(rig: Rig, count: int, accounts: Sequence[str] = ()) -> None:
    """Each article stands on each account exactly once."""
    expected = {rig.site.url(f"/a/{n}/"): 1 for n in range(count)}
    for id_ in accounts or rig.platforms:
        assert dict(rig.links(id_)) == expected, (id_, rig.counts())
