"""Fills what a feed's entry lacks with what the article's own page says."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from bot.domain.article import Entry
from bot.domain.identity import host_of, normalise_url
from bot.extract.body import first_paragraph
from bot.extract.byline import without_byline
from bot.extract.dateline import without_place
from bot.extract.entry import cms_id_of, is_protected
from bot.extract.head import Head, decoded, read_head
from bot.extract.text import is_cut, is_noise, without_cut_marks
from bot.ports.source import Response

__all__ = ["enrich", "half_said", "lacks", "weigh"]

WHOLE_WORD = re.compile(r"\w+")
WORD = re.compile(r"[^\W\d_]{4,}")
SHARED = 2
USABLE = 40
"""Characters from which on a summary says something beyond the title."""


def lacks(entry: Entry) -> bool:
    """Whether the page should be read: a mere address, no title, no usable summary, image or language."""
    return entry.bare or not entry.title or not _usable(entry) or entry.image is None or not entry.lang


def half_said(summary: str) -> bool:
    """Whether a summary is cut off, or a byline, a caption or the like."""
    return summary.endswith("…") or is_noise(summary)


def enrich(entry: Entry, page: Response, slogans: frozenset[str] = frozenset()) -> Entry:
    """The entry with what was missing; what the feed said stands. A page that is no HTML adds nothing.

    `slogans` are what the site is known to say of itself, which tells nothing of an article.
    """
    return weigh(entry, page, slogans)[0]


def weigh(entry: Entry, page: Response, slogans: frozenset[str] = frozenset()) -> tuple[Entry, bool]:
    """`enrich`, and whether the summary is a description which neither the title nor a text speaks for.

    Then it may be the site's own, which stands on its home page, too.
    """
    kind = page.headers.get("content-type", "text/html").lower()
    if "html" not in kind and "xml" not in kind:
        return entry, False
    head = read_head(page.body, kind, page.url)
    summary, doubtful = "", False
    if not _usable(entry):
        summary, doubtful = _summary(entry, head, page, slogans | head.slogans)
    image = entry.image or head.image
    if entry.image and not entry.image.alt and head.image and head.image.url == entry.image.url:
        image = head.image
    ours = host_of(head.shortlink) == host_of(page.url)
    skip = entry.skip or _no_article(entry, head, page)
    full = replace(
        entry,
        url=_final(entry, head, page),
        cms_id=entry.cms_id or (cms_id_of(head.shortlink) if ours else ""),
        title=entry.title or head.title,
        summary=summary or entry.summary,
        image=image,
        lang=entry.lang or head.lang,
        canonical_url=entry.canonical_url or head.canonical_url or _led_to(entry, page),
        site_name=entry.site_name or head.site_name,
        authors=entry.authors or head.authors,
        published_at=entry.published_at or head.published_at,
        updated_at=entry.updated_at or head.updated_at,
        tags=entry.tags or (head.tags if entry.bare else ()),
        skip=skip,
    )
    return full, doubtful and not skip


def _no_article(entry: Entry, head: Head, page: Response) -> str:
    """Why the page is nothing to share; "" where it is."""
    if is_protected(page.body.decode("latin-1")):
        return "its page asks for a password"
    return "its page says that it is no article" if entry.bare and head.other else ""


def _final(entry: Entry, head: Head, page: Response) -> str:
    """Where a link of another host (a feed's proxy, a shortener) leads, if the page there calls itself so."""
    elsewhere = host_of(page.url) != host_of(entry.url)
    agreed = normalise_url(head.canonical_url) == normalise_url(page.url)
    return head.canonical_url if elsewhere and agreed else entry.url


def _led_to(entry: Entry, page: Response) -> str:
    """The address that a page was found at, where that is another one; a query that a site adds is none."""
    asked, found = (urlsplit(normalise_url(url)) for url in (entry.url, page.url))
    return "" if (asked.netloc, asked.path) == (found.netloc, found.path) else page.url


def _usable(entry: Entry) -> bool:
    return _says(entry.summary, entry.title) and not entry.summary.endswith("…")


def _says(text: str, title: str) -> bool:
    return len(text) >= USABLE and text.casefold() != title.casefold() and not is_noise(text)


def _summary(entry: Entry, head: Head, page: Response, slogans: frozenset[str]) -> tuple[str, bool]:
    """The page's description, unless a machine cut it or it is the site's; else its first real paragraph.

    And whether it is one that nothing speaks for.
    """
    title = entry.title or head.title
    description = without_byline(head.description, entry.authors)
    if _is_one_of(description, slogans):
        description = ""
    says, whole = _says(description, title), not is_cut(description)
    akin = says and _shared(description, title) >= SHARED
    if akin and whole:
        return without_cut_marks(description), False
    paragraph = without_place(first_paragraph(decoded(page.body, page.headers.get("content-type", ""))))
    real = bool(paragraph) and paragraph.casefold() != title.casefold()
    if real and not (says and whole and _shared(description, f"{title} {paragraph}") >= SHARED):
        return paragraph, False
    if not says or not (whole or len(description) > len(entry.summary)):
        return "", False
    return without_cut_marks(description), not real and not akin


def _is_one_of(description: str, slogans: frozenset[str]) -> bool:
    """Whether it says what one of them says, or how one begins."""
    said, cut = WHOLE_WORD.findall(description.casefold()), is_cut(description)
    known = (WHOLE_WORD.findall(each.casefold()) for each in slogans)
    return bool(said) and any(said == (each[: len(said)] if cut else each) for each in known)


def _shared(description: str, text: str) -> int:
    """How many longer words they share; a site's own slogan shares none with its articles."""
    return len(_words(description) & _words(text))


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.casefold()))
