"""What any source reads off an answer: a refusal, how long to stay away, and how to ask conditionally."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any

from bot.domain.errors import SourceError
from bot.ports.source import Response

__all__ = [
    "GZIP",
    "LONGEST",
    "NOT_MODIFIED",
    "check_status",
    "conditions",
    "fresh_for",
    "inflate",
    "is_page",
    "made_for",
    "retry_after",
    "validators",
]

OK = 200
NOT_MODIFIED = 304
GONE = 410
GZIP = b"\x1f\x8b"
LONGEST = timedelta(days=1)
HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
HEAD = 4096


def check_status(answer: Response, url: str) -> None:
    """Raise SourceError unless the answer is a 200; `url` is the address as it may be shown."""
    if answer.status == OK:
        return
    if answer.status == GONE:
        raise SourceError(f"{url} is gone for good (410)", status=GONE, gone=True)
    wait = retry_after(answer.headers)
    asks = f"; asks to wait {round(wait.total_seconds())} s" if wait else ""
    raise SourceError(f"{url} answered {answer.status}{asks}", status=answer.status, wait=wait)


def made_for(*said: object) -> str:
    """What a cursor remembers of the keys it was made for: not the addresses, which may hold a password."""
    return sha256("\n".join(map(str, said)).encode(errors="surrogatepass")).hexdigest()[:16]


def is_page(body: bytes) -> bool:
    """Whether a body is a web page, as log-in pages and soft errors are."""
    return bool(HTML.search(body[:HEAD].replace(b"\x00", b"")))


def conditions(known: Mapping[str, Any]) -> dict[str, str]:
    """The headers that ask for news only, out of what `validators` kept."""
    headers = {}
    if known.get("etag"):
        headers["If-None-Match"] = str(known["etag"])
    if known.get("last_modified"):
        headers["If-Modified-Since"] = str(known["last_modified"])
    return headers


def validators(answer: Response) -> dict[str, str]:
    """What to keep of an answer for the next question."""
    return {
        "etag": answer.headers.get("etag", ""),
        "last_modified": answer.headers.get("last-modified", ""),
    }


def fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    """What is left of Cache-Control's max-age, a day at most; None where nothing is."""
    control = headers.get("cache-control", "").lower()
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", control)
    if not found or "no-cache" in control or "no-store" in control:
        return None
    age = headers.get("age", "").strip()
    left = int(found.group(1)) - (int(age[:9]) if age.isascii() and age.isdigit() else 0)
    return min(timedelta(seconds=left), LONGEST) if left > 0 else None


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3), the date by the server's own clock; a day at most."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST)
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)  # noqa: TID251 # an adapter's clock
        wait = until.astimezone(UTC) - now.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(wait, LONGEST) if wait > timedelta(0) else None


def inflate(body: bytes, cap: int) -> bytes:
    """The inflated body; a file that is no gzip comes back as it is.

    Raises:
        ValueError: it inflates to more than `cap`, or is broken.
    """
    if not body.startswith(GZIP):
        return body
    try:
        unpacker = zlib.decompressobj(wbits=31)
        whole = unpacker.decompress(body, cap + 1)
    except zlib.error:
        raise ValueError("a broken gzip file") from None
    if len(whole) > cap:
        raise ValueError(f"more than {cap:,} bytes when inflated")
    return whole
