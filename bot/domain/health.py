"""How a source usually publishes, when its silence is odd, and how often it is worth asking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

__all__ = ["EXPIRES_SOON", "Pulse", "felt", "pulse_from", "silent", "worth_asking_after"]

KNOWN_AFTER = 5
"""Times that news came before anything is said of what is usual."""
SILENT = 5
"""Silence is odd from so many times the usual pause on,"""
LONGER = 1.5
"""and so many times the longest of late (a newsroom without weekends),"""
LEAST_SILENCE = timedelta(days=1)
"""and never sooner than this."""
EXPIRES_SOON = timedelta(days=14)
"""A certificate that ends within this is told of."""
SHARE = 0.1
"""A source is asked again after this share of its usual pause, where it may be asked so rarely."""
WEIGHT = 0.2
"""Of the last pause in what is usual."""
HALF_LIFE = timedelta(days=14)
"""After so long the longest pause counts half."""
TOGETHER = timedelta(minutes=1)
"""Articles of one minute came at once."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """When a source brought news: how often so far, the usual and the longest pause, and the last time."""

    news: int = 0
    usual: timedelta = timedelta(0)
    longest: timedelta = timedelta(0)
    last: datetime | None = None

    def document(self) -> dict[str, Any]:
        """As it is kept (JSON)."""
        return {
            "news": self.news,
            "usual": round(self.usual.total_seconds()),
            "longest": round(self.longest.total_seconds()),
            "last": self.last.isoformat() if self.last else None,
        }


def pulse_from(document: Mapping[str, Any]) -> Pulse:
    """The pulse as it was kept; a new one where there is none."""
    last = document.get("last")
    return Pulse(
        int(document.get("news", 0)),
        timedelta(seconds=document.get("usual", 0)),
        timedelta(seconds=document.get("longest", 0)),
        datetime.fromisoformat(last) if last else None,
    )


def felt(pulse: Pulse, times: Iterable[datetime], now: datetime) -> Pulse:
    """The pulse after news of these times; what lies in the future, or before the last, says nothing."""
    for at in sorted(times):
        if at <= now and (pulse.last is None or at > pulse.last):
            pulse = _beat(pulse, at)
    return pulse


def _beat(pulse: Pulse, at: datetime) -> Pulse:
    if pulse.last is None:
        return replace(pulse, last=at, news=1)
    pause = at - pulse.last
    if pause < TOGETHER:
        return replace(pulse, last=at)
    usual = pulse.usual + WEIGHT * (pause - pulse.usual) if pulse.news > 1 else pause
    faded = pulse.longest * 0.5 ** (pause / HALF_LIFE)
    return Pulse(pulse.news + 1, usual, max(pause, faded), at)


def silent(pulse: Pulse, now: datetime) -> bool:
    """Whether nothing has come for oddly long."""
    if pulse.last is None or pulse.news < KNOWN_AFTER:
        return False
    return now - pulse.last > max(LEAST_SILENCE, SILENT * pulse.usual, LONGER * pulse.longest)


def worth_asking_after(pulse: Pulse, slowest: timedelta) -> timedelta:
    """The wait that a source with so little news deserves; `slowest` (0: none) is the most."""
    if not slowest or pulse.news < KNOWN_AFTER:
        return timedelta(0)
    return min(SHARE * pulse.usual, slowest)
