"""Makes an entry of a parsed item: plain text, absolute addresses, UTC dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from html import escape, unescape
from urllib.parse import urljoin

from bot.domain.article import Entry
from bot.domain.identity import host_of
from bot.domain.tracking import without_session
from bot.extract.address import absolute
from bot.extract.body import first_paragraph, plain_text
from bot.extract.byline import without_byline
from bot.extract.dateline import without_place
from bot.extract.item import Channel, Item
from bot.extract.language import bcp47
from bot.extract.picture import image_of
from bot.extract.text import END, is_cut, tidy, without_cut_marks

__all__ = ["cms_id_of", "entry_of", "is_protected", "listed", "text_of"]

TAGS = (
    r"a|abbr|article|aside|b|blockquote|br|caption|center|cite|code|div|del|em|figcaption|figure|font|footer|h[1-6]"
    r"|header|hr|i|iframe|img|ins|li|mark|ol|p|pre|q|s|script|section|small|span|strong|style|sub|sup|table|t[dhr]|u|ul"
)
TAG = re.compile(rf"</?(?:{TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
HIDDEN_TAG = re.compile(rf"&lt;/?(?:{TAGS})(?:\s[^<>]*?)?/?&gt;", re.IGNORECASE)
MAIL = re.compile(r"\S+@\S+\.\S+")
WORDPRESS = re.compile(
    r"https?://[^/?#]+(?P<folder>(?:/(?!index\.php)[^/?#]+)*)/?(?:index\.php)?"
    r"\?(?:post_type=[\w-]+&(?:amp;|#0?38;)?)?p=(?P<number>\d{1,12})$"
)
GHOST = re.compile(r"[0-9a-f]{24}")
"""An ObjectID, as Ghost's feeds give for a guid: no two posts have one."""
PROTECTED = re.compile(r"wp-login\.php\?action=postpass|class=[\"']post-password-form")
"""The form that stands in WordPress's feeds and pages (6.5, seen 2026-11-25) instead of a protected text."""
PASSWORD = ("action=postpass", "post-password-form")
SHORT_BODY = 1_200
LEAD = 120
TOP = 2 * LEAD
BLOCKS = 2
"""Paragraphs of a teaser: its text and the CMS's last line."""
TITLE_CAP = 5_000
"""A region and a script, by their length (RFC 5646, 2.1.1)."""


def entry_of(item: Item, channel: Channel, url: str) -> Entry | None:
    """The entry, or None where it has no address to share, or is behind a password. `url` is the feed's own.

    Its `html` is the text of the body, escaped, each block a `<p>`, and nothing else of the body's markup: no
    other tag, no attribute, no address. So no sanitiser need be trusted, `plain_text` reads from it what it
    reads from the body, and where only markup changed there is no edit. "" where the feed has but a teaser.
    """
    base = _base(url, channel.base)
    link = _link(item, base)
    base = urljoin(base, item.base) if item.base else base
    if not link or is_protected(item.content):
        return None
    text, summary = _texts(item)
    terms = _distinct(item.terms)
    authors = _distinct(_author(author) for author in item.authors)
    return Entry(
        guid=_guid(item) or link,
        url=link,
        title=_plain_title(item.title),
        summary=without_byline(summary, authors),
        html=_paragraphs(text),
        tags=_distinct(item.tags if item.apart else (*terms, *item.tags)),
        categories=terms,
        authors=authors,
        image=image_of(item.pictures, item.content or item.description, base),
        lang=bcp47(item.lang or channel.lang),
        site_name=_plain_title(channel.title),
        published_at=_date(item.published),
        updated_at=_date(item.updated),
        cms_id=(cms_id_of(item.id) if host_of(item.id) in {"", host_of(link)} else "") or cms_id_of(link),
    )


def listed(channel: Channel, url: str) -> dict[str, datetime | None]:
    """All that a feed shows, by guid, and when that was published, without its texts."""
    base = _base(url, channel.base)
    return {_guid(item) or _link(item, base): _date(item.published) for item in channel.items}


def _guid(item: Item) -> str:
    return without_session(item.id.strip() if item.id.isprintable() else tidy(item.id))


def _link(item: Item, base: str) -> str:
    base = urljoin(base, item.base) if item.base else base
    return without_session(absolute(item.link, base) or (absolute(item.id, "") if item.permalink else ""))


def text_of(html: str) -> str:
    """The text of an entry's `html`, a line for each paragraph."""
    inside = html.removeprefix("<p>").removesuffix("</p>").replace("</p><p>", "\n")
    if "<" in inside or inside == html:
        return plain_text(html)  # it is not of `entry_of`'s making
    return unescape(inside) if "&" in inside else inside


def is_protected(markup: str) -> bool:
    """Whether a password is asked for instead of the text."""
    # Looked for by its words first: the pattern, which has no fixed beginning, is slow.
    return any(word in markup for word in PASSWORD) and bool(PROTECTED.search(markup))


def cms_id_of(guid: str) -> str:
    """WordPress's or Ghost's own name for a post, out of the guid it gives in feeds; "" for any other guid.

    Feed and API give the same one, whatever becomes of the address. WordPress's folder is part of it: a
    network of sites on one host numbers each anew.
    """
    if GHOST.fullmatch(guid):
        return f"ghost:{guid}"
    found = WORDPRESS.match(guid)
    return f"wp:{found['folder']}/{found['number']}" if found else ""


@lru_cache(maxsize=64)
def _base(url: str, channel: str) -> str:
    return urljoin(url, channel)


@lru_cache(maxsize=256)
def _texts(item: Item) -> tuple[str, str]:
    """The body's text, a line for each block ("" where the feed has only a teaser), and the summary."""
    content = _markup(item.content)
    teaser = _markup(item.description)
    if item.content_is_text and content:
        content = "".join(
            f"<p>{escape(part)}</p>" for part in re.split(r"\n\s*\n", item.content) if part.strip()
        )
    lines = plain_text(teaser)
    said = tidy(lines)
    if content in {"", teaser}:
        if len(said) <= SHORT_BODY and teaser.lower().count("<p") <= BLOCKS:
            return "", without_cut_marks(_without_noise(teaser, said))
        return lines, without_cut_marks(without_place(first_paragraph(teaser)))
    text = plain_text(content)
    if not said or is_cut(said) or _begins(text, said):
        return text, without_cut_marks(without_place(first_paragraph(content))) or without_cut_marks(said)
    return text, without_cut_marks(_without_noise(teaser, said))


def _begins(text: str, said: str) -> bool:
    """Whether the teaser is but the beginning of the text, cut without a mark, or all of it once more."""
    lead = said[:LEAD]
    return tidy(text[:TOP]).startswith(lead) and (len(said) > LEAD or not END.search(said))


def _paragraphs(text: str) -> str:
    return "<p>" + escape(text, quote=False).replace("\n", "</p><p>") + "</p>" if text else ""


def _without_noise(teaser: str, said: str) -> str:
    """A teaser of several blocks may begin with a byline or a caption: then its first real paragraph."""
    return (
        (first_paragraph(teaser) or said)
        if re.search(r"<(?:p|div|figure|br)\b", teaser, re.IGNORECASE)
        else said
    )


def _markup(value: str) -> str:
    """HTML as meant: escaped once too often by some feeds."""
    if "&lt;" not in value or not HIDDEN_TAG.search(value) or TAG.search(value):
        return value
    return unescape(value)


def _plain_title(title: str) -> str:
    text = title[: 2 * TITLE_CAP]
    for _ in range(2):
        if "<" in text and TAG.search(text):
            text = TAG.sub("", text)
        if "&" in text:
            text = unescape(text)
    return tidy(text)[:TITLE_CAP]


def _author(author: str) -> str:
    """A name; never an e-mail address, which nobody wants to see posted."""
    text = _plain_title(author)
    named = re.fullmatch(r"\S+@\S+\s*\((.+)\)", text)
    if named:
        text = named.group(1)
    return tidy(MAIL.sub("", text)).strip(" <>()\"',;")


def _date(value: str) -> datetime | None:
    """Aware UTC; None for what is no date or none on which anything was published."""
    try:
        found = datetime.fromisoformat(value) if value else None
        found = found and (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
    return found if found and found.year > 1970 else None  # noqa: PLR2004 - the epoch is a default, not a date


def _distinct(words: object) -> tuple[str, ...]:
    assert hasattr(words, "__iter__")
    cleaned = (_plain_title(str(word)) for word in words)
    return tuple(dict.fromkeys(word for word in cleaned if word))
