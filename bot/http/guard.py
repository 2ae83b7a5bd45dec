"""Says which addresses may be fetched from: http(s), and public addresses only."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from bot.domain.errors import SourceError

__all__ = ["SOURCES", "ForbiddenAddress", "check_url", "guarded_socket", "host_port", "is_public", "shown"]

AddrInfo = tuple[Any, Any, int, str, tuple[Any, ...]]
PORTS = {"http": 80, "https": 443}
NAT64 = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")
NOT_YET_KNOWN = (IPv6Network("fec0::/10"), IPv6Network("3fff::/20"), IPv4Network("192.88.99.0/24"))
"""Site-local addresses, documentation (RFC 9637), 6to4 relays (RFC 7526): Python takes them for public."""
ISATAP = 0x5EFE
SOURCES = 16_384
"""Addresses remembered as read: those of all sources of a large worker, asked again every few minutes."""


class ForbiddenAddress(OSError):
    """A connection that was never opened: the address is not a public one."""


def is_public(address: str) -> bool:
    """Whether an IP address may be connected to; an IPv4 address inside an IPv6 one is judged itself."""
    ip = ip_address(address.partition("%")[0])
    inner = _embedded(ip) if isinstance(ip, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    if any(ip in network for network in NOT_YET_KNOWN if network.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    if ip.ipv4_mapped is not None or ip.sixtofour is not None:
        return ip.ipv4_mapped or ip.sixtofour
    if ip in NAT64 or ip in COMPATIBLE or int(ip) >> 32 & 0xFDFFFFFF == ISATAP:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def guarded_socket(info: AddrInfo) -> socket.socket:
    """A socket for an address about to be connected to, for aiohttp's `socket_factory`.

    It is asked for every address, also for one written as such in the URL, which no resolver sees.

    Raises:
        ForbiddenAddress: the address is not public.
    """
    family, kind, proto, _, sockaddr = info
    if not is_public(str(sockaddr[0])):
        raise ForbiddenAddress(
            f"{sockaddr[0]} is not a public address; `allow_private = true` opens the source's own host"
        )
    return socket.socket(family, kind, proto)


def plain_socket(info: AddrInfo) -> socket.socket:
    """A socket for the one host that the operator opened."""
    family, kind, proto, _, _ = info
    return socket.socket(family, kind, proto)


def socket_factory(*, private: bool) -> Callable[[AddrInfo], socket.socket]:
    return plain_socket if private else guarded_socket


def check_url(url: str) -> None:
    """Raise SourceError unless `url` is an http(s) address with a host and a possible port."""
    if not _leads_somewhere(url):
        raise SourceError(f"{shown(url)} is not an http(s) address")


@lru_cache(maxsize=SOURCES)
def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


@lru_cache(maxsize=SOURCES)
def host_port(url: str) -> str:
    """The host and port a URL leads to, "example.org:443"; "" where it leads nowhere."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme.lower(), 0)
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    return f"{host}:{port}" if host and port else ""


def shown(url: str) -> str:
    """The URL as it may be logged: no user, no password, no fragment, no values in the query."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "an address that cannot be read"
    names = [pair.partition("=")[0] for pair in parts.query.split("&") if "=" in pair]
    query = "?" + "&".join(f"{name}=…" for name in names) if names else "?…" if parts.query else ""
    prefix = f"{parts.scheme}://{host}" if host else f"{parts.scheme}:" if parts.scheme else ""
    return f"{prefix}{parts.path}{query}"[:300]
