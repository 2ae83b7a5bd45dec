"""A receiver that keeps what it is sent, once per key, and checks every signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from bot.domain.errors import PlatformError, Unauthorized
from tests.fakes.server import Answer, FakeServer, Request, Stored

__all__ = ["FAKE", "FakeWebhook"]

SECRET = "signing-not-for-print"
PATH = "/hook/path-not-for-print"


class FakeWebhook(FakeServer):
    kind = "webhook"
    secrets: ClassVar[tuple[str, ...]] = (SECRET, PATH, "query-not-for-print")
    write = edits = deletes = ("POST", PATH)
    # its body may hold anything or nothing: a 2xx is a receipt
    failures: ClassVar[Mapping[str | int, type[PlatformError]]] = {
        mode: error for mode, error in FakeServer.failures.items() if mode != "nonjson"
    } | {404: Unauthorized, 410: Unauthorized}
    carries = frozenset({"text", "link", "alts", "lang", "reply_to"})

    def __init__(self) -> None:
        super().__init__()
        self.answer = Answer(200, {"ok": True})
        self.dedupes = True
        """Whether it knows a key again; if not, it keeps whatever comes, as often as it comes."""
        self.events: list[str] = []
        """Keys of the updates and withdrawals it has heard of."""

    def options(self) -> dict[str, Any]:
        return {
            "platform": "webhook",
            "url": f"{self.url}{PATH}?token=query-not-for-print",
            "secret": SECRET,
            "receiver_dedupes": self.dedupes,
        }

    def respond(self, request: Request) -> Answer:
        if request.method == "OPTIONS":
            return Answer(204, headers={"Allow": "POST"})
        key, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        content = f"{key}.{stamp}.".encode() + request.body
        digest = hmac.digest(SECRET.encode(), content, hashlib.sha256)
        if request.headers.get("webhook-signature") != f"v1,{base64.b64encode(digest).decode()}":
            return Answer(401, {"error": "bad signature"})
        if self.dedupes and any(post.id == key for post in self.posts):
            return Answer(409, {"error": "known"})
        body = request.json()
        if body["event"] != "article.shared":
            return self.follow(key, body)
        self.posts.append(
            Stored(
                key,
                body["text"],
                links=(body["link"],),
                alts=tuple(image["alt"] for image in body["images"]),
                lang=body["lang"],
                reply_to=body["reply_to"] or "",
            )
        )
        return self.answer

    def follow(self, key: str, body: Mapping[str, Any]) -> Answer:
        """An update or a withdrawal of a post it keeps."""
        if self.dedupes and key in self.events:
            return Answer(409, {"error": "known"})
        self.events.append(key)
        old = next((post for post in self.posts if post.id == body["post"]), None)
        if old is not None:
            at = self.posts.index(old)
            gone = body["event"] == "article.withdrawn"
            self.posts[at : at + 1] = [] if gone else [replace(old, text=body["text"])]
        return self.answer


FAKE = FakeWebhook
