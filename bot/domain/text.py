"""How long a text is, by each platform's own rule, and where its links, tags and mentions stand."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import is_normalized, normalize

import regex

from bot.domain.links import Span, links_in, server_urls

__all__ = [
    "code_points",
    "grapheme_ends",
    "graphemes",
    "hashtags",
    "linkedin_escape",
    "linkedin_length",
    "mastodon_length",
    "mentions",
    "threads_length",
    "urls",
    "utf8_bytes",
    "utf16_units",
    "x_weight",
]


# -- X ---------------------------------------------------------------------------------------------------

X_URL_WEIGHT = 23
# A variation selector belongs only to what is not a picture by itself: behind one X counts it as a character.
PICTURE = (
    r"(?:\p{Emoji_Presentation}[\U0001f3fb-\U0001f3ff]?"
    r"|\p{Extended_Pictographic}[\ufe0f\U0001f3fb-\U0001f3ff]?)"
)
EMOJI = regex.compile(
    r"[0-9#*]\ufe0f?\u20e3"
    r"|\p{Regional_Indicator}{2}"
    r"|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    rf"|(?![0-9#*]){PICTURE}(?:\u200d{PICTURE})*"
)
PICTURED = regex.compile(r"[©®\u20e3\p{Regional_Indicator}\p{Extended_Pictographic}]")
KEYCAP = "\u20e3"
BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
HEAVY = regex.compile(r"[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")


def x_weight(text: str) -> int:
    """X's weighted length: 280 is the maximum, any link counts 23, scripts beyond Latin's neighbours 2."""
    weight = _weigh(text)
    if "." in text:
        weight += sum(_links_save(word) for word in text.split() if "." in word)
    return weight


def _weigh(text: str) -> int:
    """The weight of a text as if it held no link."""
    if text.isascii():
        return len(text)
    if not is_normalized("NFC", text):
        text = normalize("NFC", text)
    if KEYCAP in text:  # the one emoji that begins with an ASCII character
        return _weigh_run(text)
    runs = BEYOND_ASCII.findall(text)
    return len(text) + sum(_weigh_run(run) - len(run) for run in runs)


@lru_cache(maxsize=8192)
def _weigh_run(text: str) -> int:
    emoji = 0
    if PICTURED.search(text):
        text, emoji = EMOJI.subn("", text)
    return len(text) + len(HEAVY.findall(text)) + 2 * emoji


@lru_cache(maxsize=4096)
def _links_save(word: str) -> int:
    """What a word weighs more (or, negative, less) because its links count 23 each."""
    word = normalize("NFC", word)
    return sum(X_URL_WEIGHT - _weigh(word[start:end]) for start, end in links_in(word))


# -- Graphemes, bytes, units -------------------------------------------------------------------------------

GRAPHEME = regex.compile(r"\X")
CLUSTERING = regex.compile(r"[^\p{GCB=Other}\p{GCB=Control}\n]")
"""Characters that may join with their neighbours; without any, each code point is a grapheme."""


def graphemes(text: str) -> int:
    """User-perceived characters (UAX #29): Bluesky's limit is 300 of them."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    if not CLUSTERING.search(text):
        return len(text)
    return sum(1 for _ in GRAPHEME.finditer(text))


def grapheme_ends(text: str) -> list[int]:
    """Where each grapheme ends, by code points."""
    if text.isascii() and "\r" not in text:
        return list(range(1, len(text) + 1))
    return [found.end() for found in GRAPHEME.finditer(text)]


def utf8_bytes(text: str) -> int:
    """UTF-8 bytes: Bluesky's limit is 3,000 of them."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def utf16_units(text: str) -> int:
    """UTF-16 code units: how Telegram counts, after entities are parsed."""
    return len(text) + sum(c > "\uffff" for c in text)


def code_points(text: str) -> int:
    """Unicode code points: how GoToSocial and Tumblr count."""
    return len(text)


# -- Mastodon ----------------------------------------------------------------------------------------------

MENTIONED = regex.compile(
    r"(?<![=/\w])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@\w+(?:[.-]+\w+)*"
    r"(?![@＠]|://|[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff])",
    regex.IGNORECASE,
)


def mastodon_length(text: str, per_url: int = 23) -> int:
    """Graphemes, with each http(s) URL as `per_url` and `@user@domain` as `@user`; bare domains in full.

    Source: Mastodon's status length validator and the URL rule it builds on (read 2026-11-25).
    """
    for span in reversed(server_urls(text)):
        text = text[: span.start] + "x" * per_url + text[span.end :]
    if "@" in text:
        text = MENTIONED.sub(r"@\1", text)
    return graphemes(text)


# -- Threads and LinkedIn ----------------------------------------------------------------------------------


def threads_length(text: str) -> int:
    """Code points, but an emoji counts its UTF-8 bytes (a family of four is 25).

    Source: Meta's Threads documentation (read 2026-11-23).
    """
    bare, count = text, 0
    if not text.isascii():
        count = sum(len(found[0].encode()) for found in EMOJI.finditer(text))
        bare = EMOJI.sub("", text)
    return len(bare) + count


LITTLE = regex.compile(r"[\\|{}@\[\]()<>#*_~]")


def linkedin_escape(text: str) -> str:
    """`little` text: every reserved character with a backslash; an unescaped one cuts the post short."""
    return LITTLE.sub(lambda found: "\\" + found[0], text)


def linkedin_length(text: str) -> int:
    """The escaped text's code points: the cautious reading of LinkedIn's 3,000."""
    return len(linkedin_escape(text))


# -- Spans -------------------------------------------------------------------------------------------------

WEB_URL = regex.compile(r"https?://[^\s<>\"\u00a0\u2028\u2029]+", regex.IGNORECASE)
TRAILING = ".,;:!?'\"»”’…"
HASHTAG = regex.compile(
    r"(?<![\p{L}\p{M}\p{N}_&#＃])[#＃]([\p{L}\p{M}\p{N}_\u200c\u200d]*[\p{L}\p{M}_][\p{L}\p{M}\p{N}_\u200c\u200d]*)"
)
MENTION = regex.compile(r"(?<![\w.@/])@([\w-]+(?:\.[\w-]+)*(?:@[\w-]+(?:\.[\w-]+)+)?)")


def urls(text: str) -> list[Span]:
    """The http(s) links of a text, without the punctuation that a sentence puts behind them."""
    if "://" not in text:
        return []
    spans = []
    for found in WEB_URL.finditer(text):
        url = found[0]
        while url and (url[-1] in TRAILING or (url[-1] == ")" and url.count("(") < url.count(")"))):
            url = url[:-1]
        if len(url) > len("https://"):
            spans.append(Span(found.start(), found.start() + len(url), url))
    return spans


def hashtags(text: str) -> list[Span]:
    """The hashtags of a text in any script, their `#` included, none inside a link."""
    return _outside_urls(text, HASHTAG) if "#" in text or "＃" in text else []


def mentions(text: str) -> list[Span]:
    """The mentions of a text, their `@` included, none inside a link or an e-mail address."""
    return _outside_urls(text, MENTION) if "@" in text else []


def _outside_urls(text: str, pattern: regex.Pattern[str]) -> list[Span]:
    links = urls(text)
    return [
        Span(found.start(), found.end(), found[0])
        for found in pattern.finditer(text)
        if not any(link.start <= found.start() < link.end for link in links)
    ]
