"""Finds mistakes in budgets and prices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bot import registry
from bot.settings.model import Settings
from bot.settings.prices import prices_of
from bot.settings.problems import did_you_mean

__all__ = ["money"]


def money(settings: Settings) -> Iterator[tuple[Literal["error", "warning"], str, str]]:
    """Budgets that could never hold, and prices of platforms that there are not."""
    kinds = registry.platform_kinds()
    for kind, table in settings.prices.items():
        key = f"prices.{kind}"
        if kind not in kinds:
            yield "error", key, f'there is no platform "{kind}": {did_you_mean(kind, dict.fromkeys(kinds))}'
        elif table.post is None and getattr(registry.platform(kind), "default_prices", None) is None:
            yield "error", f"{key}.post", f"is missing: Sharewire knows of no price of {kind}"
    for id_, options in settings.accounts.items():
        key, budget = f"accounts.{id_}.budget", options.budget
        if budget is None:
            continue
        kind = getattr(options, "as_", "") or options.platform
        if prices_of(kind, options, settings.prices.get(kind)) is None:
            cure = f"drop it, or give [prices.{kind}] its `post`"
            yield "error", key, f"{kind} charges nothing that Sharewire knows of: {cure}"
        if budget.reserve_urgent_usd >= budget.usd_per_month:
            cure = "must be less than usd_per_month, or nothing but urgent shares would ever go out"
            yield "error", f"{key}.reserve_urgent_usd", cure
        if "near" in budget.model_fields_set and not budget.near_template:
            cure = "name the template set to tell shares with from then on, or drop `near`"
            yield "error", f"{key}.near_template", f"is missing, but `near` is given: {cure}"
