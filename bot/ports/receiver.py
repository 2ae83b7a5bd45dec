"""Where pushed articles come in: a source that can read what it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from bot.ports.source import Steps

__all__ = ["Receiver"]


@runtime_checkable
class Receiver(Protocol):
    """An ability of a source; one without it is polled at once when it is pushed to."""

    def receive(self, body: bytes, headers: Mapping[str, str]) -> Steps:
        """What a verified push brings; header names in lower case. Its cursor is not kept.

        Raises:
            SourceError: it cannot be read; the text tells the sender what is wrong.
        """
        ...
