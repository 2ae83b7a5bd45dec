"""A real Bluesky PDS (npm), and a way to it on which requests and answers can be lost."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
import requests

from tests.fakes.server import Answer, FakeServer, Request
from tests.peers.newsroom import ROOT

__all__ = ["Pds"]

COLLECTION = "app.bsky.feed.post"
ONWARD = ("accept", "authorization", "content-type")
BACK = ("content-type", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy")


class Pds(FakeServer):
    """What is asked of `url` the real one at `there` answers, except as a script says."""

    kind = "bluesky"
    write = ("POST", "/xrpc/com.atproto.repo.putRecord")
    deletes = ("POST", "/xrpc/com.atproto.repo.deleteRecord")

    def __init__(self) -> None:
        node = shutil.which("node")
        if not node or not (ROOT / "node_modules/@atproto/dev-env").is_dir():
            pytest.skip("needs node 20 or newer and the PDS: run tests/peers/install")
        self._process = subprocess.Popen(
            [node, "tests/peers/pds.cjs"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        said = json.loads(self._process.stdout.readline())
        self.there, self.jwt_secret, self._admin = said["url"], said["jwtSecret"], said["adminPassword"]
        super().__init__()
        self._owners: dict[str, str] = {}
        self.did, self.password = self.join("desk.test")

    def respond(self, request: Request) -> Answer:
        answer = requests.request(
            request.method,
            f"{self.there}{request.path}",
            params=dict(request.query),
            data=request.body,
            headers={name: request.headers[name] for name in ONWARD if name in request.headers},
            timeout=300,
        )
        back = {name: answer.headers[name] for name in BACK if name in answer.headers}
        return Answer(answer.status_code, answer.content, back)

    def join(self, handle: str) -> tuple[str, str]:
        """A new account and an app password of it, as its owner makes one."""
        who = {"handle": handle, "email": f"{handle}@example.org", "password": "a long word for tests"}
        made = self.tell("createAccount", who)
        self._owners[made["did"]] = f"Bearer {made['accessJwt']}"
        app = self.tell("createAppPassword", {"name": "Sharewire"}, self._owners[made["did"]])
        return made["did"], app["password"]

    def revoke(self, did: str) -> None:
        """The owner takes the app password back."""
        self.tell("revokeAppPassword", {"name": "Sharewire"}, self._owners[did])

    def take_down(self, did: str) -> None:
        """Those who keep the server take the account down."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": did}
        answer = requests.post(
            f"{self.there}/xrpc/com.atproto.admin.updateSubjectStatus",
            json={"subject": subject, "takedown": {"applied": True}},
            auth=("admin", self._admin),
            timeout=300,
        )
        assert answer.ok, answer.text

    def tell(self, method: str, said: dict[str, Any], by: str = "") -> Any:
        answer = requests.post(
            f"{self.there}/xrpc/com.atproto.server.{method}",
            json=said,
            headers={"Authorization": by} if by else {},
            timeout=300,
        )
        assert answer.ok, f"{method}: {answer.text}"
        return answer.json() if answer.content else {}

    def options(self) -> dict[str, Any]:
        return {
            "platform": "bluesky",
            "base_url": self.url,
            "identifier": "desk.test",
            "app_password": self.password,
            "image": {"need": "optional"},
        }

    def ask(self, method: str, **parameters: Any) -> requests.Response:
        """The PDS itself, by whoever comes along."""
        return requests.get(f"{self.there}/xrpc/{method}", params=parameters, timeout=300)

    def record(self, rkey: str) -> dict[str, Any]:
        """What it says of a record: as it stands, or the error."""
        answer = self.ask("com.atproto.repo.getRecord", repo=self.did, collection=COLLECTION, rkey=rkey)
        found: dict[str, Any] = answer.json()
        return found

    def records(self) -> list[dict[str, Any]]:
        """What stands on the account, the newest first."""
        answer = self.ask("com.atproto.repo.listRecords", repo=self.did, collection=COLLECTION, limit=100)
        return [each["value"] | {"uri": each["uri"]} for each in answer.json()["records"]]

    def count(self, method: str) -> int:
        """How often a method was called by way of `url`."""
        return sum(each.path == f"/xrpc/{method}" for each in self.requests)

    def close(self) -> None:
        super().close()
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()
