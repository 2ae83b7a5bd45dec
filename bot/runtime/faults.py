"""How the outermost frames tell a fault: ours with all there is to know, the database's in a line."""

from __future__ import annotations

import time
from typing import Any

import structlog

from bot.domain.errors import StoreError

__all__ = ["tell_fault"]

log = structlog.get_logger(__name__)

AGAIN = 60.0
"""Seconds until a trouble that lasts is told again; it is met every second."""
_told: dict[str, float] = {}


def tell_fault(event: str, error: Exception, **fields: Any) -> None:
    """Log an exception: a trouble of the database at most once a minute."""
    if not isinstance(error, StoreError):
        log.error(event, exc_info=error, **fields)
        return
    text, now = str(error), time.monotonic()
    if now - _told.get(text, -AGAIN) >= AGAIN:
        _told[text] = now
        log.error("database.trouble", detail=text)
