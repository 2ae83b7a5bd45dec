"""Publishing over HTTP: sessions that send once, and what each answer or silence means for the post."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus

import requests
from urllib3.exceptions import ConnectTimeoutError

from bot.domain.errors import Ambiguous, PlatformError, Rejected, Throttled, Unauthorized, Unavailable
from bot.http.deadline import Call, Session
from bot.http.meter import LONGEST_WAIT, moment

__all__ = [
    "TIMEOUT",
    "TOTAL",
    "UPLOAD",
    "Session",
    "clean",
    "download",
    "not_sent",
    "raise_for_status",
    "redact",
    "retry_at",
    "said",
    "session",
    "transport_error",
]

TIMEOUT: tuple[float, float] = (5.0, 15.0)
"""Seconds to connect, and seconds without a byte."""
TOTAL = 15.0
"""Seconds one call may take in all."""
UPLOAD = 60.0
"""The same for a call that carries a picture and publishes nothing."""
LONGEST = 300
"""Characters of a remote's words that are kept."""

_NOT_SENT = {
    f"{package}.{name}"
    for package in ("httpx", "httpcore")
    for name in ("ConnectError", "ConnectTimeout", "PoolTimeout")
}
_RESETS = ("retry-after", "x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")
_WORDS = ("error_description", "detail", "message", "error", "title", "description", "reason")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def session(user_agent: str, total: float | None = None) -> Session:
    """A fresh session, for one publication: a pooled connection gone stale would make a post uncertain."""
    return Session(user_agent, TIMEOUT, TOTAL if total is None else total)


def not_sent(error: BaseException) -> bool:
    """Whether the request certainly never left: refused, DNS, TLS handshake, no connection in time.

    Client libraries wrap what happened on the wire in errors of their own, so all that the error grew out
    of is looked through. Certain for sessions made here, whose connections tell apart before and after.
    """
    return any(
        isinstance(link, ConnectTimeoutError | requests.ConnectTimeout)
        or any(f"{kind.__module__}.{kind.__qualname__}" in _NOT_SENT for kind in type(link).__mro__)
        for link in _graph(error)
    )


def transport_error(error: BaseException, *, public: bool = True) -> PlatformError:
    """What a call without a whole answer came to: Unavailable if nothing was sent, else Ambiguous.

    The text holds no address, for the path of some is a secret: raise it `from None`.

    Args:
        error: what the client raised.
        public: whether the call would have published; a call that may be repeated is just Unavailable.
    """
    links = list(_graph(error))
    words = next(
        (link.strerror for link in reversed(links) if isinstance(link, OSError) and link.strerror), ""
    )
    late = any(isinstance(link, requests.Timeout | TimeoutError) for link in links)
    why = "not in time" if late else f"{type(links[-1]).__name__}{': ' + words if words else ''}"
    if not_sent(error):
        return Unavailable(clean(f"could not connect ({why})"))
    if not public:
        return Unavailable(clean(f"no whole answer ({why})"))
    return Ambiguous(clean(f"sent, but no whole answer came ({why})"))


def raise_for_status(
    response: requests.Response,
    *,
    public: bool = True,
    secrets: Iterable[str] = (),
    message: str | None = None,
    reset: datetime | None = None,
) -> None:
    """Raise what an answer other than 2xx means, where the platform documents nothing more exact.

    Args:
        response: the answer.
        public: whether the call would have published: then a 5xx is Ambiguous, else Unavailable.
        secrets: values that must not be repeated.
        message: the platform's words, if already read from the body.
        reset: when a 429 ends, if the platform says so in its own way.

    Raises:
        Unauthorized: 401, 402, 404, 410, or the address has moved: a person must act.
        Throttled: 429.
        Rejected: any other 4xx.
        Ambiguous: 5xx, 408 and any status of no certain meaning.
        Unavailable: the same, for a call that may be repeated.
    """
    status = response.status_code
    if response.ok and not response.is_redirect and status < 300:  # noqa: PLR2004 # 2xx
        return
    words = message if message is not None else said(response, secrets)
    text = clean(f"{status} {words}".strip(), secrets)
    match status:
        case 401 | 402 | 404 | 410:
            raise Unauthorized(text, status=status)
        case 301 | 307 | 308:
            raise Unauthorized(clean(f"{status} the address has moved"), status=status)
        case 429:
            raise Throttled(text, status=status, retry_at=reset or retry_at(response.headers))
        case _ if 400 <= status < 500 and status != 408:  # noqa: PLR2004 # 4xx but "request time-out"
            raise Rejected(text, status=status)
        case _ if public:
            raise Ambiguous(text, status=status)
    raise Unavailable(text, status=status)


def retry_at(headers: Mapping[str, str], now: datetime | None = None) -> datetime | None:
    """When the remote says to come back (aware, UTC, not before `now`), None if it does not say.

    Reads Retry-After (seconds or an HTTP date) and the rate-limit reset headers: epoch seconds (X, Bluesky),
    ISO 8601 (Mastodon), seconds from now.
    """
    now = now or datetime.now(UTC)  # noqa: TID251 # an adapter's clock
    found = {name.lower(): value.strip() for name, value in headers.items()}
    for name in _RESETS:
        at = moment(found.get(name, ""), now)
        if at is not None:
            return min(max(at, now), now + LONGEST_WAIT)
    return None


def said(response: requests.Response, secrets: Iterable[str] = ()) -> str:
    """What an error's body says, as one line: the words of a JSON error, else the text without its tags.

    Secrets go before it is cut to length: half a secret would not be recognised any more.
    """
    try:
        body = response.json()
    except ValueError:
        return clean(_TAGS.sub(" ", response.text[:20_000]), secrets)
    return clean("; ".join(dict.fromkeys(_words(body))), secrets)


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """One line of at most 300 characters, without control characters and secrets."""
    line = _UNPRINTABLE.sub(" ", redact(text, secrets)).strip()
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret, also where it stands URL-encoded, replaced by ***."""
    forms = {
        form for secret in secrets if secret for form in (secret, quote(secret, safe=""), quote_plus(secret))
    }
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def download(
    url: str,
    *,
    user_agent: str,
    max_bytes: int = 20_000_000,
    timeout: float = 20.0,
    allow_private: bool = False,
) -> bytes:
    """The body behind an address somebody else wrote into an article.

    Args:
        url: http(s); redirects are followed, and pass the same guard.
        user_agent: how we introduce ourselves.
        max_bytes: no more is read.
        timeout: seconds in all.
        allow_private: whether an address that is not public may be asked.

    Raises:
        Unavailable: no answer, a broken one, 429 or 5xx: another time, perhaps.
        Rejected: not http(s), not a public address, too large, or any other status but 2xx.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise Rejected("not an http(s) address")
    with Session(user_agent, TIMEOUT, timeout) as direct:
        direct.trust_env = False  # through a proxy nobody could tell which address is asked
        direct.max_redirects = 5
        try:
            with (
                Call(timeout, public_only=not allow_private),
                direct.get(url, stream=True, headers={"Accept-Encoding": "identity"}) as response,
            ):
                status = response.status_code
                if status == 429 or status >= 500:  # noqa: PLR2004 # worth another try
                    raise Unavailable(f"answered {status}", status=status)
                if not response.ok:
                    raise Rejected(f"answered {status}", status=status)
                return _body(response, max_bytes)
        except (requests.TooManyRedirects, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            raise Rejected("leads nowhere: a bad address, or redirects without end") from None
        except (requests.RequestException, OSError, UnicodeError) as error:
            if any("not a public address" in str(link) for link in _graph(error)):
                raise Rejected("not a public address") from None
            raise transport_error(error, public=False) from None


def _body(response: requests.Response, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(65_536):
        body += chunk
        if len(body) > max_bytes:
            raise Rejected(f"larger than {max_bytes:,} bytes")
    return bytes(body)


def _graph(error: BaseException) -> Iterator[BaseException]:
    """The error and all it grew out of, outermost first."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]


def _words(body: Any) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, list):
        for item in body[:5]:
            yield from _words(item)
    elif isinstance(body, dict):
        for name in _WORDS:
            yield from _words(body.get(name))
        yield from _words(body.get("errors"))
