"""A real Ghost with SQLite, on 127.0.0.1."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.peers.newsroom import ROOT, free_port

__all__ = ["Ghost"]

HOME = ROOT / ".peers/ghost"
OWNER = {"name": "Desk", "email": "desk@example.org", "password": "a long word for tests"}


class Ghost:
    """A site of its own in a folder; an editor's hand on it is its Admin API, as Ghost's own editor's is."""

    def __init__(self, folder: Path) -> None:
        node = shutil.which("node")
        if not node or not (HOME / "node_modules/sqlite3").is_dir():
            pytest.skip("needs node 20 and Ghost: run tests/peers/ghost/install")
        port = free_port()
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"
        shutil.copytree(HOME / "content", folder / "content")
        config = {
            "url": self.url,
            "server__host": "127.0.0.1",
            "server__port": str(port),
            "database__client": "sqlite3",
            "database__connection__filename": str(folder / "ghost.db"),
            "database__useNullAsDefault": "true",
            "paths__contentPath": str(folder / "content"),
            "privacy__useUpdateCheck": "false",
            "privacy__useGravatar": "false",
            "logging__transports": '["stdout"]',
        }
        self.log = folder / "ghost.log"
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                [node, str(HOME / "index.js")],
                cwd=HOME,
                env={"PATH": "/usr/bin:/bin", "NODE_ENV": "development", "HOME": str(folder), **config},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.session = requests.Session()
        self.session.headers.update({"Origin": self.url, "Accept-Version": "v5.0"})
        try:
            self._begin()
        except BaseException:
            self.stop()
            raise

    def _begin(self) -> None:
        """Set it up as its owner does in the browser."""
        self._await()
        self.admin("POST", "authentication/setup/", setup=[{**OWNER, "blogTitle": "Nyagatare & Daily"}])
        self.admin("POST", "session/", username=OWNER["email"], password=OWNER["password"])
        made = self.admin("POST", "integrations/?include=api_keys", integrations=[{"name": "desk"}])
        keys = made["integrations"][0]["api_keys"]
        self.key = next(str(key["secret"]) for key in keys if key["type"] == "content")
        for post in self.admin("GET", "posts/?limit=all")["posts"]:
            self.delete(post)

    def stop(self) -> None:
        self.session.close()
        self.server.terminate()
        try:
            self.server.wait(60)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait(10)

    def _await(self) -> None:
        end = time.monotonic() + 600
        while self.server.poll() is None and time.monotonic() < end:
            try:
                if requests.get(f"{self.url}/ghost/api/admin/site/", timeout=30).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.5)
        pytest.fail(f"Ghost does not come up: {self.log.read_text()[-2000:]}")

    def admin(self, method: str, route: str, **said: Any) -> Any:
        """What Ghost answers the editor."""
        answer = self.session.request(
            method, f"{self.url}/ghost/api/admin/{route}", json=said or None, timeout=300
        )
        assert answer.ok, f"{method} {route}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.text.startswith("{") else {}

    def write(self, title: str, text: str = "", *, status: str = "published", **more: Any) -> dict[str, Any]:
        html = f"<p>{text or f'{title}: what was said of it on Monday.'}</p>"
        post = {"title": title, "html": html, "status": status, **more}
        made: dict[str, Any] = self.admin("POST", "posts/?source=html", posts=[post])["posts"][0]
        return made

    def change(self, post: dict[str, Any], **values: Any) -> dict[str, Any]:
        now = self.admin("GET", f"posts/{post['id']}/")["posts"][0]["updated_at"]
        said = {"updated_at": now, **values}
        changed: dict[str, Any] = self.admin("PUT", f"posts/{post['id']}/", posts=[said])["posts"][0]
        return changed

    def delete(self, post: dict[str, Any]) -> None:
        self.admin("DELETE", f"posts/{post['id']}/")
