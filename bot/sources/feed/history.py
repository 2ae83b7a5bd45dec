"""Goes back in a feed page by page: by the links it gives (RFC 5005), else as WordPress numbers its pages.

https://www.rfc-editor.org/rfc/rfc5005 (read 2026-11-25); a feed that knows no pages answers its first again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from bot.domain.errors import SourceError
from bot.extract.entry import entry_of
from bot.http.answer import check_status
from bot.ports.source import Cursor, Harvest, Request, Response, Steps
from bot.sources.feed.answer import check_feed, is_json
from bot.sources.feed.ladder import ACCEPT, MAX_BYTES, channel_of

__all__ = ["history"]

LINK = re.compile(r"<(?:\w+:)?link\b([^>]*)>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
FIRST_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
BACK = ("next", "prev-archive")
PAGE = "paged"
NO_SUCH_PAGE = frozenset({400, 403, 404, 410})


def history(url: str, cursor: Cursor) -> Steps:
    """One page, the newest first; see HistoricalSource.

    Raises:
        SourceError: no answer, or what is no feed; the end of the pages is none.
    """
    here, number = str(cursor.get("url") or url), int(cursor.get("page", 1))
    answer: Response = yield Request(here, headers={"Accept": ACCEPT}, max_bytes=MAX_BYTES)
    if number > 1 and answer.status in NO_SUCH_PAGE:
        return Harvest((), {}, status=answer.status)
    name = urlunsplit(urlsplit(here)._replace(query="", fragment=""))
    check_status(answer, name)
    try:
        check_feed(answer, name)
    except SourceError:
        if number > 1:  # a site's own page for what is not there
            return Harvest((), {}, status=answer.status)
        raise
    channel = yield from channel_of(answer, name)
    entries = [entry for item in channel.items if (entry := entry_of(item, channel, answer.url))]
    seen, had = set(cursor.get("guids", ())), list(cursor.get("urls", ()))
    if entries and all(entry.guid in seen for entry in entries):
        return Harvest((), {}, status=answer.status)
    following = _following(answer, url, number, linked=bool(cursor.get("linked", False)))
    if not entries or following is None or following["url"] in (*had, here):
        return Harvest(tuple(entries), {}, status=answer.status)
    # Of the pages before, the last one is enough to see that a site answers the same again.
    more = {"guids": [entry.guid for entry in entries], "urls": [*had, here], "page": number + 1}
    return Harvest(tuple(entries), {**following, **more}, status=answer.status)


def _following(answer: Response, url: str, number: int, *, linked: bool) -> Mapping[str, Any] | None:
    """The page before this one in time: the one it links to, else the next by number."""
    for href in _links(answer):
        there = urljoin(answer.url, href)
        if urlsplit(there).netloc == urlsplit(answer.url).netloc:
            return {"url": there, "linked": True}
    if linked or is_json(answer.body):
        return None
    parts = urlsplit(url)
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != PAGE]
    paged = urlencode([*query, (PAGE, str(number + 1))])
    return {"url": urlunsplit(parts._replace(query=paged, fragment="")), "linked": False}


def _links(answer: Response) -> list[str]:
    if is_json(answer.body):
        try:
            said = json.loads(answer.body.lstrip(b"\xef\xbb\xbf\x00 \t\r\n"), strict=False)
        except (ValueError, RecursionError):
            return []
        found = said.get("next_url") if isinstance(said, dict) else None
        return [found] if isinstance(found, str) and found else []
    first = FIRST_ITEM.search(answer.body)
    head = answer.body[: first.start() if first else len(answer.body)].decode("utf-8", "replace")
    out: dict[str, str] = {}
    for tag in LINK.findall(head):
        said = {name.lower(): unescape(a or b) for name, a, b in ATTRIBUTE.findall(tag)}
        if said.get("href"):
            out.setdefault(said.get("rel", "").lower(), said["href"])
    return [out[rel] for rel in BACK if rel in out]
