"""A worker process on a real site: edits while it runs, signals, and what `status` says meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.storage.store import open_store
from tests.fakes.site import Site

ROOT = Path(__file__).parents[2]
CONFIG = """\
log = "json"

[sources.site]
kind = "feed"
url = "{feed}"
every = "1s"
allow_private = true
enrich = false

[accounts.fedi]
platform = "file"
as = "mastodon"

[[routes]]
name = "everything"
sources = ["site"]
accounts = ["fedi"]
timing = "now"
"""


class Installation:
    """A folder with a configuration and a template of its own, and the worker that runs in it."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.folder, self.site, self.items = folder, site, ""
        self.config, self.template = folder / "bot.toml", folder / "templates/default/any.j2"
        self.config.write_text(CONFIG.format(feed=site.url("/feed")))
        self.template.parent.mkdir(parents=True)
        self.template.write_text("{{ title }} {{ url }}")
        self.publish("")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("BOT_", "DATABASE_URL", "DYNO"))}
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", "--config", "bot.toml"],
                cwd=folder,
                env=clean | {"PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        self.wait(lambda: self.said("source.baseline"))

    def publish(self, *titles: str) -> None:
        now = format_datetime(datetime.now(UTC))
        self.items += "".join(
            f"<item><title>{title}</title><link>{self.site.url(f'/{title}')}</link><guid>{title}</guid>"
            f"<pubDate>{now}</pubDate></item>"
            for title in titles
            if title
        )
        self.site.feed("/feed", f'<rss version="2.0"><channel><title>S</title>{self.items}</channel></rss>')

    def said(self, event: str) -> int:
        """How often the worker logged this."""
        return self.log.read_text().count(f'"event": "{event}"')

    def texts(self) -> list[str]:
        return [
            json.loads(path.read_text())["text"] for path in (self.folder / "out").glob("fedi/posts/*.json")
        ]

    def problems(self) -> list[str]:
        """What the worker left for `status`."""
        database = f"sqlite:///{self.folder}/data/sharewire.db"
        with (
            closing(open_store(database, mode="live", create=False, migrate=False)) as store,
            store.read() as tx,
        ):
            said: list[str] = tx.workers.get("problems") or []
        return said

    def wait(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    with Site() as site:
        house = Installation(tmp_path, site)
        yield house
        house.worker.kill()
        house.worker.wait(10)


def test_it_takes_up_edits_survives_mistakes_and_ends_when_told(house: Installation) -> None:
    house.publish("first")
    house.wait(house.texts)

    house.template.write_text("EDITED {{ title }} {{ url }}")
    house.wait(lambda: house.said("config.reloaded") == 1)
    house.publish("second")
    house.wait(lambda: len(house.texts()) == 2)
    assert sorted(house.texts()) == [
        f"EDITED second {house.site.url('/second')}",
        f"first {house.site.url('/first')}",
    ]

    good = house.config.read_text()
    house.config.write_text(good.replace('timing = "now"', 'timing = "nwo"'))
    house.wait(lambda: house.said("config.refused") == 1)
    (problem,) = house.problems()
    assert problem.startswith("configuration not taken up: bot.toml: routes.everything.timing: ")
    house.publish("third")
    house.wait(lambda: len(house.texts()) == 3)

    house.config.write_text(good)
    house.wait(lambda: house.said("config.reloaded") == 2)
    assert house.problems() == []

    house.worker.send_signal(signal.SIGHUP)
    house.wait(lambda: house.said("config.reloaded") == 3)

    house.worker.send_signal(signal.SIGTERM)
    assert house.worker.wait(20) == 0
    assert house.said("worker.stopped") == 1
    assert "Traceback" not in house.log.read_text()
    assert len(house.texts()) == 3
