"""Knows a feed's items again as they stood at the last poll: reading their texts is most of a poll's work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from hashlib import sha256

from bot.extract.item import Channel, Item

__all__ = ["marks_of", "thinned", "unseen"]

NAMES = tuple(field.name for field in fields(Item))
LETTERS = 16
"""Of a hash, by which an item is known."""


def marks_of(channel: Channel) -> list[str]:
    """A mark for each item, of all that an entry is made of: another one where anything differs."""
    beside = (channel.title, channel.lang, channel.base)
    return [_mark(item, beside) for item in channel.items]


def unseen(items: Sequence[Item], marks: Sequence[str], seen: Collection[str]) -> tuple[Item, ...]:
    """Those whose mark was not among the last poll's."""
    known = frozenset(seen)
    return tuple(item for item, mark in zip(items, marks, strict=True) if mark not in known)


def thinned(before: Sequence[str], now: Collection[str]) -> bool:
    """Whether something is missing, or reads otherwise, that did not just fall off the end."""
    here = frozenset(now)
    last = max((at for at, mark in enumerate(before) if mark in here), default=len(before))
    return any(mark not in here for mark in before[:last])


def _mark(item: Item, beside: tuple[str, ...]) -> str:
    # Long texts as they are: to have them described costs more than to hash them.
    values = (*(getattr(item, name) for name in NAMES), *beside)
    said = "\x1f".join([each if isinstance(each, str) else repr(each) for each in values])
    return sha256(said.encode(errors="surrogatepass")).hexdigest()[:LETTERS]
