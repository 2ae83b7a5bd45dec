"""Finds the hub that a feed names for pushes (WebSub)."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

from bot.ports.source import Response

__all__ = ["hub_of"]

HEAD = 16_384
"""Feeds name their hub before their first item."""
ITEM = re.compile(rb"<(?:item|entry)\b", re.IGNORECASE)
LINK = re.compile(rb"<(?:\w+:)?link\b[^>]*>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
HEADER = re.compile(r"<([^<>]*)>\s*((?:;[^,]*)*)")
RELATION = re.compile(r"""rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""", re.IGNORECASE)


def hub_of(answer: Response) -> dict[str, str]:
    """`{"hub": …, "topic": …}`, empty where the feed names none; its header wins (WebSub, 4)."""
    found = _in_header(answer.headers.get("link", "")) or _in_body(answer.body)
    hub = urljoin(answer.url, found.get("hub", ""))
    if not found.get("hub") or urlsplit(hub).scheme not in ("http", "https"):
        return {}
    return {"hub": hub, "topic": urljoin(answer.url, found.get("self", answer.url))}


def _in_header(value: str) -> dict[str, str]:
    out: dict[str, str] = {}
    for url, more in HEADER.findall(value):
        relation = RELATION.search(more)
        for rel in (relation[1] or relation[2]).lower().split() if relation else ():
            out.setdefault(rel, url.strip())
    return out if "hub" in out else {}


def _in_body(body: bytes) -> dict[str, str]:
    head = body[:HEAD]
    first = ITEM.search(head)
    out: dict[str, str] = {}
    for tag in LINK.findall(head[: first.start()] if first else head):
        said = {
            name.lower(): unescape(a or b) for name, a, b in ATTRIBUTE.findall(tag.decode(errors="replace"))
        }
        for rel in said.get("rel", "").lower().split():
            out.setdefault(rel, said.get("href", ""))
    return out
