"""How the site's lists write down its articles: RSS, Atom with a hub, a news sitemap, a page of links."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

from tests.fakes.site import Page

if TYPE_CHECKING:
    from tests.fire.press import Press, Story

__all__ = ["LISTS", "atom", "dressed", "image"]

NEWEST = 14
"""So many are listed by a feed; the page of links lists a few more, the sitemap twice as many."""
Made = Callable[["Press", "list[Story]", random.Random], Page]


def dressed(press: Press, story: Story, way: str) -> str:
    """An article's address as a way writes it, each in its own manner."""
    url, number = press.link(story), story.id
    match way:
        case "rss":
            return f"{url}?utm_source=rss&utm_medium=feed"
        case "hub":
            return url.replace("://", "://www.") if number % 3 == 0 else f"{url}#comments"
        case "sitemap":
            return url.rstrip("/") if number % 2 else url
        case "page":
            return f"/{story.slug}/?fbclid=x{number}"
        case "push":
            return url.replace("http:", "https:") if number % 4 == 0 else f"{url}?utm_campaign=push"
    return url


def rss(press: Press, stories: list[Story], dice: random.Random) -> Page:
    """The newest, in no order that is kept to; some feeds forget the image, the dates of edits never."""
    shown = stories[-NEWEST:]
    if dice.random() < 0.3:
        dice.shuffle(shown)
    items = "".join(
        f"<item><title>{escape(each.title)}</title><link>{escape(dressed(press, each, 'rss'))}</link>"
        f'<guid isPermaLink="false">{escape(each.guid)}</guid>'
        f"<description>{escape(each.excerpt)}</description>"
        f"<pubDate>{format_datetime(each.date)}</pubDate>"
        + (f"<a:updated>{each.updated.isoformat()}</a:updated>" if each.updated else "")
        + (f'<enclosure url="{image(press, each)}" type="image/jpeg" length="1"/>' if each.media else "")
        + "</item>"
        for each in reversed(shown)
    )
    head = '<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>Site</title>'
    return _page(f"{head}<language>en</language>{items}</channel></rss>", "application/rss+xml")


def atom(press: Press, stories: list[Story], dice: random.Random) -> Page:
    """With the hub that pushes it."""
    del dice
    entries = "".join(
        f"<entry><title>{escape(each.title)}</title><id>tag:news.test,2026:{each.id}</id>"
        f'<link href="{escape(dressed(press, each, "hub"))}"/>'
        f"<published>{each.date.isoformat()}</published>"
        f"<updated>{(each.updated or each.date).isoformat()}</updated>"
        f'<summary type="html">{escape(each.excerpt)}</summary>'
        f'<content type="html">{escape(each.content)}</content></entry>'
        for each in reversed(stories[-NEWEST:])
    )
    links = f'<link rel="hub" href="{press.url("/hub")}"/><link rel="self" href="{press.hub.topic}"/>'
    head = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Site</title>{links}'
    return _page(f"{head}{entries}</feed>", "application/atom+xml")


def sitemap(press: Press, stories: list[Story], dice: random.Random) -> Page:
    """A news sitemap."""
    del dice
    urls = "".join(
        f"<url><loc>{escape(dressed(press, each, 'sitemap'))}</loc>"
        f"<lastmod>{(each.updated or each.date).isoformat()}</lastmod><n:news><n:publication>"
        f"<n:name>Site</n:name><n:language>en</n:language></n:publication><n:publication_date>"
        f"{each.date.isoformat()}</n:publication_date><n:title>{escape(each.title)}</n:title></n:news></url>"
        for each in reversed(stories[-2 * NEWEST :])
    )
    spaces = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    )
    return _page(f"<urlset {spaces}>{urls}</urlset>", "application/xml")


def listing(press: Press, stories: list[Story], dice: random.Random) -> Page:
    """Links, and beside them what changes with every visit."""
    links = "".join(
        f'<article><h2><a href="{dressed(press, each, "page")}">{escape(each.title)}</a></h2></article>'
        for each in reversed(stories[-NEWEST - 6 :])
    )
    visits = f"<p>{dice.randrange(10**6)} readers</p>"
    return _page(f'<html lang="en"><body>{links}{visits}</body></html>', "text/html", etag=False)


def article(press: Press, stories: list[Story], dice: random.Random) -> Page:
    """An article's own page."""
    del dice
    (story,) = stories
    short = f'<link rel="shortlink" href="{press.url(f"/?p={story.id}")}">' if "api" in story.ways else ""
    shows = f'<meta property="og:image" content="{image(press, story)}">' if story.media else ""
    head = (
        f'<title>{escape(story.title)} – Site</title><link rel="canonical" href="{press.link(story)}">{short}'
        f'<meta property="og:type" content="article">'
        f'<meta property="og:title" content="{escape(story.title)}">'
        f'<meta property="article:published_time" content="{story.date.isoformat()}">{shows}'
    )
    body = f"<main><article><h1>{escape(story.title)}</h1>{story.content}</article></main>"
    return _page(f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>', "text/html")


def image(press: Press, story: Story) -> str:
    return press.url(f"/wp-content/uploads/{story.media}.jpg")


def _page(text: str, kind: str, *, etag: bool = True) -> Page:
    return Page(text.encode(), headers={"Content-Type": f"{kind}; charset=UTF-8"}, etag=etag)


LISTS: Mapping[str, Made] = {"rss": rss, "hub": atom, "sitemap": sitemap, "page": listing, "article": article}
