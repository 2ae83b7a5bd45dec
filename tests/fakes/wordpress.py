"""A WordPress site as its REST API and its feed answer: statuses, paging, refusals, log-in pages."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.ports.source import Request
from tests.fakes.site import Page, Site

__all__ = ["LOGIN", "NOON", "Post", "WordPress"]

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LOGIN = (
    b"<!DOCTYPE html>\n<html lang='en-US'><head><title>Log In &lsaquo; Site &#8212; WordPress</title></head>"
    b"<body class='login'><form id='loginform' action='/wp-login.php' method='post'></form></body></html>"
)
OFFSET = timedelta(hours=2)


@dataclass
class Post:
    """A post in the database."""

    id: int
    title: str = "A title"
    slug: str = ""
    status: str = "publish"
    date: datetime = NOON
    modified: datetime | None = None
    content: str = "<p>What the minister said on Monday in the house was heard by everybody there.</p>"
    excerpt: str = "<p>What the minister said on Monday in the house.</p>\n"
    author: str = "Jane Doe"
    categories: tuple[str, ...] = ("News",)
    tags: tuple[str, ...] = ()
    media: int = 0
    meta: dict[str, Any] = field(default_factory=dict)
    acf: dict[str, Any] = field(default_factory=dict)
    protected: bool = False
    more: dict[str, Any] = field(default_factory=dict)


class WordPress(Site):
    """`api` is "on", or how it fails: "login" (200, HTML), "off" (404), "closed" (401), "truncated",
    "notices" (PHP's, before the JSON), "html" (503), "object" (200 and no list). `plain` sites have no
    /wp-json/. `canonical` is what a broken theme says of every page.
    `doors` are those that show posts at all. `password` is what an application may send, as user:password:
    a wrong one makes a stranger of it, as with WordPress itself, or (`strict`, by a plugin) is refused; of
    a `closed` API it is the key.
    """

    def __init__(self) -> None:
        super().__init__()
        self.posts: dict[int, Post] = {}
        self.library: dict[int, dict[str, Any]] = {}
        self.api = "on"
        self.plain = False
        self.canonical = ""
        self.doors = {"feed", "api"}
        self.password = ""
        self.strict = False
        self.name = "The Site &#038; Co"
        self.zone: dict[str, Any] = {"timezone_string": "", "gmt_offset": 2}
        self.knows_modified_after = True
        self.live = self._respond

    def add(self, id_: int, **values: Any) -> Post:
        self.posts[id_] = Post(id_, **({"title": f"Article {id_}"} | values))
        return self.posts[id_]

    def picture(self, id_: int, **values: Any) -> None:
        source = self.url(f"/wp-content/uploads/{id_}.jpg")
        details = {"width": 1200, "height": 800, "sizes": {}}
        self.library[id_] = {
            "id": id_,
            "media_type": "image",
            "mime_type": "image/jpeg",
            "source_url": source,
            "alt_text": "",
            "media_details": details,
        } | values

    def link(self, post: Post) -> str:
        return self.url(f"/{post.slug or f'article-{post.id}'}/")

    def _respond(self, request: Request) -> Page | None:
        parts = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/feed/":
            return self._feed()
        if "rest_route" in query:
            route = query["rest_route"]
        elif parts.path.startswith("/wp-json") and not self.plain:
            route = parts.path.removeprefix("/wp-json")
        else:
            return self._page(parts.path)
        return self._failing(request) or self._route(route.strip("/"), query)

    def _failing(self, request: Request) -> Page | None:
        match self.api:
            case "login":
                return Page(LOGIN, headers={"Content-Type": "text/html; charset=UTF-8"})
            case "off":
                return _error(404, "rest_no_route", "No route was found matching the URL and request method.")
            case "closed" if not self._knows(request):
                return _error(401, "rest_login_required", "REST API restricted to authenticated users.")
            case "html":
                return Page(b"<html><body>Briefly unavailable for scheduled maintenance.</body></html>", 503)
            case "object":
                return _json({"message": "hello"})
        if self.strict and "authorization" in request.headers and not self._knows(request):
            return _error(
                401, "incorrect_password", "The provided password is an invalid application password."
            )
        if "wp/v2/users/me" in request.url:
            return (
                _json({"id": 1})
                if self._knows(request)
                else _error(401, "rest_not_logged_in", "You are not.")
            )
        return None

    def _knows(self, request: Request) -> bool:
        sent = request.headers.get("authorization", "").removeprefix("Basic ")
        return bool(self.password) and b64decode(sent).decode() == self.password

    def _route(self, route: str, query: dict[str, str]) -> Page:
        if not route:
            return _json({"name": self.name, "home": self.url("/").rstrip("/"), **self.zone})
        kind, _, number = route.removeprefix("wp/v2/").partition("/")
        if kind == "media":
            wanted = [int(each) for each in query["include"].split(",")]
            return _json([self.library[each] for each in wanted if each in self.library])
        if kind != "posts":
            return _error(404, "rest_no_route", "No route was found matching the URL and request method.")
        if number:
            return self._one(int(number))
        return self._list(query)

    def _one(self, number: int) -> Page:
        post = self.posts.get(number)
        if post is None:
            return _error(404, "rest_post_invalid_id", "Invalid post ID.")
        if post.status != "publish":
            return _error(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
        return _json({"id": post.id, "status": post.status})

    def _list(self, query: dict[str, str]) -> Page:
        size, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
        if not 1 <= size <= 100:
            return _error(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        posts = self.posts.values() if "api" in self.doors else ()
        public = [post for post in posts if post.status == "publish"]
        if "modified_after" in query and self.knows_modified_after:
            after = datetime.fromisoformat(query["modified_after"])
            public = [post for post in public if (post.modified or post.date) > after]
        if "after" in query:
            public = [post for post in public if post.date > datetime.fromisoformat(query["after"])]
        left_out = query.get("exclude", "").split(",")
        public = [post for post in public if str(post.id) not in left_out]
        by_change = query.get("orderby") == "modified"
        public.sort(key=lambda p: ((p.modified or p.date) if by_change else p.date, p.id), reverse=True)
        pages = -(-len(public) // size)
        if page > max(pages, 1):
            return _error(
                400,
                "rest_post_invalid_page_number",
                "The page number requested is larger than the number of pages available.",
            )
        shown = public[(page - 1) * size : page * size]
        body = json.dumps([self._document(post, "_embed" in query) for post in shown]).encode()
        headers = {"X-WP-Total": str(len(public)), "X-WP-TotalPages": str(pages)}
        if self.api == "truncated":
            body = body[: len(body) // 2]
        if self.api == "notices":
            body = (
                b"<br />\n<b>Notice</b>:  Undefined index: x in <b>/x.php</b> on line <b>3</b><br />\n" + body
            )
        return Page(body, headers={"Content-Type": "application/json; charset=UTF-8", **headers}, etag=True)

    def _document(self, post: Post, embed: bool) -> dict[str, Any]:
        changed = post.modified or post.date
        document: dict[str, Any] = {
            "id": post.id,
            "date": _wall(post.date + OFFSET),
            "date_gmt": _wall(post.date),
            "guid": {"rendered": self.url(f"/?p={post.id}")},
            "modified": _wall(changed + OFFSET),
            "modified_gmt": _wall(changed),
            "status": post.status,
            "link": self.link(post),
            "title": {"rendered": post.title},
            "content": {"rendered": post.content, "protected": post.protected},
            "excerpt": {"rendered": post.excerpt, "protected": post.protected},
            "meta": post.meta or [],
            "acf": post.acf or [],
        }
        if embed:
            document["_embedded"] = self._embedded(post)
        return document | post.more

    def _embedded(self, post: Post) -> dict[str, Any]:
        refused = {"code": "rest_forbidden", "message": "no", "data": {"status": 401}}
        author = {"id": 1, "name": post.author} if post.author else refused
        embedded: dict[str, Any] = {
            "author": [author],
            "wp:term": [
                [{"name": name, "taxonomy": "category"} for name in post.categories],
                [{"name": name, "taxonomy": "post_tag"} for name in post.tags],
            ],
        }
        if post.media:
            embedded["wp:featuredmedia"] = [self.library.get(post.media, refused)]
        return embedded

    def _page(self, path: str) -> Page | None:
        """A post as a theme without an SEO plugin shows it: no OpenGraph, the body class alone tells."""
        public = [post for post in self.posts.values() if post.status == "publish"]
        post = next((post for post in public if urlsplit(self.link(post)).path == path), None)
        if post is None:
            there = any(urlsplit(self.link(each)).path == f"{path}/" for each in public)
            return Page(status=301, headers={"Location": f"{path}/"}) if there else None
        canonical = f'<link rel="canonical" href="{self.canonical or self.link(post)}">'
        canonical += f'<link rel="shortlink" href="{self.url(f"/?p={post.id}")}">'
        head = f"<title>{post.title} &#8211; {self.name}</title>{canonical}"
        classes = "post-template-default single single-post"
        body = f"<body class='{classes}'><main><h1>{post.title}</h1>{post.content}"
        html = f"<!DOCTYPE html><html lang='en-US'><head>{head}</head>{body}</main></body></html>"
        return Page(html.encode(), headers={"Content-Type": "text/html; charset=UTF-8"})

    def _feed(self) -> Page:
        """The newest ten, as WordPress's own template writes them."""
        posts = self.posts.values() if "feed" in self.doors else ()
        public = sorted((post for post in posts if post.status == "publish"), key=lambda post: post.date)
        items = "".join(
            f"<item><title>{post.title}</title><link>{self.link(post)}</link>"
            f'<guid isPermaLink="false">{self.url(f"/?p={post.id}")}</guid>'
            f"<pubDate>{post.date:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
            f"<description><![CDATA[{post.excerpt}]]></description></item>"
            for post in reversed(public[-10:])
        )
        body = f'<rss version="2.0"><channel><title>{self.name}</title>{items}</channel></rss>'.encode()
        return Page(body, headers={"Content-Type": "application/rss+xml; charset=UTF-8"}, etag=True)


def _wall(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"


def _json(value: Any, status: int = 200) -> Page:
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    return Page(json.dumps(value).encode(), status, headers=headers)


def _error(status: int, code: str, message: str) -> Page:
    return _json({"code": code, "message": message, "data": {"status": status}}, status)
