"""A Mastodon instance as far as a publisher meets it: limits, media, statuses under keys, own timeline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from html import escape
from typing import Any, ClassVar
from urllib.parse import parse_qs

from bot.domain.errors import PlatformError, Unauthorized
from tests.fakes.server import Answer, FakeServer, Request, Stored

__all__ = ["FAKE", "FakeMastodon"]

TOKEN = "mastodon-token-not-for-print"
LINK = re.compile(r"https?://\S+")


class FakeMastodon(FakeServer):
    kind = "mastodon"
    secrets: ClassVar[tuple[str, ...]] = (TOKEN,)
    write = ("POST", "/api/v1/statuses")
    edits = ("PUT", "/api/v1/statuses/")
    deletes = ("DELETE", "/api/v1/statuses/")
    failures: ClassVar[Mapping[str | int, type[PlatformError]]] = {**FakeServer.failures, 403: Unauthorized}
    carries = frozenset({"text", "link", "alts", "lang", "reply_to"})

    def __init__(self) -> None:
        super().__init__()
        self.honours_keys = True
        """GoToSocial, Takahe and snac do not."""
        self.knows_v2 = True
        self.processing = 0
        """How often a medium is still being processed when asked for, its upload included."""
        self.instance: dict[str, Any] = {
            "domain": "example.social",
            "version": "4.5.0",
            "source_url": "https://github.com/mastodon/mastodon",
            "configuration": {
                "statuses": {
                    "max_characters": 500,
                    "max_media_attachments": 4,
                    "characters_reserved_per_url": 23,
                },
                "media_attachments": {
                    "supported_mime_types": ["image/jpeg", "image/png", "video/mp4"],
                    "description_limit": 1500,
                    "image_size_limit": 16_777_216,
                    "image_matrix_limit": 33_177_600,
                },
            },
        }
        self.statuses: list[dict[str, Any]] = []
        """As they were posted: text, created_at and all that came with them; newest last."""
        self.media: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, int] = {}

    def options(self) -> dict[str, Any]:
        return {"platform": "mastodon", "base_url": self.url, "access_token": TOKEN}

    def respond(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"error": "The access token was revoked"})
        if request.path.startswith("/api/v1/media/"):
            return self.medium(request.path.rsplit("/", 1)[-1])
        if request.path.startswith("/api/v1/statuses/"):
            return self.status(request, int(request.path.rsplit("/", 1)[-1]))
        routes = {
            ("GET", "/api/v2/instance"): self.about if self.knows_v2 else self.missing,
            ("GET", "/api/v1/instance"): self.about,
            ("GET", "/api/v1/accounts/verify_credentials"): self.me,
            ("GET", "/api/v1/accounts/7/statuses"): self.timeline,
            ("POST", "/api/v2/media"): self.upload,
            ("POST", "/api/v1/statuses"): self.create,
        }
        return routes.get((request.method, request.path), self.missing)(request)

    def missing(self, request: Request) -> Answer:
        return Answer(404, {"error": "Record not found"})

    def about(self, request: Request) -> Answer:
        return Answer(200, self.instance)

    def me(self, request: Request) -> Answer:
        return Answer(200, {"id": "7", "username": "desk", "acct": "desk", "url": f"{self.url}/@desk"})

    def upload(self, request: Request) -> Answer:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        form: Any = message_from_bytes(head + request.body).get_payload()
        parts = {part.get_param("name", header="content-disposition"): part for part in form}
        kind = parts["file"].get_content_type()
        if kind not in self.instance["configuration"]["media_attachments"]["supported_mime_types"]:
            return Answer(422, {"error": f"Validation failed: File content type {kind} is not supported"})
        alt = parts["description"].get_payload(decode=True).decode() if "description" in parts else ""
        id_ = str(9000 + len(self.media))
        self.media[id_] = {
            "alt": alt,
            "left": self.processing,
            "data": parts["file"].get_payload(decode=True),
        }
        status = 202 if self.processing else 200
        return Answer(status, {"id": id_, "type": "image", "url": None if self.processing else "https://x/"})

    def medium(self, id_: str) -> Answer:
        if id_ not in self.media:
            return Answer(404, {"error": "Record not found"})
        self.media[id_]["left"] = max(0, self.media[id_]["left"] - 1)
        return Answer(206 if self.media[id_]["left"] else 200, {"id": id_})

    def create(self, request: Request) -> Answer:
        form = parse_qs(request.body.decode(), keep_blank_values=True)
        said = {name: values[0] for name, values in form.items()}
        key = request.headers.get("idempotency-key", "")
        if self.honours_keys and key in self.keys:
            return Answer(200, self.shown(self.keys[key]))
        media = form.get("media_ids[]", [])
        if any(self.media[id_]["left"] for id_ in media):
            words = "Cannot attach files that have not finished processing. Try again in a moment!"
            return Answer(422, {"error": words})
        maximum = self.instance["configuration"]["statuses"]["max_characters"]
        if len(LINK.sub("x" * 23, said["status"])) > maximum:
            words = f"Validation failed: Text character limit of {maximum} exceeded"
            return Answer(422, {"error": words})
        if said.get("in_reply_to_id") and int(said["in_reply_to_id"]) >= len(self.statuses):
            return Answer(404, {"error": "Record not found"})
        self.keys[key] = len(self.statuses)
        self.statuses.append({**said, "media": media, "created_at": datetime.now(UTC)})
        return Answer(200, self.shown(len(self.statuses) - 1))

    def status(self, request: Request, number: int) -> Answer:
        """Edit or delete one status; an edit that names no media takes them away."""
        if number >= len(self.statuses) or self.statuses[number].get("deleted"):
            return Answer(404, {"error": "Record not found"})
        status = self.statuses[number]
        if request.method == "DELETE":
            status["deleted"] = True
            return Answer(200, self.shown(number))
        new = request.json()
        changed = {
            "status": new["status"],
            "spoiler_text": new.get("spoiler_text", ""),
            "media": new.get("media_ids", []),
        }
        if changed != {name: status.get(name) or type(value)() for name, value in changed.items()}:
            status |= changed
            status["edits"] = status.get("edits", 0) + 1
        return Answer(200, self.shown(number))

    def stored(self) -> list[Stored]:
        return [
            Stored(
                str(number),
                status["status"],
                links=tuple(LINK.findall(status["status"])),
                alts=tuple(self.media[id_]["alt"] for id_ in status["media"]),
                lang=status.get("language", ""),
                reply_to=status.get("in_reply_to_id", ""),
            )
            for number, status in enumerate(self.statuses)
            if not status.get("deleted")
        ]

    def timeline(self, request: Request) -> Answer:
        end = int(request.query.get("max_id", len(self.statuses)))
        page = range(end - 1, max(-1, end - 1 - int(request.query["limit"])), -1)
        page = [number for number in page if not self.statuses[number].get("deleted")]  # type: ignore[assignment]
        return Answer(200, [self.shown(number) for number in page])

    def shown(self, number: int) -> dict[str, Any]:
        """As a client gets it: links cut for the eye, line breaks and tags as HTML."""
        status = self.statuses[number]
        html = LINK.sub(self._anchor, escape(status["status"], quote=False)).replace("\n\n", "</p><p>")
        html = re.sub(
            r"#(\w+)",
            r'<a href="https://e.x/tags/\1" class="mention hashtag" rel="tag">#<span>\1</span></a>',
            html,
        )
        return {
            "id": str(number),
            "created_at": status["created_at"].strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "url": f"{self.url}/@desk/{number}",
            "uri": f"{self.url}/users/desk/statuses/{number}",
            "content": f"<p>{html.replace(chr(10), '<br />')}</p>",
            "language": status.get("language"),
            "visibility": status["visibility"],
            "reblog": status.get("reblog"),
            "card": None,
        }

    def _anchor(self, link: re.Match[str]) -> str:
        scheme, rest = link[0].split("://")
        return (
            f'<a href="{link[0]}" target="_blank" rel="nofollow noopener" translate="no">'
            f'<span class="invisible">{scheme}://</span><span class="ellipsis">{rest[:20]}</span>'
            f'<span class="invisible">{rest[20:]}</span></a>'
        )

    def age(self, days: int) -> None:
        """Make every status that stands older."""
        for status in self.statuses:
            status["created_at"] -= timedelta(days=days)


FAKE = FakeMastodon
