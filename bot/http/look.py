"""Looks at a public page as a platform's card builder does: once, past the guard, its first bytes only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import requests

from bot.domain.errors import Rejected
from bot.http.deadline import Call, Session
from bot.http.send import TIMEOUT, transport_error

__all__ = ["Page", "look_at"]

CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Page:
    """What an address led to; the names of `headers` are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def look_at(
    url: str, *, user_agent: str, max_bytes: int, timeout: float, allow_private: bool = False
) -> Page:
    """The answer of a page, whatever its status; redirects are followed, and pass the same guard.

    Args:
        url: http(s).
        user_agent: how we introduce ourselves.
        max_bytes: what is beyond is not read.
        timeout: seconds in all.
        allow_private: whether an address that is not public may be asked.

    Raises:
        Rejected: not http(s), or it leads nowhere.
        Unavailable: no answer, or a broken one.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise Rejected("not an http(s) address")
    with Session(user_agent, TIMEOUT, timeout) as direct:
        direct.trust_env = False  # through a proxy nobody could tell which address is asked
        direct.max_redirects = 5
        try:
            with (
                Call(timeout, public_only=not allow_private),
                direct.get(url, stream=True) as response,
            ):
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Page(response.url, response.status_code, headers, _first(response, max_bytes))
        except (requests.TooManyRedirects, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            raise Rejected("leads nowhere: a bad address, or redirects without end") from None
        except (requests.RequestException, OSError, UnicodeError) as error:
            raise transport_error(error, public=False) from None


def _first(response: requests.Response, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) >= max_bytes:
            break
    return bytes(body[:max_bytes])
