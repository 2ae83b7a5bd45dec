"""Tells whether a pushed message was signed with our secret: the ways that CMSs and hubs sign."""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

__all__ = ["HUB_METHODS", "Refused", "Signed", "is_signed", "signed", "signed_by_hub"]

TOLERANCE = timedelta(minutes=5)
"""How far a message's own time may be from ours (Standard Webhooks, read 2026-11-25)."""
HUB_METHODS = ("sha512", "sha384", "sha256", "sha1")
"""W3C WebSub, 7.1, read 2026-11-25. The great public hub signs with SHA-1, which as an HMAC still holds."""
CARRIERS = ("webhook-signature", "x-ghost-signature", "x-hub-signature-256")
GHOST = re.compile(r"sha256=(?P<digest>[0-9a-f]{64})\s*,\s*t=(?P<at>\d{10,16})")


class Refused(Exception):
    """The message is not from who it should be from; the text says what is wrong and holds no secret."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A message that was signed. `id` and `at` are its sender's name and time for it, where it has them."""

    id: str = ""
    at: datetime | None = None


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a message says that it is signed at all."""
    return any(carrier in headers for carrier in CARRIERS)


def signed(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Signed:
    """Check a message by whichever signature it carries; header names in lower case.

    `webhook-id`, `-timestamp`, `-signature` (Standard Webhooks), `x-hub-signature-256` (as GitHub signs), or
    `x-ghost-signature`.

    Raises:
        Refused: it is not signed, not with this secret, or too old.
    """
    if "webhook-signature" in headers:
        return _standard(secret, headers, body, now)
    if "x-ghost-signature" in headers:
        return _ghost(secret, headers["x-ghost-signature"], body, now)
    if "x-hub-signature-256" in headers:
        method, _, digest = headers["x-hub-signature-256"].partition("=")
        if method == "sha256" and _same(digest, hmac.digest(secret.encode(), body, "sha256").hex()):
            return Signed()
        raise Refused("x-hub-signature-256 does not match: is the secret the same on both sides?")
    raise Refused(
        "not signed: send webhook-id, webhook-timestamp and webhook-signature, or x-hub-signature-256"
    )


def signed_by_hub(secret: str, header: str, body: bytes) -> bool:
    """Whether a hub's `X-Hub-Signature: method=digest` is ours."""
    method, _, digest = header.strip().partition("=")
    return method in HUB_METHODS and _same(digest, hmac.digest(secret.encode(), body, method).hex())


def _standard(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Signed:
    id_, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id_ or not stamp.isdecimal():
        raise Refused("webhook-id and webhook-timestamp (seconds) must come with webhook-signature")
    _in_time(int(stamp[:12]), now)
    digest = hmac.digest(_key(secret), f"{id_}.{stamp}.".encode() + body, "sha256")
    wanted = b64encode(digest).decode()
    given = [each.partition(",") for each in headers["webhook-signature"].split()]
    if any(version == "v1" and _same(each, wanted) for version, _, each in given):
        return Signed(id_, datetime.fromtimestamp(int(stamp[:12]), UTC))
    raise Refused("webhook-signature does not match: is the secret the same on both sides?")


def _ghost(secret: str, header: str, body: bytes, now: datetime) -> Signed:
    """Newer releases of Ghost sign body and time, older ones the body alone."""
    found = GHOST.fullmatch(header.strip())
    if found is None:
        raise Refused("x-ghost-signature cannot be read")
    stamp = int(found["at"]) / 1000
    _in_time(stamp, now)
    for text in (body + found["at"].encode(), body):
        if _same(found["digest"], hmac.digest(secret.encode(), text, "sha256").hex()):
            return Signed(found["digest"], datetime.fromtimestamp(stamp, UTC))
    raise Refused("x-ghost-signature does not match: is the secret the same on both sides?")


def _key(secret: str) -> bytes:
    if secret.startswith("whsec_"):
        try:
            return b64decode(secret.removeprefix("whsec_"), validate=True) or secret.encode()
        except Error:
            return secret.encode()
    return secret.encode()


def _in_time(stamp: float, now: datetime) -> None:
    try:
        apart = abs(now - datetime.fromtimestamp(stamp, UTC))
    except (OverflowError, ValueError, OSError):
        apart = timedelta.max
    if apart > TOLERANCE:
        raise Refused("its time is more than 5 minutes from ours: is it a replay, or a clock that is wrong?")


def _same(one: str, other: str) -> bool:
    return one.isascii() and hmac.compare_digest(one, other)
