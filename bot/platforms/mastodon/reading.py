"""Reads what an instance says of itself and of a status into our own values; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from bot.domain.limits import ImageLimits, Limits, Measure
from bot.domain.post import OwnPost
from bot.domain.text import code_points, mastodon_length

__all__ = ["domain", "id_in", "instance_limits", "own_post"]

ADDRESS = re.compile(
    r"/(?:@[^/]+(?:/statuses|/posts)?|users/[^/]+/statuses|notice|p/[^/]+)/"
    r"(?P<id>\d+|[0-9A-Z]{26}|(?<=/notice/)\w+)/?"
)
"""Where Mastodon, GoToSocial, Takahe, Akkoma and Pixelfed show a status: the last piece is the API's id."""
TYPES = ("image/jpeg", "image/png", "image/webp")


def instance_limits(about: Mapping[str, Any]) -> Limits:
    """The limits an instance states, and mainline Mastodon's for what it does not.

    GoToSocial counts code points and takes nothing off for links, whatever it reserves for them.

    Args:
        about: the answer of /api/v2/instance or /api/v1/instance,
            docs.joinmastodon.org/entities/Instance (read 2026-11-23).
    """
    settings = _table(about, "configuration")
    statuses, media = _table(settings, "statuses"), _table(settings, "media_attachments")
    gotosocial = "gotosocial" in f"{about.get('source_url')} {about.get('version')}".lower()
    length = partial(mastodon_length, per_url=_number(statuses.get("characters_reserved_per_url"), 23))
    maximum = _number(statuses.get("max_characters") or about.get("max_toot_chars"), 500)
    taken = media.get("supported_mime_types") or TYPES
    return Limits(
        text=(Measure("characters", code_points if gotosocial else length, maximum),),
        images=ImageLimits(
            count=_number(statuses.get("max_media_attachments"), 4),
            bytes=_number(media.get("image_size_limit"), 10_485_760),
            types=tuple(mime for mime in TYPES if mime in taken) or TYPES[:1],
            pixels=_number(media.get("image_matrix_limit"), 16_777_216),
        ),
        alt=_number(media.get("description_limit"), 1_500),
        card="server",
        thread=True,
        warning=True,
        languages=True,
    )


def domain(about: Mapping[str, Any]) -> str:
    """The part of a handle behind the second @, which need not be the host of the API; "" if unsaid."""
    named = about.get("account_domain") or about.get("domain") or about.get("uri") or ""
    return str(named).removeprefix("https://").removeprefix("http://").rstrip("/")


def own_post(status: Mapping[str, Any]) -> OwnPost:
    """A status as read back.

    Raises:
        ValueError, KeyError, TypeError: it is no status.
    """
    page = _Content()
    page.feed(status["content"])
    page.close()
    card = status.get("card") or {}
    links = [*page.links, *([card["url"]] if card.get("url") else [])]
    created_at = datetime.fromisoformat(status["created_at"])
    if created_at.tzinfo is None:
        raise ValueError("a time without a zone")
    return OwnPost(
        ref={"id": str(status["id"])},
        url=str(status.get("url") or status.get("uri") or ""),
        text="".join(page.text).strip(),
        links=tuple(dict.fromkeys(links)),
        created_at=created_at,
    )


def id_in(url: str, host: str) -> str:
    """The id of the status that is seen at `url` on the instance itself; "" if that is no such address."""
    try:
        address = urlsplit(url)
    except ValueError:
        return ""
    status = ADDRESS.fullmatch(address.path)
    return status["id"] if status and address.netloc.lower() == host.lower() else ""


class _Content(HTMLParser):
    """The plain text of a status and what it links to, mentions and hashtags apart."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.text.append("\n")
        elif tag == "p" and self.text:
            self.text.append("\n\n")
        elif tag == "a":
            found = {name: value or "" for name, value in attrs}
            marks = {*found.get("class", "").split(), *found.get("rel", "").split()}
            if found.get("href") and not marks & {"mention", "hashtag", "tag"}:
                self.links.append(found["href"])

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _table(within: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = within.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and value > 0 else otherwise
