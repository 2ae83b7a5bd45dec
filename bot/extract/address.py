"""Makes of what a site writes an address that can be asked, shown and shared."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

__all__ = ["absolute"]

SAFE = "!#$%&'()*+,/:;=?@[]|~"
"""What a browser, too, leaves as it is behind the host."""
FRONT = SAFE.replace("|", "")
STRIPPED = str.maketrans("", "", "\t\n\r")
PLAIN = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?/(?:[A-Za-z0-9/_.=&?+-]*[A-Za-z0-9/_=&?+-])?",
    re.ASCII,
)
"""An address with nothing to mend in it, which can be told fast: most are."""
ENDS = ".,;:!'*~@$|%]"
"""What ends a sentence: behind an address in a text, no platform takes it for a part of that."""


def absolute(address: str, base: str) -> str:
    """An http(s) address with a host, as platforms take it for a link from its first to its last letter.

    Behind the host, letters of other scripts and what a platform would stop at are written as %XX, as a
    browser sends them: X makes no link of more than the beginning of `/umuco-w’u-rwanda/`. "" for anything
    that is no such address.
    """
    if PLAIN.fullmatch(address):
        return address
    address = address.translate(STRIPPED).strip()
    if not address:
        return ""
    try:
        full = address if address.startswith(("https://", "http://")) else urljoin(base, _led(address, base))
        parts = urlsplit(full)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    if not fine:
        return ""
    at = full.find(parts.netloc) + len(parts.netloc)
    front, rest = full[:at], full[at:]
    if not front.isprintable() or " " in front:
        front = quote(front, safe=FRONT, errors="replace")
    return front + _closed(quote(rest, safe=SAFE, errors="replace"))


def _led(address: str, base: str) -> str:
    """With `//` before a host that some feeds give without: it is no folder."""
    return f"//{address}" if address.startswith(("www.", f"{urlsplit(base).netloc or ' '}/")) else address


def _closed(rest: str) -> str:
    """Without brackets that nothing closes, and without an end that reads as the sentence's."""
    if rest.count("(") != rest.count(")"):
        rest = rest.replace("(", "%28").replace(")", "%29")
    return f"{rest[:-1]}%{ord(rest[-1]):02X}" if rest and rest[-1] in ENDS else rest
