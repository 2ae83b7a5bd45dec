"""Where alerts go: the places an operator named, and who can reach them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Channel", "Notifier"]


@dataclass(frozen=True, slots=True)
class Channel:
    """`[alerts.<id>]` as wired: the events it wants, and its addresses, which are secrets."""

    id: str
    events: frozenset[str]
    urls: tuple[str, ...] = field(default=(), repr=False)


class Notifier(Protocol):
    def send(self, url: str, title: str, body: str) -> None:
        """Tell one place. May tell it twice after a fault: an alert is no post.

        Raises:
            AlertError: it was not told, as far as is known; no address in the text.
        """
        ...
