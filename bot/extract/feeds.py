"""Finds the feeds that a page names in its head."""

from __future__ import annotations

from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

__all__ = ["feeds_of"]

TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
OF_COMMENTS = ("/comments/", "comments/feed", "/comment")


def feeds_of(html: bytes, url: str) -> list[str]:
    """The feeds' addresses, absolute, in the page's order, those of comments last."""
    tree = LexborHTMLParser(html.decode("utf-8", "replace"))
    found = [
        urljoin(url, href)
        for link in tree.css("link[rel~=alternate]")
        if (link.attributes.get("type") or "").lower() in TYPES
        and (href := (link.attributes.get("href") or "").strip())
    ]
    return sorted(dict.fromkeys(found), key=lambda each: any(word in each for word in OF_COMMENTS))
