"""A real WordPress: the Playground's PHP and SQLite, from npm, on 127.0.0.1."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import requests

from tests.peers.newsroom import ROOT, Newsroom, free_port

__all__ = ["AS_FEED", "RAIN", "ROAD", "WordPress", "ago", "newsroom"]

CLI = ROOT / "node_modules/@wp-playground/cli/wp-playground.js"
BUILD = ROOT / "node_modules/@wp-playground/wordpress-builds/src/wordpress/wp-6.5.zip"
HERE = Path(__file__).parent
CONFIG = """\
log = "json"
timezone = "Africa/Kigali"
languages = ["en", "fr", "rw"]

[sources.site]
kind = "wordpress"
url = "{url}"
every = "1s"
enrich = false
allow_private = true
overrides = {{ {orders} }}
{more}
[accounts.fedi]
platform = "file"
as = "mastodon"
on_update = "edit"
on_withdrawal = "delete"

[accounts.blue]
platform = "file"
as = "bluesky"

[[routes]]
name = "everything"
sources = [{sources}]
accounts = ["fedi", "blue"]
timing = "now"
"""
RAIN = (
    "Imvura nyinshi yaguye mu karere ka Nyagatare yangije imyaka y'abaturage, ariko ubuyobozi buvuga ko "
    "bugiye kubafasha kubona imbuto nshya kandi ko imihanda igiye gusanwa vuba."
)
ROAD = (
    "Le gouvernement a annoncé lundi que la nouvelle route entre Nyagatare et Kigali sera ouverte avant la "
    "fin de l’année, et que les travaux ont déjà commencé dans plusieurs secteurs."
)
AS_FEED = """
[sources.rss]
kind = "feed"
url = "{url}/feed/"
every = "1s"
allow_private = true
"""
ORDERS = ", ".join(f'{order} = "sharewire_{order}"' for order in ("skip", "text", "image", "embargo"))


class WordPress:
    """A site of its own in a folder; an editor's hand on it is its own REST API, as the block editor's is."""

    def __init__(self, folder: Path) -> None:
        node = shutil.which("node")
        if not node or not CLI.is_file() or not BUILD.is_file():
            pytest.skip("needs node 20 or newer and WordPress: run tests/peers/install")
        site = folder / "wordpress"
        with ZipFile(BUILD) as archive:
            archive.extractall(site)
        plugins = site / "wp-content/mu-plugins"
        plugins.mkdir()
        shutil.copy(HERE / "peer.php", plugins)
        port = free_port()
        self.content = site / "wp-content"
        self._maintenance = site / ".maintenance"
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"
        self.log = folder / "wordpress.log"
        command = [node, str(CLI), "server", "--port", str(port)]
        command += ["--wordpress-install-mode", "install-from-existing-files"]
        command += ["--mount-dir-before-install", str(site), "/wordpress"]
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._begin()
        except BaseException:
            self.stop()
            raise

    def _begin(self) -> None:
        self._await()
        self.password = (self.content / "password").read_text()
        self.api("POST", "settings", json={"title": "Nyagatare & Daily", "timezone": "Africa/Kigali"})
        self.api("DELETE", "posts/1", params={"force": "true"})

    def stop(self) -> None:
        self.server.send_signal(signal.SIGINT)
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait(10)

    def _await(self) -> None:
        end = time.monotonic() + 600
        while self.server.poll() is None and time.monotonic() < end:
            try:
                if requests.get(f"{self.url}/wp-json/", timeout=30).ok:
                    return
            except requests.RequestException:
                time.sleep(0.3)
        pytest.fail(f"WordPress does not come up: {self.log.read_text()[-2000:]}")

    def api(self, method: str, route: str, **more: Any) -> Any:
        """What WordPress answers the editor."""
        answer = requests.request(
            method, f"{self.url}/wp-json/wp/v2/{route}", auth=("admin", self.password), timeout=300, **more
        )
        assert answer.ok, f"{method} {route}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def write(self, title: str, content: str = "", *, status: str = "publish", **more: Any) -> dict[str, Any]:
        """A new post, as the block editor saves one."""
        text = content or f"<!-- wp:paragraph -->\n<p>{title}: what was said of it on Monday.</p>"
        made: dict[str, Any] = self.api(
            "POST", "posts", json={"title": title, "content": text, "status": status, **more}
        )
        return made

    def change(self, post: dict[str, Any], **values: Any) -> dict[str, Any]:
        changed: dict[str, Any] = self.api("POST", f"posts/{post['id']}", json=values)
        return changed

    def import_(self, many: int) -> None:
        """So many posts of a month ago, as an importer brings them: all changed just now."""
        (self.content / "import").write_text(str(many))
        assert requests.get(f"{self.url}/wp-json/", timeout=600).ok

    def come(self, post: dict[str, Any], *, late: float = 1) -> None:
        """A scheduled post was due so many seconds ago, and now the host's cron calls wp-cron."""
        (self.content / "due").write_text(f"{post['id']} {late:.0f}")
        assert requests.get(f"{self.url}/wp-json/", timeout=300).ok
        assert requests.get(f"{self.url}/wp-cron.php?doing_wp_cron", timeout=300).ok

    def settle(self, permalinks: str) -> None:
        """Where all its posts have their addresses from now on."""
        (self.content / "permalinks").write_text(permalinks)
        for _ in range(2):
            assert requests.get(f"{self.url}/wp-login.php", timeout=300).ok

    def shorten(self, *, brief: bool) -> None:
        """Whether its feed shows excerpts only."""
        (self.content / "brief").write_text("yes" if brief else "")

    def bin(self, post: dict[str, Any]) -> None:
        self.api("DELETE", f"posts/{post['id']}")

    def term(self, kind: str, name: str) -> int:
        return int(self.api("POST", kind, json={"name": name})["id"])

    def author(self, name: str) -> int:
        login = name.lower().replace(" ", "")
        return int(
            self.api(
                "POST",
                "users",
                json={
                    "username": login,
                    "name": name,
                    "email": f"{login}@example.org",
                    "password": "a long word for tests",
                    "roles": ["author"],
                },
            )["id"]
        )

    def picture(self, data: bytes, alt: str) -> dict[str, Any]:
        headers = {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="hill.png"'}
        made = self.api("POST", "media", data=data, headers=headers)
        described: dict[str, Any] = self.api("POST", f"media/{made['id']}", json={"alt_text": alt})
        return described

    def shut(self, how: str) -> None:
        """How: "closed" (401 for strangers), "off" (404), "login" (all leads there), "plain", "dead" (no
        database), "soon" (a page in place of all), "updating" (itself); "" opens it."""
        (self.content / "shut").write_text(how)
        if how == "updating":
            self._maintenance.write_text("<?php $upgrading = time();")
        else:
            self._maintenance.unlink(missing_ok=True)

    def strip(self, *, bare: bool) -> None:
        """Whether its posts are without the fields in which the desk orders."""
        (self.content / "bare").write_text("yes" if bare else "")

    def speak(self, locale: str) -> None:
        """The language of the site, as its owner chooses it ("" for English)."""
        (self.content / "locale").write_text(locale)


def ago(**much: float) -> str:
    """A time as the editor's `date_gmt`."""
    return f"{datetime.now(UTC) - timedelta(**much):%Y-%m-%dT%H:%M:%S}"


def newsroom(site: WordPress, folder: Path, more: str = "", sources: str = '"site"') -> Newsroom:
    """A desk that reads it."""
    config = CONFIG.format(url=site.url, more=more.format(url=site.url), sources=sources, orders=ORDERS)
    return Newsroom(folder, config)
