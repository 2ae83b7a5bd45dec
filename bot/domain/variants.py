"""Which of several wordings a share takes: the same at each look, the next at each repeat."""

from __future__ import annotations

from zlib import crc32

__all__ = ["choose", "turn"]

NOT_SAID_AGAIN = ("edit", "withdraw")
"""Occasions that are about a post that stands already, and not a further one."""


def turn(occasion: str) -> int:
    """How many times the article was told before on this account: `repeat:2` is 2, `new` is 0."""
    kind, _, number = occasion.partition(":")
    return int(number) if number.isdecimal() and kind not in NOT_SAID_AGAIN else 0


def choose(count: int, url: str, account: str, told_before: int) -> int:
    """The place among `count` variants: by article and account, so that a preview is the send."""
    return (crc32(f"{account} {url}".encode()) + told_before) % count
