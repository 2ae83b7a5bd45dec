"""Tells how many articles a day meet how many places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.domain.article import Article
from bot.domain.routing import decide
from bot.domain.schedule import places_per_day
from bot.settings import rules
from bot.settings.model import Settings

__all__ = ["crowding"]


def crowding(settings: Settings, met: Sequence[Article] = (), days: float = 1) -> list[str]:
    """A line for each account that keeps slots: its places, and how many articles its routes bring there.

    Args:
        settings: as checked, without errors.
        met: what the sources showed of late; without it only the places are told.
        days: in how many days.
    """
    schedules = rules.schedules(settings)
    meet = _meet(settings, met)
    lines = []
    for account in settings.accounts:
        routes = [r for r in settings.routes if account in r.accounts and r.timing == "slot" and not r.urgent]
        names = {rules.schedule_name(settings, route, account) for route in routes}
        if not routes:
            continue
        places = sum(places_per_day(schedules[name]) for name in sorted(names & set(schedules)))
        room = f"{_number(places)} places on {account}"
        lines.append(
            f"{_number(meet[account] / days)} articles a day meet {room}" if met else f"{room} a day"
        )
    return lines


def _meet(settings: Settings, met: Sequence[Article]) -> Counter[str]:
    """By account, how many of the articles wait there for a slot, as the routes are now."""
    routes = rules.routes(settings)
    return Counter(
        verdict.account
        for article in met
        for verdict in decide(article, routes, (article.source,))
        if verdict.share and verdict.route and verdict.route.timing == "slot" and not verdict.route.urgent
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
