"""WebSub with a hub that others wrote: discovery, the wish, its verification, signed pushes, renewal."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests

from tests.peers.newsroom import ROOT, Newsroom, free_port

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1200)]

PYTHON = ROOT / ".venv-peers/bin/python"
CONFIG = """\
log = "json"

[web]
port = {port}
public_url = "http://127.0.0.1:{port}"

[sources.site]
kind = "feed"
url = "{hub}/feed/"
every = "1h"
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


@dataclass
class Publisher:
    """A site that tells its hub of what it publishes."""

    url: str
    folder: Path
    items: str = ""

    def publish(self, slug: str) -> None:
        now = format_datetime(datetime.now(UTC))
        self.items = (
            f"<item><title>News of {slug}</title><link>{self.url}/a/{slug}/</link><guid>{slug}</guid>"
            f"<pubDate>{now}</pubDate><description>What is known of {slug}.</description></item>{self.items}"
        )
        self.write()
        told = {"hub.mode": "publish", "hub.topic": f"{self.url}/feed/"}
        assert requests.post(f"{self.url}/hub", data=told, timeout=300).status_code == 202

    def write(self) -> None:
        rss = f'<rss version="2.0"><channel><title>Site</title>{self.items}</channel></rss>'
        (self.folder / "feed.xml").write_text(rss)

    def wishes(self) -> list[dict[str, str]]:
        asked = requests.get(f"{self.url}/asked", timeout=300).json()
        return [each for each in asked if each["hub.mode"] == "subscribe"]


@pytest.fixture(params=["sha512", "sha1"])
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Publisher]:
    if not PYTHON.is_file():
        pytest.skip("needs Flask-WebSub: run tests/peers/install")
    command = [str(PYTHON), "tests/peers/hub", str(tmp_path), request.param]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as hub:
        assert hub.stdin
        assert hub.stdout
        site = Publisher(hub.stdout.readline().strip(), tmp_path)
        site.write()
        yield site
        hub.stdin.close()
        hub.wait(60)


def test_a_hub_is_found_asked_believed_and_asked_again_before_its_lease_ends(
    site: Publisher, tmp_path: Path
) -> None:
    port = free_port()
    desk = Newsroom(
        tmp_path / "desk",
        CONFIG.format(port=port, hub=site.url),
        BOT_TOKEN_KEY="a long random text for tests",
    )
    worker = desk.start("--web")
    try:
        desk.wait(lambda: desk.said("hub.verified"))
        site.publish("rain")
        desk.wait(lambda: desk.titles("fedi") == ["News of rain"])
        desk.wait(lambda: desk.said("hub.verified") == 2)
        first, again = site.wishes()
        assert first == again
        assert first["hub.topic"] == f"{site.url}/feed/"
        site.publish("wind")
        desk.wait(lambda: desk.titles("fedi") == ["News of rain", "News of wind"])
        log = desk.log.read_text()
        assert (first["hub.secret"] in log, first["hub.callback"] in log) == (False, False)
        assert desk.said("push.refused") == 0
        worker.terminate()
        assert worker.wait(120) == 0
    finally:
        desk.close()
