"""Sums up the last day for the desk: what went out, what did not, and why."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from bot.domain.alert import Alert, Event
from bot.domain.cadence import Cadence, floor_time
from bot.domain.delivery import FINAL, Delivery, Reason, State, Work
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store, Tx

__all__ = ["sum_up", "summary_text"]

DAY = timedelta(days=1)
LATEST = timedelta(hours=2)
"""A summary missed by more than this, say through a deploy, is not sent up."""
WORDS = {
    State.FAILED: "failed",
    State.MISSED: "missed",
    State.SKIPPED: "skipped",
    State.CANCELLED: "cancelled",
}
AMENDED = {Work.EDIT: "corrected", Work.WITHDRAW: "taken back"}


def sum_up(store: Store, newsroom: Newsroom, worker: str, now: datetime) -> bool:
    """Tell the day's summary if its time has come and nobody has; on many workers one does."""
    if not newsroom.summary_at:
        return False
    hour, minute = newsroom.summary_at.split(":")
    run_at = floor_time(Cadence(None, f"{int(minute)} {int(hour)} * * *", newsroom.timezone), now)
    if run_at is None or now - run_at > LATEST:
        return False
    with store.write() as tx:
        if not tx.workers.tick("summary", run_at, worker):
            return False
        text = summary_text(tx, newsroom, run_at)
        return tx.alerts.tell(Alert(Event.SUMMARY, f"summary:{run_at:%Y-%m-%d}", text), now)


def summary_text(tx: Tx, newsroom: Newsroom, now: datetime) -> str:
    """The lines of the 24 hours before `now`, an account a line; what came since is the next day's."""
    ended = tx.outbox.list(states=FINAL, since=now - DAY, limit=10_000)
    rows = [row for row in ended if row.finalized_at is None or row.finalized_at < now]
    lines = [
        _account(account, [row for row in rows if row.account == account]) for account in newsroom.accounts
    ]
    unrouted = tx.articles.unrouted(now - DAY)
    if unrouted:
        lines.append(f"{unrouted} articles went to no account: no route takes them")
    waiting = tx.outbox.counts()
    if held := waiting.get(State.HELD, 0):
        lines.append(f"{held} held, waiting for a person: sharewire queue list --state held")
    if unknown := waiting.get(State.UNKNOWN, 0):
        lines.append(f"{unknown} unconfirmed: sharewire queue list --state unknown")
    return "\n".join(lines)


def _account(account: str, rows: list[Delivery]) -> str:
    counts = Counter(row.work for row in rows if row.state is State.PUBLISHED)
    why = Counter((row.state, row.reason) for row in rows if row.state in WORDS)
    parts = [f"{counts[Work.POST]} published"]
    parts += [f"{counts[work]} {word}" for work, word in AMENDED.items() if counts[work]]
    parts += [
        f"{count} {WORDS[state]}" + (f" ({reason})" if reason is not Reason.NONE else "")
        for (state, reason), count in sorted(why.items())
    ]
    return f"{account}: {', '.join(parts)}"
