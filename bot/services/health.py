"""Examines a source after each poll: what is wrong with it is told once, and told off when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.alert import Alert, Event
from bot.domain.errors import SourceError
from bot.domain.health import EXPIRES_SOON, felt, pulse_from, silent
from bot.ports.durations import format_duration
from bot.ports.newsroom import Feed
from bot.ports.records import SourceRow
from bot.ports.source import Harvest
from bot.ports.store import Store, Tx

__all__ = ["examined", "health_after", "tell_failing", "tell_health", "well_again"]

SEEN_ANEW = frozenset({"page", "certificate", "moved"})
"""What each poll tells by itself, even one that failed; only one that comes through ends the rest."""
PAGES_IN_A_ROW = 2
"""Polls in a row that brought a web page: a single one may be a deployment's."""


def health_after(row: SourceRow, harvest: Harvest, now: datetime) -> dict[str, Any]:
    """A source's health after a poll that came through: its pulse, by the dates of what it lists."""
    health = {**row.health, "pages": 0}
    if not harvest.unchanged:
        dates = [entry.published_at for entry in harvest.entries if entry.published_at]
        pulse = felt(pulse_from(health.get("pulse", {})), dates or [now], now)
        health["pulse"] = pulse.document()
    return health


def examined(
    feed: Feed,
    row: SourceRow,
    now: datetime,
    *,
    error: SourceError | None = None,
    told: Mapping[str, str] | None = None,
    valid_until: datetime | None = None,
) -> SourceRow:
    """The row with what is wrong with its source just now, in words, by symptom.

    Args:
        feed: the source as wired.
        row: as the poll left it.
        now: when.
        error: what the poll failed with, None if it came through.
        told: what the source itself said was wrong.
        valid_until: the end of its site's certificate, where it was seen.
    """
    health = dict(row.health)
    if error is not None:
        health["pages"] = health.get("pages", 0) + 1 if error.page else 0
    if valid_until is not None:
        health["valid_until"] = valid_until.isoformat()
    wrong = {symptom: f"source {feed.id}: {text}" for symptom, text in (told or {}).items()}
    if error is not None:
        wrong = {name: text for name, text in health.get("wrong", {}).items() if name not in SEEN_ANEW}
    if error is not None and error.gone:
        wrong["gone"] = f"source {feed.id} is gone for good (410): remove it, or mend its `url`"
    if health.get("pages", 0) >= PAGES_IN_A_ROW:
        wrong["page"] = (
            f"source {feed.id} answers a web page (HTML) instead: a log-in, or an error page? {error}"
        )
    pulse = pulse_from(health.get("pulse", {}))
    if error is None and pulse.last and silent(pulse, now):
        usually = format_duration(timedelta(minutes=round(pulse.usual / timedelta(minutes=1)) or 1))
        since = format_duration(timedelta(hours=round((now - pulse.last) / timedelta(hours=1))))
        wrong["silent"] = (
            f"source {feed.id} has shown nothing new for {since}; it usually does every {usually}"
        )
    known = health.get("valid_until")
    if known and now < (end := datetime.fromisoformat(known)) < now + EXPIRES_SOON:
        days = (end - now).days
        wrong["certificate"] = (
            f"the certificate of source {feed.id} ends in {days} days ({end:%Y-%m-%d}): have it renewed"
        )
    if moved := str(row.cursor.get("url") or ""):
        wrong["moved"] = f"source {feed.id} has moved for good to {_bare(moved)}: change its `url` to that"
    health["wrong"] = wrong
    return row if health == row.health else replace(row, health=health)


def tell_health(tx: Tx, before: SourceRow, after: SourceRow, now: datetime) -> None:
    """Alerts of what has become wrong, an end to those of what is over; mostly nothing, at no cost."""
    was, wrong = before.health.get("wrong", {}), after.health.get("wrong", {})
    for symptom in wrong.keys() - was.keys():
        tx.alerts.tell(Alert(Event.SOURCE, f"source:{after.id}:{symptom}", wrong[symptom]), now)
    for symptom in was.keys() - wrong.keys():
        tx.alerts.close(f"source:{after.id}:{symptom}", now)


def tell_failing(store: Store, row: SourceRow, error: SourceError, now: datetime) -> None:
    """A source that has failed often in a row is told of, once; `row` as the poll found it."""
    text = f"source {row.id} failed {row.failures + 1} times in a row: {error}"
    with store.write() as tx:
        tx.alerts.tell(Alert(Event.SOURCE, f"source:{row.id}:failing", text), now)


def well_again(store: Store, source: str, now: datetime) -> None:
    """It came through: that alert is over."""
    with store.write() as tx:
        tx.alerts.close(f"source:{source}:failing", now)


def _bare(url: str) -> str:
    """Without what may be a secret."""
    return url.partition("?")[0]
