"""What the desk or the operator must hear of: the events, and one alert under its key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

__all__ = ["Alert", "Event", "Message", "OpenAlert", "messages", "share_key"]

LINES = 20
"""Lines of one message; what is more is counted."""


class Event(StrEnum):
    """What an alert is about; `[alerts.<id>] events` chooses among them."""

    HELD = "held"
    UNCONFIRMED = "unconfirmed"
    MISSED = "missed"
    FAILED = "failed"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    ACCOUNT = "account"
    SOURCE = "source"
    CONFIG = "config"
    BUDGET = "budget"
    SUMMARY = "summary"


HEADS = {
    Event.HELD: "{count} held",
    Event.UNCONFIRMED: "{count} unconfirmed: did it go out?",
    Event.MISSED: "{count} missed",
    Event.FAILED: "{count} failed",
    Event.UPDATED: "{count} of articles that changed",
    Event.WITHDRAWN: "{count} of articles that were withdrawn",
    Event.ACCOUNT: "an account needs you",
    Event.SOURCE: "a source needs you",
    Event.CONFIG: "the configuration needs you",
    Event.BUDGET: "a budget",
    Event.SUMMARY: "the day",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell, once: while an alert of its key is open, telling it again does nothing.

    `key` names what it is about, from the general to the special: "source:site:silent", "share:41:held".
    Closing "share:41" closes all that begins so. `text` is one line, or more for a summary.
    """

    event: Event
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert as remembered. `told` are the places that heard of it; `next_at` when it is tried again."""

    id: int
    event: Event
    key: str
    text: str
    at: datetime
    told: tuple[str, ...] = ()
    tries: int = 0
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out to one place: alerts of one event, gathered."""

    title: str
    body: str
    alerts: tuple[OpenAlert, ...]


def share_key(delivery: int, event: Event) -> str:
    """The key of what is told about a share."""
    return f"share:{delivery}:{event}"


def messages(alerts: Iterable[OpenAlert], events: Collection[str]) -> tuple[Message, ...]:
    """The alerts of these events as messages, one an event: an outage is one message, not thirty."""
    mine = sorted((each for each in alerts if each.event in events), key=lambda each: (each.event, each.id))
    return tuple(_message(event, tuple(group)) for event, group in groupby(mine, key=lambda each: each.event))


def _message(event: Event, alerts: Sequence[OpenAlert]) -> Message:
    count = f"{len(alerts)} share{'' if len(alerts) == 1 else 's'}"
    more = len(alerts) - LINES
    lines = [each.text for each in alerts[:LINES]] + ([f"and {more} more"] if more > 0 else [])
    return Message(f"Sharewire: {HEADS[event].format(count=count)}", "\n".join(lines), tuple(alerts))
