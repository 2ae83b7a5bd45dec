"""Makes of what a site writes an address that can be asked, shown and shared."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

__all__ = ["absolute"]

SAFE = "!#$%&'()*+,/:;=?@[]~"


def absolute(address: str, base: str) -> str:
    """An http(s) address with a host, nothing in it unseen or cut by a space; "" for anything else."""
    address = "".join(address.split("\n")).strip()
    if not address:
        return ""
    try:
        full = address if address.startswith(("https://", "http://")) else urljoin(base, address)
        parts = urlsplit(full)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    if not fine:
        return ""
    return full if full.isprintable() and " " not in full else quote(full, safe=SAFE, errors="replace")
