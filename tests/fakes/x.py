"""X as far as a publisher meets it: signed calls, the duplicate rule, media, the own timeline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, ClassVar

from oauthlib.common import Request as Signed  # type: ignore[import-untyped]
from oauthlib.oauth1.rfc5849.signature import (  # type: ignore[import-untyped]
    collect_parameters,
    verify_hmac_sha1,
)

from bot.domain.errors import PlatformError, Unauthorized
from tests.fakes.server import Answer, FakeServer, Request, Stored

__all__ = ["FAKE", "FakeX"]

KEYS = {
    "consumer_key": "ck-not-for-print",
    "consumer_secret": "cs-not-for-print",
    "access_token": "42-at-not-for-print",
    "access_token_secret": "ats-not-for-print",
}
# CreatePostsRequest of X's OpenAPI 2.167 has additionalProperties: false; these are its properties
POST_FIELDS = {
    "card_uri",
    "community_id",
    "direct_message_deep_link",
    "edit_options",
    "for_super_followers_only",
    "geo",
    "made_with_ai",
    "media",
    "nullcast",
    "paid_partnership",
    "poll",
    "quote_tweet_id",
    "reply",
    "reply_settings",
    "share_with_followers",
    "text",
}
DUPLICATE = {
    "title": "Forbidden",
    "detail": "You are not allowed to create a Tweet with duplicate content.",
    "type": "about:blank",
    "status": 403,
}
LINK = re.compile(r"https?://\S+")


class FakeX(FakeServer):
    kind = "x"
    secrets: ClassVar[tuple[str, ...]] = (*list(KEYS.values())[1:], "ck-not-for-print")
    write = ("POST", "/2/tweets")
    deletes = ("DELETE", "/2/tweets/")
    failures: ClassVar[Mapping[str | int, type[PlatformError]]] = {**FakeServer.failures, 402: Unauthorized}
    carries = frozenset({"text", "link", "alts", "reply_to"})

    def __init__(self) -> None:
        super().__init__()
        self.media: dict[str, str] = {}
        self.created: dict[str, datetime] = {}
        self.page_size = 100

    def options(self) -> dict[str, Any]:
        return {"platform": "x", "base_url": self.url, **KEYS}

    def respond(self, request: Request) -> Answer:
        if not self.signed(request):
            return Answer(401, {"title": "Unauthorized", "detail": "Unauthorized", "status": 401})
        if request.method == "DELETE":
            return self.remove(request.path.rsplit("/", 1)[-1])
        routes = {
            ("GET", "/2/users/me"): self.me,
            ("GET", "/2/users/42/tweets"): self.timeline,
            ("POST", "/2/tweets"): self.create,
            ("POST", "/2/media/upload"): self.upload,
            ("POST", "/2/media/metadata"): self.describe,
        }
        return routes[request.method, request.path](request)

    def signed(self, request: Request) -> bool:
        url = self.url + request.path
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        signed = Signed(f"{url}?{query}" if query else url, request.method)
        header = {"Authorization": request.headers.get("authorization", "")}
        signed.params = collect_parameters(uri_query=query, headers=header, exclude_oauth_signature=False)
        given = dict(signed.params)
        signed.signature = given.get("oauth_signature", "")
        signed.params = [pair for pair in signed.params if pair[0] != "oauth_signature"]
        return (
            given.get("oauth_consumer_key") == KEYS["consumer_key"]
            and given.get("oauth_token") == KEYS["access_token"]
            and bool(verify_hmac_sha1(signed, KEYS["consumer_secret"], KEYS["access_token_secret"]))
        )

    def me(self, request: Request) -> Answer:
        return Answer(200, {"data": {"id": "42", "name": "Example", "username": "exampleRW"}})

    def create(self, request: Request) -> Answer:
        body = request.json()
        media = body.get("media", {}).get("media_ids", [])
        if set(body) - POST_FIELDS or any(id_ not in self.media for id_ in media):
            return Answer(400, {"title": "Invalid Request", "detail": "One or more parameters was invalid."})
        if any(post.text == body["text"] for post in self.posts):
            return Answer(403, DUPLICATE)
        text = body["text"]
        post = Stored(
            str(1000 + len(self.created)),
            text,
            links=tuple(LINK.findall(text)),
            alts=tuple(self.media[id_] for id_ in media),
            reply_to=body.get("reply", {}).get("in_reply_to_tweet_id", ""),
        )
        self.posts.append(post)
        self.created[post.id] = datetime.now(UTC)
        return Answer(201, {"data": {"id": post.id, "text": text}})

    def remove(self, id_: str) -> Answer:
        """As API v2 does: what is not there is an error in a 200."""
        if all(post.id != id_ for post in self.posts):
            problem = {"type": "https://api.twitter.com/2/problems/resource-not-found", "title": "Not Found"}
            return Answer(200, {"errors": [problem]})
        self.posts = [post for post in self.posts if post.id != id_]
        return Answer(200, {"data": {"deleted": True}})

    def upload(self, request: Request) -> Answer:
        assert request.json()["media_category"] == "tweet_image"
        id_ = str(7000 + len(self.media))
        self.media[id_] = ""
        return Answer(200, {"data": {"id": id_, "expires_after_secs": 86_400}})

    def describe(self, request: Request) -> Answer:
        body = request.json()
        self.media[body["id"]] = body["metadata"]["alt_text"]["text"]
        return Answer(200, {"data": {"id": body["id"]}})

    def timeline(self, request: Request) -> Answer:
        since = datetime.fromisoformat(request.query["start_time"])
        posts = [post for post in reversed(self.posts) if self.created[post.id] >= since]
        start = int(request.query.get("pagination_token", "0"))
        page = posts[start : start + self.page_size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if start + self.page_size < len(posts):
            meta["next_token"] = str(start + self.page_size)
        return Answer(200, {"meta": meta} | ({"data": [self.shown(post) for post in page]} if page else {}))

    def shown(self, post: Stored) -> dict[str, Any]:
        """As the timeline gives it: links as t.co, text escaped."""
        text, urls = escape(post.text, quote=False), []
        for number, link in enumerate(post.links):
            short = f"https://t.co/{post.id}{number}"
            text = text.replace(escape(link, quote=False), short)
            urls.append({"url": short, "expanded_url": link, "unwound_url": link + "?landed"})
        at = self.created[post.id].strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return {"id": post.id, "text": text, "created_at": at, "entities": {"urls": urls}}

    def age(self, days: int) -> None:
        """Make every post that stands older."""
        self.created = {id_: at - timedelta(days=days) for id_, at in self.created.items()}


FAKE = FakeX
