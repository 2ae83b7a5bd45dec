"""A CMS's signature under what it pushes, as Standard Webhooks has it."""

from __future__ import annotations

import hmac
import time
from base64 import b64encode

__all__ = ["sign"]


def sign(secret: str, id_: str, body: bytes) -> dict[str, str]:
    """The headers of a message sent now."""
    stamp = str(int(time.time()))
    digest = hmac.digest(secret.encode(), f"{id_}.{stamp}.".encode() + body, "sha256")
    return {
        "webhook-id": id_,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
