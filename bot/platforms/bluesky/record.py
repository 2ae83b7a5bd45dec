"""Builds the record of a post, its byte-true facets and its address; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.post import Card, Ref
from bot.domain.text import hashtags, mentions, urls, utf8_bytes

__all__ = [
    "COLLECTION",
    "card_embed",
    "created_at",
    "facets",
    "handles",
    "images_embed",
    "links",
    "record",
    "reply",
    "tid",
]

COLLECTION = "app.bsky.feed.post"
TAG_GRAPHEMES = 64
BASE32 = "234567abcdefghijklmnopqrstuvwxyz"
FACET = "app.bsky.richtext.facet"


def record(
    text: str,
    at: datetime,
    *,
    lang: str = "",
    embed: Mapping[str, Any] | None = None,
    dids: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """An app.bsky.feed.post, as in github.com/bluesky-social/atproto, lexicons (read 2026-11-23).

    Args:
        text: at most 300 graphemes and 3,000 bytes of UTF-8.
        at: when it says it was created, to the microsecond: its address derives from that.
        lang: BCP 47.
        embed: a card or images.
        dids: by handle (lower case, without @), whom a mention means; other mentions stay plain text.
    """
    made: dict[str, Any] = {"$type": COLLECTION, "text": text, "createdAt": created_at(at)}
    if lang:
        made["langs"] = [lang]
    found = facets(text, dids or {})
    if found:
        made["facets"] = found
    if embed:
        made["embed"] = embed
    return made


def created_at(at: datetime) -> str:
    """UTC with microseconds and a Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def facets(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Links, hashtags and known mentions, by UTF-8 bytes, in order and without overlap.

    A server takes a facet beyond the text's end as it is: here none can be, for each is a piece of it.
    """
    found = [(span, {"$type": f"{FACET}#link", "uri": span.text}) for span in urls(text)]
    found += [
        (span, {"$type": f"{FACET}#tag", "tag": span.text[1:]})
        for span in hashtags(text)
        if len(span.text) - 1 <= TAG_GRAPHEMES
    ]
    found += [
        (span, {"$type": f"{FACET}#mention", "did": dids[span.text[1:].lower()]})
        for span in mentions(text)
        if span.text[1:].lower() in dids
    ]
    return [
        {
            "index": {"byteStart": utf8_bytes(text[: span.start]), "byteEnd": utf8_bytes(text[: span.end])},
            "features": [feature],
        }
        for span, feature in sorted(found, key=lambda each: each[0].start)
    ]


def handles(text: str) -> list[str]:
    """The handles a text mentions, lower case, without @: domain names, as Bluesky's are."""
    named = (span.text[1:].lower() for span in mentions(text))
    return list(dict.fromkeys(name for name in named if "." in name and "@" not in name))


def card_embed(card: Card, thumb: Mapping[str, Any] | None) -> dict[str, Any]:
    """The link card, which Bluesky does not build itself."""
    external: dict[str, Any] = {
        "uri": card.url,
        "title": card.title or card.url,
        "description": card.description,
    }
    if thumb:
        external["thumb"] = thumb
    return {"$type": "app.bsky.embed.external", "external": external}


def images_embed(images: Sequence[tuple[Mapping[str, Any], str, int, int]]) -> dict[str, Any]:
    """Images, each a blob with its description, width and height."""
    return {
        "$type": "app.bsky.embed.images",
        "images": [
            {"image": blob, "alt": alt, "aspectRatio": {"width": width, "height": height}}
            for blob, alt, width, height in images
        ],
    }


def links(made: Mapping[str, Any]) -> tuple[str, ...]:
    """What a record links to: its facets' links and its card."""
    features = [feature for facet in made.get("facets", ()) for feature in facet["features"]]
    card = made.get("embed", {}).get("external", {})
    found = [each["uri"] for each in (*features, card) if each.get("uri")]
    return tuple(dict.fromkeys(found))


def reply(to: Ref) -> dict[str, Any]:
    """What a record says of the post it answers; `to` is the ref of that post."""
    return {"root": to["root"], "parent": {"uri": to["uri"], "cid": to["cid"]}}


def tid(created: str, key: str) -> str:
    """The record's address within its collection: the same for the same time and key, whoever computes it.

    atproto.com/specs/tid (read 2026-11-23): 53 bits of microseconds and 10 bits that tell clocks apart,
    in 13 sortable characters. The last ten bits are the key's.

    Args:
        created: the record's createdAt.
        key: the part's idempotency key.
    """
    since = datetime.fromisoformat(created) - datetime(1970, 1, 1, tzinfo=UTC)
    clock = int.from_bytes(hashlib.sha256(key.encode()).digest()[-2:], "big") & 0x3FF
    number = (since // timedelta(microseconds=1) & (2**53 - 1)) << 10 | clock
    return "".join(BASE32[number >> shift & 31] for shift in range(60, -1, -5))
