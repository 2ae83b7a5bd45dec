"""Judges the page that a link leads to as a platform will, which builds the post's card from it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from bot.domain.errors import PlatformError
from bot.domain.limits import Limits
from bot.extract.head import HEAD_BYTES, decoded, read_head

__all__ = ["CardLook", "judge"]

PAGE_SECONDS = 6.0
PICTURE_SECONDS = 10.0
GOOD_FOR = 300.0
"""Seconds that a page once found fit is not looked at again: an article goes to many accounts at once."""
REMEMBERED = 500

OK = 200
LOGIN = re.compile(r"(?i)(^|[/_-])(wp-)?(log-?in|sign-?in|sso|oauth2?|connexion|session/new)([./?_-]|$)")
PAGES = ("text/html", "application/xhtml+xml")


def judge(asked: str, url: str, status: int, headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """(what keeps the page from being shown, "" if nothing; the address of its picture, "" if it names none).

    Args:
        asked: the link.
        url: where it led to in the end.
        status: what was answered there.
        headers: their names in lower case.
        body: the first of it.
    """
    if status in (401, 403):
        return f"its page answers {status}: it is behind a log-in", ""
    if status != OK:
        return f"its page answers {status}", ""
    kind = headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() not in PAGES:
        return "", ""  # a PDF or a picture is shown as it is
    if _leads_to_login(asked, url, body, kind):
        return "its page is a log-in page", ""
    head = read_head(body, kind, url)
    if head.noindex or "noindex" in headers.get("x-robots-tag", "").lower():
        return "its page is marked noindex: is it a draft?", ""
    return "", head.image.url if head.image else ""


def _leads_to_login(asked: str, url: str, body: bytes, kind: str) -> bool:
    """Led elsewhere, to an address or a form that asks who one is."""
    before, after = urlsplit(asked), urlsplit(url)
    if (before.hostname, before.path.rstrip("/")) == (after.hostname, after.path.rstrip("/")):
        return False
    if LOGIN.search(after.path) and not LOGIN.search(before.path):
        return True
    tree = LexborHTMLParser(decoded(body[:HEAD_BYTES], kind))
    return tree.css_first('input[type="password"]') is not None and tree.css_first("article") is None


@dataclass
class CardLook:
    """Looks at links; what was found fit lately is not asked for again. Used from any number of threads.

    Args:
        user_agent: how we introduce ourselves.
        monotonic: seconds that only ever grow.
        allow_private: whether addresses that are not public may be asked.
    """

    user_agent: str
    monotonic: Callable[[], float]
    allow_private: bool = False
    fit: dict[tuple[str, int], float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, url: str, limits: Limits) -> str:
        """What keeps the link's card from being shown on a platform of these limits, "" if nothing does."""
        largest = 0 if limits.card == "none" else limits.card_bytes
        key, now = (url, largest), self.monotonic()
        with self.lock:
            self.fit = {each: until for each, until in self.fit.items() if until > now}
            if key in self.fit:
                return ""
        trouble = self._look(url, largest)
        with self.lock:
            if not trouble and len(self.fit) < REMEMBERED:
                self.fit[key] = now + GOOD_FOR
        return trouble

    def _look(self, url: str, largest: int) -> str:
        # Not above: who shares to files only never loads the client that they bring.
        from bot.http import send
        from bot.http.look import look_at

        agent, private = self.user_agent, self.allow_private
        try:
            page = look_at(
                url, user_agent=agent, max_bytes=HEAD_BYTES, timeout=PAGE_SECONDS, allow_private=private
            )
        except PlatformError as error:
            return f"its page cannot be read: {error}"
        trouble, image = judge(url, page.url, page.status, page.headers, page.body)
        if trouble or not image or not largest:
            return trouble
        try:
            send.download(
                image,
                user_agent=agent,
                max_bytes=largest,
                timeout=PICTURE_SECONDS,
                allow_private=private,
            )
        except PlatformError as error:
            return f"its picture does not load: {error}"
        return ""
