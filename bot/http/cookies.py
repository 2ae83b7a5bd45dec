"""Cookies for the redirects of one request: some sites let in only who brings back what they set."""

from __future__ import annotations

import aiohttp
from yarl import URL

__all__ = ["Cookies"]


class Cookies:
    """Kept from one redirect to the next, each for its own host; forgotten with the request."""

    def __init__(self) -> None:
        self._jar: aiohttp.CookieJar | None = None

    def keep(self, answer: aiohttp.ClientResponse) -> None:
        """What an answer sets."""
        if answer.cookies:
            self._jar = self._jar or aiohttp.CookieJar(unsafe=True)
            self._jar.update_cookies(answer.cookies, answer.url)

    def header(self, url: str) -> str:
        """What to bring to an address; "" for nothing."""
        found = self._jar.filter_cookies(URL(url)).values() if self._jar else ()
        return "; ".join(f"{each.key}={each.coded_value}" for each in found)
