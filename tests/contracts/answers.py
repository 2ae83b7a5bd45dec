"""What a site may answer each source kind in the contract suite; a new kind joins by an entry here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ANSWERS", "Answers"]


@dataclass(frozen=True, slots=True)
class Answers:
    """Bodies of one kind. `options` is its table, `plain` holds two entries, `many` 1,500, `empty` none.

    Each body is what the server sends with `content_type`; `garbage` is nothing the kind can read. `dated`:
    its entries say when they were published; `bodied`: they bring a body; `titled`: `many` have theirs.
    `files` are what addresses that end so answer instead.
    """

    options: Mapping[str, Any]
    content_type: str
    plain: bytes
    many: bytes
    empty: bytes
    garbage: bytes = bytes(range(256)) * 40
    files: Mapping[str, bytes] = field(default_factory=dict)
    dated: bool = True
    bodied: bool = True
    titled: bool = True


def _rss(*items: str) -> bytes:
    spaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    head = "<title>The &amp;amp; Site</title><link>https://example.org/</link><language>fr-rw</language>"
    return f'<rss version="2.0" {spaces}><channel>{head}{"".join(items)}</channel></rss>'.encode()


FULL = """<item><title>A &lt;b&gt;bold&lt;/b&gt; claim &amp;amp; its answer</title>
<link>/1/?a=1&amp;b=2</link>
<pubDate>Mon, 23 Nov 2026 10:00:00 +0200</pubDate><dc:creator>Jane &lt;i&gt;Doe&lt;/i&gt;</dc:creator>
<category><![CDATA[R & D]]></category><description><![CDATA[<p>By <b>Jane</b></p><p>What the minister said
on <a href="/x">Monday</a> is not what was written.</p><script>x()</script>]]></description>
<content:encoded><![CDATA[<p onclick="x()">What the minister said.</p><script>x()</script>
<img src="/road.jpg" alt="A &lt;b&gt;road&lt;/b&gt;"><a href="javascript:x()">more</a>
]]></content:encoded></item>"""
BARE = "<item><title>Bare</title><guid>https://example.org/2/</guid><pubDate>soon</pubDate></item>"


def _post(number: int, title: str, **more: Any) -> dict[str, Any]:
    """A post as WordPress's REST API gives it."""
    return {
        "id": number,
        "date_gmt": "2026-11-23T08:00:00",
        "modified_gmt": "2026-11-23T08:00:00",
        "guid": {"rendered": f"https://example.org/?p={number}"},
        "status": "publish",
        "link": f"https://example.org/{number}/",
        "title": {"rendered": title},
    } | more


POSTS = (
    _post(
        1,
        "A <b>bold</b> claim &#038; its answer",
        excerpt={"rendered": "<p>What the minister said is not what was written.</p>"},
        content={"rendered": '<p onclick="x()">What the minister said.</p><script>x()</script>'},
        _embedded={
            "author": [{"name": "Jane <i>Doe</i>"}],
            "wp:featuredmedia": [{"source_url": "https://example.org/1.jpg", "alt_text": "A &amp; B"}],
            "wp:term": [
                [{"taxonomy": "category", "name": "R &amp; D"}],
                [{"taxonomy": "post_tag", "name": "one\ntwo"}],
            ],
        },
        lang="fr",
    ),
    _post(2, "Bare", lang="rw", excerpt={"rendered": "Short."}),
)


def _ghost(number: int, title: str, **more: Any) -> dict[str, Any]:
    """A post as Ghost's Content API gives it."""
    return {
        "id": f"{number + 1:024x}",
        "title": title,
        "url": f"https://example.org/{number}/",
        "published_at": "2026-11-23T10:00:00.000+02:00",
        "updated_at": "2026-11-23T10:00:00.000+02:00",
    } | more


GHOST_POSTS = [
    _ghost(
        1,
        "A bold claim & its answer",
        html='<p onclick="x()">What the minister said.</p><script>x()</script>',
        custom_excerpt="What the minister said is not\nwhat was written.",
        feature_image="https://example.org/1.jpg",
        feature_image_alt="A road",
        tags=[{"name": "R & D"}, {"name": "Roads"}],
        authors=[{"name": "Jane Doe"}],
    ),
    _ghost(2, "Bare"),
]


def _urlset(*urls: str) -> bytes:
    spaces = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9" '
        'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    )
    return f"<?xml version='1.0'?><urlset {spaces}>{''.join(urls)}</urlset>".encode()


NEWS_URL = """<url><loc>https://example.org/1/?a=1&amp;b=2</loc><lastmod>2026-11-23T10:00:00+02:00</lastmod>
<n:news><n:publication><n:name>The Site</n:name><n:language>fr</n:language></n:publication>
<n:publication_date>2026-11-23T08:30:00Z</n:publication_date>
<n:title>A &lt;b&gt;bold&lt;/b&gt; claim</n:title>
<n:keywords>R &amp;amp; D, roads</n:keywords></n:news>
<image:image><image:loc>https://example.org/1.jpg</image:loc><image:caption>A road</image:caption>
</image:image></url>"""
OTHER_URL = (
    "<url><loc>https://example.org/2/</loc><n:news><n:title>Another one</n:title><n:keywords>a</n:keywords>"
    "<n:publication><n:language>rw</n:language></n:publication></n:news></url>"
)
LIST = """<html lang="fr"><base href="https://example.org/news/"><main>
<h2><a href="/1/">A bold claim<br>and <i>its</i> answer</a></h2>
<h2><a href="two.html">Another article of today &amp; more</a></h2>
<h2><a href="https://elsewhere.example/">An advertisement of another site</a></h2></main></html>"""

ANSWERS: Mapping[str, Answers] = {
    "feed": Answers(
        options={"kind": "feed", "url": "https://example.org/feed/"},
        content_type="application/rss+xml; charset=utf-8",
        plain=_rss(FULL, BARE),
        many=_rss(*(f"<item><title>{n}</title><link>/{n}/</link></item>" for n in range(1_500))),
        empty=_rss(),
    ),
    "wordpress": Answers(
        options={"kind": "wordpress", "url": "https://example.org/"},
        content_type="application/json; charset=UTF-8",
        plain=json.dumps(POSTS).encode(),
        many=json.dumps([_post(n + 1, str(n)) for n in range(1_500)]).encode(),
        empty=b"[]",
    ),
    "ghost": Answers(
        options={"kind": "ghost", "url": "https://example.org/", "content_key": "22444f78447824223cefc48062"},
        content_type="application/json; charset=utf-8",
        plain=json.dumps({"posts": GHOST_POSTS}).encode(),
        many=json.dumps({"posts": [_ghost(n, str(n)) for n in range(1_500)]}).encode(),
        empty=b'{"posts": []}',
    ),
    "sitemap": Answers(
        options={"kind": "sitemap", "url": "https://example.org/sitemap.xml"},
        content_type="application/xml",
        plain=_urlset(NEWS_URL, OTHER_URL),
        many=_urlset(*(f"<url><loc>https://example.org/{n}/</loc></url>" for n in range(1_500))),
        empty=_urlset(),
        bodied=False,
        titled=False,
    ),
    "page": Answers(
        options={"kind": "page", "url": "https://example.org/news/", "links": "h2 a"},
        content_type="text/html; charset=utf-8",
        plain=LIST.encode(),
        many="".join(f"<h2><a href=/{n}/>{n}</a></h2>" for n in range(1_500)).encode(),
        empty=b"<h2><a href='/news/'>News</a></h2>",
        dated=False,
        bodied=False,
        titled=False,
    ),
    "directory": Answers(
        options={"kind": "directory", "path": "content", "url": "https://example.org/"},
        content_type="",
        plain=b'[["posts/one.md", 900, 1], ["posts/two.md", 30, 1]]',
        many=json.dumps([(f"{n}.md", 30, 1) for n in range(1_500)]).encode(),
        empty=b"[]",
        files={
            "posts/one.md": b"""---
title: A <b>bold</b> claim &amp; its answer
date: 2026-11-23 08:00
author: Jane Doe
categories: [R & D]
tags: [one, two]
description: What the minister said is not what was written.
lang: fr
---
What the <b onclick="x()">minister</b> said. <script>x()</script> <a href="javascript:x()">more</a>
""",
            **{f"{n}.md": f"---\ntitle: '{n}'\n---\n".encode() for n in range(1_500)},
            "posts/two.md": b"+++\ntitle = 'Bare'\n+++\n",
        },
    ),
}
