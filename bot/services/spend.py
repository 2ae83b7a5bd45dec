"""Spends an account's money: what a share costs, whether there is any left, and what has been paid for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.domain.alert import Alert, Event
from bot.domain.article import Article
from bot.domain.budget import month_of
from bot.domain.cost import Cost, cost_of, dollars, usd
from bot.domain.delivery import Delivery, Reason, State, Work
from bot.domain.limits import Limits
from bot.domain.occasion import NEW
from bot.domain.wording import NO_WORDS, Wording
from bot.ports.newsroom import Account, Newsroom
from bot.ports.records import Charge
from bot.ports.render import Rendering
from bot.ports.store import Store, Tx
from bot.services.compose import compose, post_document
from bot.services.place import place_all

__all__ = [
    "budget_document",
    "charge_alts",
    "charge_look",
    "charge_mending",
    "charge_post",
    "charge_reads",
    "compose_within",
    "cost_of_mending",
    "cost_on",
    "let_go",
    "over_budget",
    "say_once",
    "spent_by",
    "spent_by_all",
]

log = structlog.get_logger(__name__)

FIRST_TURN = datetime(2026, 1, 1, tzinfo=UTC)
"""Looks that belong to no share are told apart by the seconds since then."""


def spent_by(tx: Tx, account: Account, now: datetime) -> int:
    """What an account has spent this month, in millionths of a dollar."""
    return tx.spending.spent(account.id, *month_of(now)) if account.prices else 0


def spent_by_all(store: Store | None, now: datetime) -> Mapping[str, int]:
    """The same for every account; nothing where there is no database yet."""
    if store is None:
        return {}
    with store.read() as tx:
        return tx.spending.by_account(*month_of(now))


def cost_on(account: Account, rendering: Rendering) -> Cost | None:
    """What a rendered share costs, None on a platform that charges nothing we know of."""
    return cost_of(post_document(rendering.post), account.prices) if account.prices else None


def compose_within(
    newsroom: Newsroom,
    account: Account,
    article: Article,
    at: datetime,
    *,
    spent: int,
    urgent: bool = False,
    route: str = "",
    template: str = "",
    occasion: str = NEW,
    words: Wording = NO_WORDS,
    limits: Limits | None = None,
) -> Rendering:
    """The post as it would be sent at `at`: near the end of its budget by the budget's `near_template`.

    What is urgent keeps its own template as long as there is money for it; an edition always keeps it, and
    what a person chose the words of.

    Raises:
        TemplateError, PlatformError: as `compose`.
    """

    def told(instead: str = "") -> Rendering:
        return compose(
            newsroom,
            account,
            article,
            at,
            route=route,
            template=template,
            occasion=occasion,
            words=words,
            limits=limits,
            instead=instead,
        )

    budget = account.budget
    if account.prices is None or budget is None or not budget.near_template or article.items or words.chosen:
        return told()
    if budget.is_near(spent) and not urgent:
        return told(budget.near_template)
    rendering = told()
    cost = cost_on(account, rendering)
    dear = cost is not None and cost.total > budget.room(spent, urgent=urgent)
    return told(budget.near_template) if dear else rendering


def over_budget(account: Account, cost: Cost | None, spent: int, now: datetime, *, urgent: bool) -> str:
    """Why there is no money for a share, "" if there is."""
    budget = account.budget
    if budget is None or cost is None or cost.total <= budget.room(spent, urgent=urgent):
        return ""
    kept = f", and {usd(budget.reserve)} is kept for urgent shares" if budget.reserve and not urgent else ""
    return (
        f"it costs {usd(cost.total)}, and {usd(spent)} of the month's {usd(budget.per_month)} is spent"
        f"{kept}: raise [accounts.{account.id}] budget, or wait until {month_of(now)[1]:%Y-%m-%d}"
    )


def charge_post(tx: Tx, account: Account, delivery: Delivery, post: Mapping[str, Any], now: datetime) -> None:
    """With the mark: the part that goes out now, and what is left of its thread.

    A replay pays nothing again: the mark before has paid.
    """
    if account.prices is None or delivery.first_committed_at is not None:
        return
    parts = cost_of(post, account.prices).parts
    tx.spending.charge(
        Charge(account.id, delivery.id, "post", part, 0, parts[part], now)
        for part in range(delivery.part, len(parts))
    )
    budget = account.budget
    if budget is not None and budget.is_near(spent := spent_by(tx, account, now)):
        say_once(tx, account, "near", f"{usd(spent)} of the month's {usd(budget.per_month)} is spent", now)


def cost_of_mending(account: Account, work: Work) -> int:
    """What one request that corrects or takes back a post costs."""
    if account.prices is None or work is Work.POST:
        return 0
    return account.prices.edit if work is Work.EDIT else account.prices.delete


def charge_mending(tx: Tx, account: Account, delivery: Delivery, now: datetime) -> None:
    """With the mark of what corrects or takes back a post: each request is paid, one sent again anew."""
    if micros := cost_of_mending(account, delivery.work):
        kind, turn = str(delivery.work), delivery.lease_epoch
        tx.spending.charge([Charge(account.id, delivery.id, kind, delivery.part, turn, micros, now)])


def charge_alts(store: Store, account: Account, delivery: Delivery, cost: Cost | None, now: datetime) -> None:
    """Before the upload, which pays for each description anew."""
    if cost is not None and cost.alts and delivery.pending is None:
        with store.write() as tx:
            turn = delivery.lease_epoch
            tx.spending.charge([Charge(account.id, delivery.id, "alt", 0, turn, cost.alts, now)])


def charge_reads(store: Store, account: Account, delivery: Delivery, posts: int, now: datetime) -> None:
    """What looking for a share among our own posts costs.

    Written before the look, with the posts that are known to be there: a worker that dies over it has paid.
    Once it is known how many came, it is written anew.
    """
    if account.prices is not None and account.prices.read:
        micros = posts * account.prices.read
        with store.write() as tx:
            turn = delivery.lease_epoch
            tx.spending.charge([Charge(account.id, delivery.id, "read", delivery.part, turn, micros, now)])


def charge_look(store: Store, account: Account, posts: int, now: datetime) -> None:
    """What reading the account's posts costs that belongs to no share; before the look, and after it."""
    if account.prices is not None and account.prices.read:
        micros, turn = posts * account.prices.read, int((now - FIRST_TURN).total_seconds())
        with store.write() as tx:
            tx.spending.charge([Charge(account.id, 0, f"look {account.id}", 0, turn, micros, now)])


def say_once(tx: Tx, account: Account, word: str, detail: str, now: datetime) -> None:
    """Once a month and account: its budget is "near" its end, or "spent"."""
    if tx.alerts.tell(Alert(Event.BUDGET, f"budget:{account.id}:{word}", f"{account.id}: {detail}"), now):
        log.warning("account.budget", account=account.id, budget=word, detail=detail)


def let_go(store: Store, newsroom: Newsroom, now: datetime) -> int:
    """What was held for want of money goes back to the queue where there is some again; how many.

    Alerts about budgets that are not near their end any more are over.
    """
    moved = set[str]()
    count = 0
    with store.write() as tx:
        spending = tx.spending.by_account(*month_of(now))
        for row in tx.outbox.list(states=(State.HELD,), limit=None):
            account = newsroom.accounts.get(row.account)
            if row.reason is not Reason.BUDGET or account is None:
                continue
            budget = account.budget
            if budget is None or budget.room(spending.get(account.id, 0), urgent=row.urgent):
                tx.outbox.move(row.id, State.QUEUED, Reason.NONE, at=now, detail="there is money again")
                moved.add(row.account)
                count += 1
        for id_, account in newsroom.accounts.items():
            if account.budget is None or not account.budget.is_near(spending.get(id_, 0)):
                tx.alerts.close(f"budget:{id_}", now)
        place_all(tx, newsroom, moved, now)
    if count:
        log.info("budget.let_go", shares=count)
    return count


def budget_document(account: Account, spent: int, now: datetime) -> dict[str, Any] | None:
    """`{spent_usd, left_usd, usd_per_month, reserve_urgent_usd, near, spent, until}` of what costs money."""
    if account.prices is None:
        return None
    budget = account.budget
    return {
        "spent_usd": dollars(spent),
        "left_usd": dollars(budget.room(spent, urgent=True)) if budget else None,
        "usd_per_month": dollars(budget.per_month) if budget else None,
        "reserve_urgent_usd": dollars(budget.reserve) if budget else None,
        "near": bool(budget and budget.is_near(spent)),
        "spent": bool(budget and budget.is_spent(spent)),
        "until": month_of(now)[1].isoformat(),
    }
