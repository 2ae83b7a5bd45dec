"""An article, and the entry a source shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.post import Image

__all__ = ["Article", "Entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as a source shows it now: plain text (no HTML) but for `html`, absolute URLs, aware UTC dates.

    `html` is the body's text, escaped, each block a `<p>`, no other markup; "" where only a teaser is known.
    `guid` is the source's own name for it, never empty (a source without one uses the link).
    `cms_id` is the id in the CMS's database where the source knows it, scoped by the site's host.
    `published_at` is None where the source gives none or an impossible one.

    `bare` is one known by its address alone: its page must say that it is an article at all.

    What the desk ordered in the article itself: `skip` says why it is not to be shared ("" where it is),
    `override_text` what to say instead of the title, `not_before` when it may be shared at the earliest.
    `was` are the addresses that it says it had before.
    """

    guid: str
    url: str
    title: str
    summary: str = ""
    html: str = ""
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    image: Image | None = None
    lang: str = ""
    site_name: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    canonical_url: str = ""
    cms_id: str = ""
    bare: bool = False
    skip: str = ""
    override_text: str = ""
    not_before: datetime | None = None
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """One published piece, whatever URLs, feeds and guids it is met under.

    `content` is the body as plain text. `first_seen_at` is when any source first showed it; `changed_at`
    when its content last changed. `source` is the source that first showed it. `lang` is "" when unsure.
    `skip`, `override_text` and `not_before` are the desk's orders, as on Entry. `overlooked`: it came out
    while its source was not being read; `flood`: its source showed it as new with many, and it looks old.
    `page_asked_at`: of one that was published before we started, when its page was first asked for, to be
    shared; `page_trouble`: why its page could not be read.
    `items` are the articles that an edition tells, filled in where it is rendered and not kept with it.
    """

    id: int
    source: str
    url: str
    title: str
    first_seen_at: datetime
    changed_at: datetime
    summary: str = ""
    content: str = ""
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    image: Image | None = None
    lang: str = ""
    site_name: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    reading_minutes: int = 0
    content_hash: str = ""
    withdrawn_at: datetime | None = None
    overlooked: bool = False
    flood: bool = False
    skip: str = ""
    override_text: str = ""
    not_before: datetime | None = None
    page_asked_at: datetime | None = None
    page_trouble: str = ""
    items: tuple[Article, ...] = ()

    def age_from(self) -> datetime:
        """The time its age runs from: publication as we met it, or the end of its embargo."""
        known = min(self.published_at or self.first_seen_at, self.first_seen_at)
        return max(known, self.not_before) if self.not_before else known
