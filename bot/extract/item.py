"""What any of the parsers brings of a feed, before the clean-up: texts as they stand, still HTML or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.ports.source import Skips

__all__ = ["Channel", "Item", "Picture"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A candidate for the entry's image; its URL may be relative, sizes None when not given."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `terms` are its categories as RSS and Atom name them, `tags` what is called a tag or keyword.

    `apart`: the source tells categories from tags, so that a term is no tag.

    Dates are ISO 8601 or "". `base` is what its relative addresses are relative to, "" for the feed's own.
    `permalink` is False where the guid says that it is no address.
    """

    id: str = ""
    link: str = ""
    title: str = ""
    description: str = ""
    content: str = ""
    content_is_text: bool = False
    authors: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    lang: str = ""
    base: str = ""
    published: str = ""
    updated: str = ""
    permalink: bool = True
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed: its name, language, base address, how long and when it asks to be left alone, and its items.

    `cut_short`: more items begin in it than could be read.
    """

    items: tuple[Item, ...] = ()
    title: str = ""
    lang: str = ""
    base: str = ""
    wait: timedelta | None = None
    skips: Skips | None = None
    cut_short: bool = False
