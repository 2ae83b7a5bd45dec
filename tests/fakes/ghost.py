"""A Ghost site as its Content API answers: keys, filters, paging, refusals."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.ports.source import Request
from tests.fakes.site import Page, Site

__all__ = ["KEY", "Ghost", "object_id"]

KEY = "22444f78447824223cefc48062"


def object_id(number: int) -> str:
    return f"{number:024x}"


class Ghost(Site):
    """`posts` by number, as the API gives them; one with `status` other than "published" is hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.posts: dict[int, dict[str, Any]] = {}
        self.broken: Page | None = None
        self.live = self._respond

    def add(self, number: int, **values: Any) -> dict[str, Any]:
        post: dict[str, Any] = {
            "id": object_id(number),
            "title": f"Article {number}",
            "slug": f"article-{number}",
            "html": "<p>What the minister said on Monday in the house was heard by everybody there.</p>",
            "custom_excerpt": None,
            "excerpt": "What the minister said on Monday in the house was heard by everybody there.",
            "feature_image": None,
            "feature_image_alt": None,
            "published_at": f"2026-11-24T12:00:{number % 60:02}.000+00:00",
            "updated_at": f"2026-11-24T12:00:{number % 60:02}.000+00:00",
            "canonical_url": None,
            "url": self.url(f"/article-{number}/"),
            "tags": [],
            "authors": [{"name": "Jane Doe"}],
            "primary_tag": None,
            "status": "published",
        }
        self.posts[number] = post | values
        return self.posts[number]

    def _respond(self, request: Request) -> Page | None:
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/ghost/api/content/posts/")
        if path == parts.path:
            return None
        if self.broken:
            return self.broken
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if query.get("key") != KEY:
            return _error(401, "UnauthorizedError", "Unknown Content API Key")
        public = [post for post in self.posts.values() if post["status"] == "published"]
        if path:
            found = [post for post in public if post["id"] == path.strip("/")]
            missing = _error(404, "NotFoundError", "Resource not found error, cannot read post.")
            return _json({"posts": found}) if found else missing
        return self._list(public, query)

    def _list(self, public: list[dict[str, Any]], query: dict[str, str]) -> Page:
        if after := re.fullmatch(r"updated_at:>'(.+)'", query.get("filter", "")):
            # As text, to the second: what is asked for is compared with the database's own form of a date.
            public = [post for post in public if _stored(post["updated_at"]) > after[1]]
        field, _, _ = query["order"].partition(" ")
        public.sort(key=lambda post: post[field], reverse=True)
        size, page = int(query["limit"]), int(query.get("page", "1"))
        shown = public[(page - 1) * size : page * size]
        meta = {"pagination": {"page": page, "limit": size, "total": len(public)}}
        return _json({"posts": shown, "meta": meta})


def _stored(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _json(value: Any, status: int = 200) -> Page:
    return Page(json.dumps(value).encode(), status, {"Content-Type": "application/json"}, etag=True)


def _error(status: int, kind: str, message: str) -> Page:
    return _json({"errors": [{"message": message, "type": kind, "context": None}]}, status)
