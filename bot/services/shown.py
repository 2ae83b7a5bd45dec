"""Reads off an entry what can be said of it by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.article import Article, Entry
from bot.domain.tracking import untracked
from bot.extract.body import reading_minutes
from bot.extract.entry import text_of
from bot.extract.language import spoken
from bot.ports.newsroom import Feed, Newsroom
from bot.services.pages import imprint

__all__ = ["Shown", "article_of", "read_off"]


def article_of(feed: Feed, entry: Entry, newsroom: Newsroom, now: datetime) -> Article:
    """The article an entry describes, as if seen for the first time now, without its `content_hash`."""
    content = text_of(entry.html)
    text = f"{entry.title}\n{entry.summary}\n{content}"
    return Article(
        id=0,
        source=feed.id,
        url=untracked(entry.url),
        title=entry.title,
        first_seen_at=now,
        changed_at=now,
        summary=entry.summary,
        content=content,
        tags=entry.tags,
        categories=entry.categories,
        authors=entry.authors,
        image=entry.image,
        lang=feed.options.lang or spoken(entry.lang, text, newsroom.languages),
        site_name=feed.options.site_name or entry.site_name,
        published_at=entry.published_at,
        updated_at=entry.updated_at,
        reading_minutes=reading_minutes(content),
        skip=entry.skip,
        override_text=entry.override_text,
        not_before=entry.not_before,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry and what was read off it. `full`: enriched by its page; None where that failed.

    `content` is its `content_hash`, `hash` its `imprint`.
    """

    entry: Entry
    content: str
    hash: str
    full: Entry | None
    article: Article


def read_off(
    feed: Feed,
    entries: Sequence[tuple[Entry, str]],
    enriched: Mapping[str, Entry | None],
    newsroom: Newsroom,
    now: datetime,
) -> list[Shown]:
    """What can be said of entries by themselves: most of the work, done while nobody waits for the database.

    Each comes with its `content_hash`.
    """
    times = Counter(entry.guid for entry, _ in entries)
    # Under one guid for several only one page was kept: each is asked for again, by itself.
    shared = {guid: None for guid, number in times.items() if number > 1 and guid in enriched}
    pages = {**enriched, **shared}
    out = []
    for entry, content in entries:
        full = pages.get(entry.guid, entry)
        article = article_of(feed, full or entry, newsroom, now)
        out.append(Shown(entry, content, imprint(entry, content), full, article))
    return out
