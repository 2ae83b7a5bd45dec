"""What a list of addresses shows no more: a source without dates remembers what it showed, in its order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from bot.domain.identity import normalise_url

__all__ = ["kept", "left"]

KEPT = 100


def kept(guids: Iterable[str]) -> list[str]:
    """What a cursor keeps of a list: its first, each once."""
    return list(islice(dict.fromkeys(guids), KEPT))


def left(before: Sequence[str], now: Collection[str]) -> tuple[str, ...]:
    """Those of before that are not there now, in whatever form, and did not just fall off the end."""
    shown = frozenset(now)
    last = max((at for at, guid in enumerate(before) if guid in shown), default=len(before))
    away = [guid for guid in before[:last] if guid not in shown]
    if not away:
        return ()
    there = {normalise_url(guid) for guid in shown}
    return tuple(guid for guid in away if normalise_url(guid) not in there)
