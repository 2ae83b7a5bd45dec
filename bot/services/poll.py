"""Decides, after a poll, when a source is asked next and what is remembered of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from bot.domain.cadence import next_time
from bot.domain.errors import SourceError
from bot.domain.health import pulse_from, worth_asking_after
from bot.domain.pacing import backoff
from bot.ports.newsroom import Feed
from bot.ports.records import SourceRow
from bot.ports.source import Harvest
from bot.services.health import health_after

__all__ = ["SILENT_AFTER", "after_failure", "after_harvest"]

BACKOFF_FIRST = timedelta(minutes=1)
BACKOFF_MAX = timedelta(hours=1)
GONE_WAIT = timedelta(days=1)
PATIENCE = 3
"""What a feed says of its own freshness stretches the operator's `every` no further than this."""
SILENT_AFTER = 3
"""Failed polls in a row before a person hears of it."""
SPREAD = timedelta(seconds=10)
"""Sources of one cadence are asked within so long of each other, each always at the same offset."""


def after_harvest(feed: Feed, row: SourceRow, harvest: Harvest, now: datetime) -> SourceRow:
    """A poll that came through."""
    health = health_after(row, harvest, now)
    return replace(
        row,
        health=health,
        cursor=harvest.cursor,
        seeded_at=row.seeded_at or now,
        last_polled_at=now,
        last_ok_at=now,
        last_changed_at=row.last_changed_at if harvest.unchanged else now,
        next_poll_at=_next(feed, now, _least(feed, health, harvest, now)),
        failures=0,
        last_status=harvest.status,
        last_error="",
    )


def after_failure(feed: Feed, row: SourceRow, error: SourceError, now: datetime) -> SourceRow:
    """A poll that failed: asked again after a growing wait, never sooner than it said."""
    failures = row.failures + 1
    wait = backoff(failures, BACKOFF_FIRST, 2, BACKOFF_MAX, feed.id)
    if error.gone:
        wait = GONE_WAIT
    return replace(
        row,
        last_polled_at=now,
        next_poll_at=_next(feed, now, max(wait, error.wait or timedelta(0))),
        failures=failures,
        last_status=error.status,
        last_error=str(error),
    )


def _least(feed: Feed, health: Mapping[str, Any], harvest: Harvest, now: datetime) -> timedelta | None:
    """What the source asks for, within the operator's patience; more where so little comes, if allowed."""
    patience = PATIENCE * _every(feed)
    asked = min(harvest.wait or timedelta(0), patience)
    if harvest.skips is not None and harvest.skips.cover(now):
        asked = patience
    if feed.options.slowest:
        pulse = pulse_from(health.get("pulse", {}))
        asked = max(asked, worth_asking_after(pulse, feed.options.slowest))
    return asked or None


def _next(feed: Feed, now: datetime, least: timedelta | None) -> datetime:
    """The first nominal time of the cadence no sooner than asked, plus the source's own offset."""
    after = now + least if least else now
    nominal = next_time(feed.cadence, after if not least else after - timedelta(microseconds=1))
    return nominal + min(SPREAD, (nominal - now) / 10) * _share(feed.id)


@lru_cache(maxsize=16384)
def _share(source: str) -> float:
    """A source's own place among others, in [0, 1)."""
    return int.from_bytes(sha256(source.encode()).digest()[:4]) / 2**32


def _every(feed: Feed) -> timedelta:
    return feed.cadence.every or feed.options.every
