"""Judges the page that a link leads to as a platform will, which builds the post's card from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.domain.errors import PlatformError
from bot.domain.limits import Limits
from bot.extract.gate import gate
from bot.extract.head import HEAD_BYTES, read_head

__all__ = ["CardLook", "judge"]

PAGE_SECONDS = 6.0
PICTURE_SECONDS = 10.0
GOOD_FOR = 300.0
"""Seconds that a page once found fit is not looked at again: an article goes to many accounts at once."""
REMEMBERED = 500

OK = 200
PAGES = ("text/html", "application/xhtml+xml")


def judge(
    asked: str, url: str, status: int, headers: Mapping[str, str], body: bytes, headline: str = ""
) -> tuple[str, str]:
    """(what keeps the page from being shown, "" if nothing; the address of its picture, "" if it names none).

    Args:
        asked: the link.
        url: where it led to in the end.
        status: what was answered there.
        headers: their names in lower case.
        body: the first of it.
        headline: what the article is called that should be there.
    """
    if status in (401, 403):
        return f"its page answers {status}: it is behind a log-in", ""
    if status != OK:
        return f"its page answers {status}", ""
    kind = headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() not in PAGES:
        return "", ""  # a PDF or a picture is shown as it is
    if stands_in := gate(asked, url, body, kind, headline):
        return f"its page is {stands_in}", ""
    head = read_head(body, kind, url)
    if head.noindex or "noindex" in headers.get("x-robots-tag", "").lower():
        return "its page is marked noindex: is it a draft?", ""
    return "", head.image.url if head.image else ""


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

    def __call__(self, url: str, limits: Limits, headline: str = "") -> str:
        """What keeps the link's card from being shown on a platform of these limits, "" if nothing does."""
        largest = 0 if limits.card == "none" else limits.card_bytes
        key, now = (url, largest), self.monotonic()
        with self.lock:
            self.fit = {each: until for each, until in self.fit.items() if until > now}
            if key in self.fit:
                return ""
        trouble = self._look(url, largest, headline)
        with self.lock:
            if not trouble and len(self.fit) < REMEMBERED:
                self.fit[key] = now + GOOD_FOR
        return trouble

    def _look(self, url: str, largest: int, headline: str) -> str:
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
        trouble, image = judge(url, page.url, page.status, page.headers, page.body, headline)
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
