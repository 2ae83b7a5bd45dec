"""Says how the installation is: what waits, what is late, what is paused, what needs a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.alert import Event
from bot.domain.allowance import allowance_from
from bot.domain.article import Article
from bot.domain.budget import month_of
from bot.domain.delivery import Delivery, Reason, State, Work
from bot.domain.rhythm import next_time
from bot.ports.newsroom import Newsroom
from bot.ports.records import AccountRow, SourceRow
from bot.ports.store import Store, Tx
from bot.services.alert import AHEAD
from bot.services.doubt import waiting
from bot.services.explain import iso, why
from bot.services.poll import SILENT_AFTER
from bot.services.rhythm import jobs
from bot.services.spend import budget_document
from bot.services.withdraw import WITHDRAWALS

__all__ = ["queue_document", "status"]

STANDING = (Event.UPDATED, Event.WITHDRAWN)
"""Alerts of what stands and should not, or not so."""
STANDING_KEYS = (":flood", ":zone", AHEAD, WITHDRAWALS)
"""How those are called that a person should decide about, or mend at the source."""
LATE_AFTER = timedelta(minutes=5)
UNREAD_AFTER = timedelta(minutes=15)
"""So long after a source was due to be read, whoever reads it is not there."""
TITLE = 60
TO_MEND = frozenset(
    {Reason.TEMPLATE, Reason.ACCOUNT_REMOVED, Reason.ROUTE_REMOVED, Reason.FLOOD, Reason.RESTORED}
)
"""What keeps a share back until a person mends it; an approval or a hold by a person is no problem."""


def status(store: Store, newsroom: Newsroom, now: datetime) -> dict[str, Any]:
    """`{counts, overdue, paused, unrouted, unsure_language, sources, accounts, rules, problems}`.

    `rules` are those with times of their own, evergreen and digests, and when each acts next.
    """
    with store.read() as tx:
        counts = tx.outbox.counts()
        overdue = tx.outbox.overdue(now, LATE_AFTER)
        pauses = tx.accounts.pauses(now)
        accounts, sources = tx.accounts.rows(), tx.sources.rows()
        unrouted = tx.articles.unrouted(now - timedelta(days=1))
        asked = any(route.match.languages for route in newsroom.routes)
        unsure = _unsure(tx, now - timedelta(days=1)) if asked else 0
        stuck = tx.outbox.list(states=(State.UNKNOWN,), limit=50)
        pending = tx.outbox.list(states=(State.AWAITING,), limit=1000)
        failed = tx.outbox.list(states=(State.FAILED, State.MISSED), since=now - timedelta(days=1), limit=50)
        held = tx.outbox.list(states=(State.HELD,), limit=1000)
        articles = tx.articles.many({row.article for row in failed})
        said = tx.workers.get("problems") or []
        spending = tx.spending.by_account(*month_of(now))
        told = tx.alerts.open()
    paused = {pause.scope: pause for pause in pauses}
    problems = [str(each) for each in said]
    problems += _unread([row for id_, row in sources.items() if id_ in newsroom.sources], now)
    problems += [_stuck(newsroom, row) for row in stuck]
    problems += [_left_behind(row) for row in pending if row.account not in newsroom.accounts]
    problems += [f"{_named(row)} {why(row)}: {_title(articles, row)}" for row in failed]
    problems += [each.text for each in told if each.event in STANDING or each.key.endswith(STANDING_KEYS)]
    problems += _kept_back(held)
    problems += [pause.told for pause in paused.values()]
    budgets = {
        id_: budget_document(account, spending.get(id_, 0), now) for id_, account in newsroom.accounts.items()
    }
    problems += [_spent(id_, each) for id_, each in budgets.items() if each and each["spent"]]
    for id_ in newsroom.sources:
        row = sources.get(id_)
        if row and row.failures >= SILENT_AFTER:
            problems.append(f"source {id_} failed {row.failures} times in a row: {row.last_error}")
        problems += row.health.get("wrong", {}).values() if row else ()
    return {
        "counts": {str(state): counts.get(state, 0) for state in State},
        "overdue": overdue,
        "paused": [
            {"scope": p.scope, "since": iso(p.since), "until": iso(p.until), "reason": p.reason, "by": p.by}
            for p in pauses
        ],
        "unrouted": unrouted,
        "unsure_language": unsure,
        "sources": [
            {
                "id": id_,
                "last_polled_at": iso(row.last_polled_at) if row else None,
                "last_ok_at": iso(row.last_ok_at) if row else None,
                "next_poll_at": iso(row.next_poll_at) if row else None,
                "failures": row.failures if row else 0,
                "status": row.last_status if row else None,
                "error": row.last_error if row else "",
                "wrong": dict(row.health.get("wrong", {})) if row else {},
            }
            for id_, row in ((id_, sources.get(id_)) for id_ in newsroom.sources)
        ],
        "accounts": [
            {
                "id": id_,
                "platform": account.platform,
                "handle": (row.identity.get("handle", "") if row else "") or account.options.handle,
                "paused": f"account:{id_}" in paused or "all" in paused,
                "throttled_until": iso(_until(row, now)) if row else None,
                "unwell": bool(row and row.probe_at),
                "limits": _in_force(row.limits, now) if row else [],
                "budget": budgets[id_],
            }
            for id_, account, row in ((i, a, accounts.get(i)) for i, a in newsroom.accounts.items())
        ],
        "rules": [
            {"rule": job.name, "accounts": list(job.accounts), "next_at": iso(next_time(job.when, now))}
            for job in jobs(newsroom)
        ],
        "problems": problems,
    }


def _stuck(newsroom: Newsroom, row: Delivery) -> str:
    said = f"{_named(row)} is unconfirmed: {row.detail}"
    if row.account in newsroom.accounts:
        held_up = waiting(newsroom.accounts[row.account], row) if row.settle_at is None else ""
        return f"{said}; {held_up}: sharewire queue resolve {row.id}" if held_up else said
    return (
        f"{said}; [accounts.{row.account}] is not in the configuration any more: put it back, or look there, "
        f"then sharewire queue resolve {row.id} --published URL, --retry or --skip"
    )


def _left_behind(row: Delivery) -> str:
    return (
        f"{_named(row)} was being prepared when [accounts.{row.account}] left the "
        f"configuration: put it back, or sharewire queue skip {row.id}"
    )


def _spent(account: str, budget: Mapping[str, Any]) -> str:
    reserve = budget["reserve_urgent_usd"]
    kept = f", and ${reserve:.2f} is kept for urgent shares" if reserve else ""
    return (
        f"{account} has spent ${budget['spent_usd']:.2f} of the month's ${budget['usd_per_month']:.2f}"
        f"{kept}: raise [accounts.{account}] budget, or wait until {budget['until'][:10]}"
    )


def _unread(rows: Sequence[SourceRow], now: datetime) -> list[str]:
    """That nobody reads what is due: a worker that died tells nobody of it."""
    due = [row.next_poll_at for row in rows if row.next_poll_at and row.next_poll_at + UNREAD_AFTER <= now]
    if not due:
        return []
    which = f"{len(due)} of {len(rows)} sources" if len(rows) > 1 else f"source {rows[0].id}"
    since = f"{min(due):%Y-%m-%d %H:%M} UTC"
    return [f"{which} should have been read since {since}: is the worker running?"]


def _until(row: AccountRow, now: datetime) -> datetime | None:
    return row.throttled_until if row.throttled_until and row.throttled_until > now else None


def _in_force(limits: Sequence[Mapping[str, Any]], now: datetime) -> list[Mapping[str, Any]]:
    """Those that have not been filled again since they were read."""
    return [each for each in limits if allowance_from(each).resets_at > now]


LOOK_AT = 200
"""Articles whose language is looked at, the newest."""


def _unsure(tx: Tx, since: datetime) -> int:
    """Articles met since then, not baseline, whose language neither source nor text tells for sure."""
    found = [each.id for each in tx.articles.latest(LOOK_AT) if not each.lang and each.first_seen_at >= since]
    return sum(any(not s.baseline for s in tx.articles.sources_of(id_).values()) for id_ in found)


def _kept_back(held: Sequence[Delivery]) -> list[str]:
    """A line for each account and reason that a person has to mend."""
    groups: dict[tuple[str, Reason], list[Delivery]] = {}
    for row in held:
        if row.reason in TO_MEND:
            groups.setdefault((row.account, row.reason), []).append(row)
    return [
        (
            f"share {rows[0].id} on {account} is held"
            if len(rows) == 1
            else f"{len(rows)} shares on {account} are held"
        )
        + f" ({reason})"
        + (f": {rows[0].detail}" if rows[0].detail else "")
        for (account, reason), rows in groups.items()
    ]


def _title(articles: Mapping[int, Article], row: Delivery) -> str:
    """What it was to tell, as a person knows it; its number where that is all there is."""
    article = articles.get(row.article)
    return f"“{article.title[:TITLE]}”" if article and article.title else f"article {row.article}"


def _named(row: Delivery) -> str:
    """What a problem is called: a share, or the correction or the deletion of one."""
    words = {Work.EDIT: "the correction", Work.WITHDRAW: "the deletion"}
    if row.work is Work.POST:
        return f"share {row.id} on {row.account}"
    return f"{words[row.work]} ({row.occasion}, share {row.id}) on {row.account}"


def queue_document(row: Delivery, title: str = "") -> dict[str, Any]:
    """`{id, state, reason, account, article, due_at, remote_url, attempts}` and what a person asks next."""
    return {
        "id": row.id,
        "state": str(row.state),
        "reason": str(row.reason),
        "account": row.account,
        "article": row.article,
        "due_at": iso(row.due_at),
        "remote_url": row.remote_url or None,
        "attempts": row.attempts,
        "title": title,
        "route": row.route,
        "occasion": row.occasion,
        "detail": row.detail,
        "pinned": row.pinned,
    }
