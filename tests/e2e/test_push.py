"""A worker process that listens: a CMS's signed webhooks, a hub's pushes, and what is none of both."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fakes.cms import sign
from tests.fakes.hub import FakeHub

ROOT = Path(__file__).parents[2]
SECRET = "s3cret-of-the-cms"
CONFIG = """\
log = "json"

[web]
port = {port}
public_url = "http://127.0.0.1:{port}"

[delivery]
reconcile_after = "1s"

[sources.site]
kind = "feed"
url = "{feed}"
every = "1h"
allow_private = true
enrich = false

[sources.cms]
kind = "push"
enrich = false

[accounts.fedi]
platform = "file"
as = "mastodon"

[[routes]]
name = "everything"
sources = ["site", "cms"]
accounts = ["fedi"]
timing = "now"
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


class Listening:
    """A worker with `--web`, its log and what it has shared."""

    def __init__(self, folder: Path, hub: FakeHub) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "bot.toml").write_text(CONFIG.format(port=self.port, feed=hub.topic))
        self.url = f"http://127.0.0.1:{self.port}"
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith(("BOT_", "DATABASE_URL", "DYNO", "PORT"))
        }
        self.environment = clean | {
            "PYTHONPATH": str(ROOT),
            "BOT_SOURCES__CMS__HOOK_SECRET": SECRET,
            "BOT_SOURCES__SITE__HOOK_SECRET": SECRET,
            "BOT_TOKEN_KEY": "a long random text for tests",
        }
        self.log = folder / "log"
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", "--web", "--config", "bot.toml"],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        ready = self.said("web.ready")
        self.wait(lambda: self.said("web.ready") > ready and self.said("source.baseline") >= 2)

    def said(self, event: str) -> int:
        """How often; in the log of one that was killed, a line may be half written."""
        return self.log.read_text().count(f'"event": "{event}"') if self.log.exists() else 0

    def links(self) -> list[str]:
        """Where the shares lead, each as often as it was shared."""
        posts = (self.folder / "out").glob("fedi/posts/*.json")
        return sorted(json.loads(path.read_text())["text"].split()[-1] for path in posts)

    def wait(self, holds: Callable[[], object], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, self.log.read_text()[-6000:]
            time.sleep(0.05)

    def tell(
        self, source: str, document: Any, *, id_: str = "msg_1", secret: str = SECRET
    ) -> requests.Response:
        body, url = json.dumps(document).encode(), f"{self.url}/hooks/{source}"
        return requests.post(url, data=body, headers=sign(secret, id_, body), timeout=10)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub() as hub:
        yield hub


@pytest.fixture
def house(tmp_path: Path, hub: FakeHub) -> Iterator[Listening]:
    house = Listening(tmp_path, hub)
    yield house
    house.worker.kill()
    house.worker.wait(10)


def test_what_a_cms_tells_is_shared_once_and_survives_a_kill(house: Listening) -> None:
    rain = {"url": "https://news.example/rain/", "title": "Rain", "id": "7"}
    answer = house.tell("cms", {"articles": [rain]})
    assert (answer.status_code, answer.json()) == (200, {"taken": 1})
    house.worker.kill()
    house.worker.wait(10)
    house.start()
    house.wait(lambda: house.links() == ["https://news.example/rain/"])
    assert house.tell("cms", rain | {"title": "Rain!"}, id_="msg_2").status_code == 200
    assert house.tell("cms", rain, id_="msg_2").json() in ({"taken": 0, "seen": True}, {"taken": 1})
    house.tell("cms", {"url": "https://news.example/wind/", "title": "Wind"}, id_="msg_3")
    house.wait(lambda: len(house.links()) == 2)
    assert house.links() == ["https://news.example/rain/", "https://news.example/wind/"]


def test_what_is_not_signed_or_cannot_be_read_is_told_why(house: Listening) -> None:
    rain = {"url": "https://news.example/rain/", "title": "Rain"}
    refused = house.tell("cms", rain, secret="another")
    assert (refused.status_code, "does not match" in refused.text) == (401, True)
    assert requests.post(f"{house.url}/hooks/cms", json=rain, timeout=10).status_code == 401
    assert house.tell("nobody", rain).status_code == 404
    wrong = house.tell("cms", {"articles": [{"url": "rain"}]}, id_="msg_4")
    assert (wrong.status_code, wrong.text.split(":")[0]) == (400, "articles.0.url")
    assert house.tell("cms", [rain], id_="msg_5").text == "the message must be an object\n"
    large = requests.post(f"{house.url}/hooks/cms", data=b"x" * 5_000_001, timeout=10)
    assert large.status_code == 413
    assert requests.get(f"{house.url}/healthz", timeout=10).json() == {"ok": True, "overdue": 0}
    assert house.links() == []
    assert SECRET not in house.log.read_text()


def test_a_hub_is_asked_verifies_and_pushes_within_seconds(house: Listening, hub: FakeHub) -> None:
    house.wait(lambda: house.said("hub.verified"), 50)
    assert (hub.wishes[-1].topic, hub.wishes[-1].verified) == (hub.topic, True)
    assert hub.push(hub.document("forged"), signed=False) == 202
    assert hub.push(hub.document("rain")) == 202
    house.wait(lambda: house.links() == [f"{hub.url}/a/rain/"])
    assert hub.push(hub.document("rain")) == 202
    hub.method = "sha1"
    assert hub.push(hub.document("wind", "rain")) == 202
    house.wait(lambda: len(house.links()) == 2)
    assert house.said("push.refused") == 1
    stranger = requests.get(
        hub.wishes[-1].callback,
        params={"hub.mode": "subscribe", "hub.topic": "https://other.example/", "hub.challenge": "x"},
        timeout=10,
    )
    assert stranger.status_code == 404
    assert requests.get(f"{house.url}/websub/site/guessed", timeout=10).status_code == 404
    text = house.log.read_text()
    assert hub.wishes[-1].secret not in text
    assert hub.wishes[-1].callback.rpartition("/")[2] not in text


def test_a_push_that_comes_late_undoes_no_edit(house: Listening, hub: FakeHub) -> None:
    house.wait(lambda: house.said("hub.verified"), 50)
    late = hub.document("rain")
    assert hub.push(late) == 202
    house.wait(lambda: house.links() == [f"{hub.url}/a/rain/"])
    hub.items, hub.edition = ["rain"], "Heavy rain"
    edited = hub.document("rain")
    assert hub.push(edited) == 202
    house.wait(lambda: house.said("article.changed") == 1)
    hub.edition = ""
    assert [hub.push(late), hub.push(late)] == [202, 202]
    hub.edition = "Heavy rain"
    house.wait(lambda: house.said("source.pushed") == 4)
    hub.items = ["wind", "rain"]
    assert hub.push(hub.document("wind", "rain")) == 202
    house.wait(lambda: len(house.links()) == 2)
    assert house.said("article.changed") == 1


def test_a_push_that_is_no_feed_and_a_hook_on_a_feed_have_it_read_at_once(
    house: Listening, hub: FakeHub
) -> None:
    house.wait(lambda: house.said("hub.verified"), 50)
    hub.items = ["rain"]
    assert hub.push(b"<html><body>maintenance</body></html>") == 202
    house.wait(lambda: house.links() == [f"{hub.url}/a/rain/"])
    house.worker.send_signal(signal.SIGTERM)
    assert house.worker.wait(20) == 0
    assert "Traceback" not in house.log.read_text()


def test_a_port_that_is_taken_is_one_clear_line(tmp_path: Path, hub: FakeHub) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "bot.toml").write_text(CONFIG.format(port=port, feed=hub.topic))
        done = subprocess.run(
            [sys.executable, "-m", "bot", "run", "--web", "--config", "bot.toml"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "BOT_SOURCES__CMS__HOOK_SECRET": SECRET, "PORT": ""},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert f"web.port: cannot listen on 127.0.0.1:{port}: Address already in use" in done.stderr
