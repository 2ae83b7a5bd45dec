"""A site whose feed names a WebSub hub, and the hub, on one address (W3C WebSub, read 2026-11-25)."""

from __future__ import annotations

import hmac
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs

import requests

from tests.fakes.server import Answer, FakeServer, Request

__all__ = ["FakeHub", "Wish", "item"]

CHALLENGE = "a-challenge-of-the-hub"


@dataclass(frozen=True, slots=True)
class Wish:
    """A subscription that a subscriber asked for. `verified`: it echoed the challenge."""

    topic: str
    callback: str
    secret: str
    lease_seconds: int
    verified: bool = False


def item(base: str, slug: str, title: str = "") -> str:
    now = format_datetime(datetime.now(UTC))
    return (
        f"<item><title>{title or f'News of {slug}'}</title><link>{base}/a/{slug}/</link><guid>{slug}</guid>"
        f"<pubDate>{now}</pubDate></item>"
    )


class FakeHub(FakeServer):
    """`/feed` and `/hub`; verifies each wish as the specification has it, unless `denies` or `silent`."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.wishes: list[Wish] = []
        self.method = "sha256"
        self.denies = ""
        self.silent = False
        self.edition = ""
        """The title of all its articles, if they were edited."""
        self.verified = threading.Event()
        super().__init__()

    @property
    def topic(self) -> str:
        return f"{self.url}/feed"

    def document(self, *slugs: str) -> bytes:
        """A feed of these articles."""
        links = f'<a:link rel="hub" href="/hub"/><a:link rel="self" href="{self.topic}"/>'
        items = "".join(item(self.url, slug, self.edition) for slug in slugs)
        head = f'<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>Site</title>{links}'
        return f"{head}{items}</channel></rss>".encode()

    def respond(self, request: Request) -> Answer:
        if request.path == "/hub" and request.method == "POST":
            form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
            assert form["hub.mode"] == "subscribe"
            wish = Wish(
                form["hub.topic"],
                form["hub.callback"],
                form["hub.secret"],
                int(form["hub.lease_seconds"]),
            )
            if not self.silent:
                threading.Thread(target=self._verify, args=(wish,), daemon=True).start()
            return Answer(202)
        if request.path == "/feed":
            return Answer(200, self.document(*self.items), {"Content-Type": "application/rss+xml"})
        return Answer(404)

    def push(self, body: bytes, *, signed: bool = True) -> int:
        """Distribute to the last subscriber; what it answered."""
        assert self.verified.wait(30)
        wish = self.wishes[-1]
        digest = hmac.digest(wish.secret.encode(), body, self.method).hex()
        headers = {"Content-Type": "application/rss+xml", "Link": f'<{self.topic}>; rel="self"'}
        if signed:
            headers["X-Hub-Signature"] = f"{self.method}={digest}"
        return requests.post(wish.callback, data=body, headers=headers, timeout=10).status_code

    def _verify(self, wish: Wish) -> None:
        query = {"hub.topic": wish.topic}
        if self.denies:
            query |= {"hub.mode": "denied", "hub.reason": self.denies}
            requests.get(wish.callback, params=query, timeout=10)
            self.wishes.append(wish)
        else:
            query |= {"hub.mode": "subscribe", "hub.challenge": CHALLENGE, "hub.lease_seconds": "86400"}
            answer = requests.get(wish.callback, params=query, timeout=10)
            echoed = answer.status_code == 200 and answer.text == CHALLENGE
            self.wishes.append(Wish(wish.topic, wish.callback, wish.secret, wish.lease_seconds, echoed))
        self.verified.set()
