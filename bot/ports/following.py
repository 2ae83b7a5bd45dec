"""What the core asks of its memory about articles that may stand somewhere: one drawer of a transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.domain.following import Followed

__all__ = ["Following"]


class Following(Protocol):
    def watch(self, article: int, page_at: datetime) -> None:
        """Look at its page from then on, unless it is followed already."""

    def touch(self, article: int, at: datetime) -> None:
        """It changed: if it was ever to be shared, its shares are compared with it."""

    def get(self, article: int) -> Followed:
        """How it is followed; held until the transaction ends."""
        ...

    def put(self, followed: Followed) -> None: ...

    def to_check(self, now: datetime, limit: int) -> list[Followed]:
        """Those whose shares are to be compared with them."""
        ...

    def to_look(self, now: datetime, limit: int) -> list[Followed]:
        """Those whose page is to be looked at."""
        ...

    def missing(self, source: str, since: datetime) -> int:
        """How many articles of a source are not found just now, or were withdrawn for it since then."""
        ...

    def standing(self, source: str, limit: int) -> list[int]:
        """Articles of a source that may stand somewhere and are not withdrawn, those met last first."""
        ...

    def held(self, source: str) -> list[Followed]:
        """The articles of a source whose withdrawal waits for a person, the longest held first."""
        ...
