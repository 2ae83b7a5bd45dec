"""Finds the feeds that a page names in its head."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

__all__ = ["feeds_of"]

TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
COMMENTS = re.compile(r"/comments?(?:[/.?]|$)", re.IGNORECASE)
OF_COMMENTS = re.compile(r"\b(?:comments|commentaires)\b", re.IGNORECASE)


def feeds_of(html: bytes, url: str) -> list[str]:
    """The feeds' addresses, absolute, in the page's order, without those of comments."""
    tree = LexborHTMLParser(html.decode("utf-8", "replace"))
    found = [
        urljoin(url, href)
        for link in tree.css("link[rel~=alternate]")
        if (link.attributes.get("type") or "").lower() in TYPES
        and (href := (link.attributes.get("href") or "").strip())
        and not COMMENTS.search(href)
        and not OF_COMMENTS.search(link.attributes.get("title") or "")
    ]
    return list(dict.fromkeys(found))
