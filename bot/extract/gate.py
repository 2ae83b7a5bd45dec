"""Tells a page that stands in an article's place: a log-in, a check for robots, a site that is down."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from bot.extract.head import HEAD_BYTES, decoded
from bot.extract.text import tidy

__all__ = ["gate"]

LOGIN = re.compile(r"(?i)(^|[/_-])(wp-)?(log-?in|sign-?in|sso|oauth2?|connexion|session/new)([./?_-]|$)")
WORDPRESS = "body.login form#loginform"
"""A sidebar may hold the same form."""
WORDS = re.compile(r"\w+")
SITE = re.compile(r"\W*(?:\s[|–—·•»:-]\s.*)?")
"""What may stand behind a title: the site's name."""
STANDS_IN = re.compile(
    r"(?:just a moment|checking your browser|attention required!?|ddos-guard|access denied|account suspended|"
    r"are you (?:a )?(?:human|robot)\??|verify(?:ing)? you are (?:a )?human|welcome to nginx!?|index of /.*|"
    r"(?:(?:web)?site )?(?:is )?under (?:maintenance|construction)|(?:site en )?maintenance(?: mode)?|"
    r"(?:error )?404(?: error)?(?: not found)?|(?:page |error )?not found|page (?:introuvable|non trouvée))"
    rf"{SITE.pattern}",
    re.IGNORECASE,
)
"""Titles of pages that hosts and content networks answer for any other, with a 200 too."""


def gate(asked: str, url: str, body: bytes, kind: str, headline: str = "") -> str:
    """What a page is that is not the article which was asked for; "" where nothing says so.

    Args:
        asked: the article's address.
        url: where it led to in the end.
        body: the first of the page.
        kind: its content type.
        headline: what its source calls the article: a page of that title is no other.
    """
    before, after = urlsplit(asked), urlsplit(url)
    led = (before.hostname, before.path.rstrip("/")) != (after.hostname, after.path.rstrip("/"))
    if led and LOGIN.search(after.path) and not LOGIN.search(before.path):
        return "a log-in page"
    tree = LexborHTMLParser(decoded(body[:HEAD_BYTES], kind))
    asks = led and tree.css_first('input[type="password"]') is not None
    if (asks and tree.css_first("article") is None) or tree.css_first(WORDPRESS) is not None:
        return "a log-in page"
    title = tree.css_first("title")
    said = tidy(title.text()) if title is not None else ""
    if not STANDS_IN.fullmatch(said) or _is_headed(said, headline):
        return ""
    return f"“{said[:80]}” in its place"


def _is_headed(title: str, headline: str) -> bool:
    """Whether a page's title is this headline, with the site's name behind it or not."""
    page, head = title.casefold(), tidy(headline).casefold()
    words = WORDS.findall(head)
    named = page.startswith(head) and SITE.fullmatch(page[len(head) :]) is not None
    return bool(words) and (named or WORDS.findall(page) == words)
