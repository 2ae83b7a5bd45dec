"""Says what a waiting share waits for at this moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.cadence import parse_zone
from bot.domain.delivery import Delivery, State, Work
from bot.domain.schedule import in_quiet, quiet_end
from bot.ports.newsroom import Newsroom
from bot.ports.store import Tx
from bot.services.blackout import in_force
from bot.services.decide import opens_at
from bot.services.doubt import left_to_a_person, waits_for_a_person
from bot.services.place import LOOK_BACK

__all__ = ["waits_for"]


def waits_for(tx: Tx, newsroom: Newsroom, row: Delivery, now: datetime) -> list[str]:
    """Everything that keeps a queued share from going out now, a line each; times in UTC."""
    if row.state is not State.QUEUED:
        return []
    return [
        *_orders(tx, newsroom, row, now),
        *_readiness(tx, newsroom, row, now),
        *_rhythm(tx, newsroom, row, now),
    ]


def _orders(tx: Tx, newsroom: Newsroom, row: Delivery, now: datetime) -> list[str]:
    """Pauses, a blackout, what the platform asked for."""
    scopes = {"all", f"account:{row.account}", f"route:{row.route}"}
    out = [
        f"the pause of {pause.scope}{_until(pause.until)}: {pause.reason}"
        for pause in tx.accounts.pauses(now)
        if pause.scope in scopes
    ]
    blackout = in_force(newsroom, row.route, now) if row.work is Work.POST else None
    if blackout is not None:
        out.append(f"the blackout {blackout.name}{_until(blackout.end)}")
    account = tx.accounts.rows().get(row.account)
    if account and account.throttled_until and account.throttled_until > now:
        out.append(
            f"the platform, which asked to wait{_until(account.throttled_until)}: {account.throttle_reason}"
        )
    if account and account.probe_at:
        wired = newsroom.accounts.get(row.account)
        left = left_to_a_person(tx, row.account) if wired and waits_for_a_person(wired) else ()
        out += [
            f"your word on share {each.id}, unconfirmed: sharewire queue resolve {each.id}" for each in left
        ]
        if not left:
            out.append("its account to be well again: a share before it is unconfirmed")
    return out


def _readiness(tx: Tx, newsroom: Newsroom, row: Delivery, now: datetime) -> list[str]:
    ready = row.ready_at or row.created_at
    if ready <= now:
        return []
    article = tx.articles.get(row.article)
    opens = opens_at(newsroom, article) if article else None
    if opens and opens >= ready:
        return [f"the embargo{_until(opens)}"]
    return [f"`delay` of its route or `stable_for` of its source{_until(ready)}"]


def _rhythm(tx: Tx, newsroom: Newsroom, row: Delivery, now: datetime) -> list[str]:
    """Its schedule: a slot, quiet hours, the gap, the day's cap; others that go first."""
    if row.pinned:
        return [f"the time a person gave it, {row.due_at:%Y-%m-%d %H:%M} UTC"] if row.due_at else []
    if row.urgent:
        return []
    schedule = newsroom.schedules.get(row.schedule, newsroom.default_schedule)
    sent = tx.outbox.history(row.account, now - LOOK_BACK).sent_at
    out = []
    if in_quiet(schedule, now):
        out.append(f"the quiet hours of schedule {schedule.name}{_until(quiet_end(schedule, now))}")
    if sent and schedule.min_gap and sent[-1] + schedule.min_gap > now:
        out.append(f"the gap after the share before it{_until(sent[-1] + schedule.min_gap)}")
    if schedule.max_per_day and _today(newsroom, row, sent, now) >= schedule.max_per_day:
        out.append(f"tomorrow: the day's {schedule.max_per_day} shares are out")
    if row.timing == "slot":
        out.append(
            f"a slot of schedule {schedule.name}" + ("" if row.due_at else ", and others take all there are")
        )
    ahead = sum(
        bool(other.due_at and other.id != row.id and (row.due_at is None or other.due_at < row.due_at))
        for other in tx.outbox.waiting(row.account)
    )
    if ahead:
        out.append(f"{ahead} shares that go first" if ahead > 1 else "one share that goes first")
    return out


def _today(newsroom: Newsroom, row: Delivery, sent: tuple[datetime, ...], now: datetime) -> int:
    zone = parse_zone(newsroom.schedules.get(row.schedule, newsroom.default_schedule).zone)
    today = now.astimezone(zone).date()
    return sum(at.astimezone(zone).date() == today for at in sent)


def _until(at: datetime | None) -> str:
    if at is None:
        return ""
    whole = at + timedelta(seconds=59)
    return f" until {whole:%Y-%m-%d %H:%M} UTC"
