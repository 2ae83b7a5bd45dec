"""The demo's news site: a feed, pages with their tags, pictures; on loopback only."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

from bot.demo.articles import Story

__all__ = ["Site"]

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>The Lake Courier</title><link>{base}/</link><description>Demo news</description>{items}
</channel></rss>"""
ITEM = """
<item><title>{title}</title><link>{url}</link><guid isPermaLink="false">{slug}</guid>
<pubDate>{date}</pubDate>
<dc:creator>{author}</dc:creator>{categories}{excerpt}</item>"""
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8">
<title>{title} – The Lake Courier</title>
<link rel="canonical" href="{url}">
<meta property="og:type" content="article">
<meta property="og:title" content="{title}"><meta property="og:description" content="{lead}">
<meta property="og:image" content="{image}"><meta property="og:image:alt" content="Illustration: {title}">
<meta property="og:site_name" content="The Lake Courier"></head>
<body><h1>{title}</h1><p>By {author}</p><p>2 Min Read</p><p>{lead}</p>
<p>Share this Article</p></body></html>"""


@dataclass(slots=True)
class Site:
    """Serves what was published so far. `publish` adds an article as of now."""

    published: list[tuple[Story, str, datetime]] = field(default_factory=list)
    server: ThreadingHTTPServer = field(init=False)

    def start(self) -> None:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self)

            def log_message(self, *_: Any) -> None:
                """Quiet: the terminal shows the worker's doings."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, name="site", daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def publish(self, story: Story, at: datetime | None = None) -> None:
        copies = sum(s is story for s, _, _ in self.published)
        slug = story.slug if not copies else f"{story.slug}-{copies + 1}"
        self.published.append((story, slug, at or datetime.now(UTC)))

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Route a request; ETags make an unchanged feed a 304."""
        kind, _, slug = request.path.strip("/").partition("/")
        found = next((each for each in self.published if each[1] == slug), None)
        if kind == "feed":
            body, mime = self._feed().encode(), "application/rss+xml; charset=utf-8"
        elif kind == "articles" and found:
            body, mime = self._page(found[0], slug).encode(), "text/html; charset=utf-8"
        elif kind == "images" and found:
            body, mime = _picture(slug), "image/png"
        else:
            request.send_error(404)
            return
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        fresh = request.headers.get("If-None-Match") == etag
        request.send_response(304 if fresh else 200)
        request.send_header("ETag", etag)
        request.send_header("Content-Type", mime)
        request.send_header("Content-Length", "0" if fresh else str(len(body)))
        request.end_headers()
        if not fresh:
            request.wfile.write(body)

    def _feed(self) -> str:
        items = "".join(
            ITEM.format(
                title=escape(story.title),
                url=f"{self.base}/articles/{slug}/",
                slug=slug,
                date=format_datetime(at),
                author=escape(story.author),
                categories="".join(f"<category>{escape(c)}</category>" for c in story.categories),
                excerpt=f"<description>{escape(story.lead)}</description>" if story.excerpt else "",
            )
            for story, slug, at in reversed(self.published)
        )
        return FEED.format(base=self.base, items=items)

    def _page(self, story: Story, slug: str) -> str:
        return PAGE.format(
            lang=story.lang,
            title=escape(story.title),
            url=f"{self.base}/articles/{slug}/",
            lead=escape(story.lead),
            image=f"{self.base}/images/{slug}",
            author=escape(story.author),
        )


def _picture(slug: str) -> bytes:
    """A plain picture whose colour is the article's own."""
    from PIL import Image

    red, green, blue = sha256(slug.encode()).digest()[:3]
    out = BytesIO()
    Image.new("RGB", (1200, 630), (red, green, blue)).save(out, "PNG")
    return out.getvalue()
