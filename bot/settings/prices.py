"""`[prices.<platform>]`: what a platform charges, where that is no longer what Sharewire knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ConfigDict

from bot import registry
from bot.domain.cost import Prices, micros
from bot.domain.errors import UserError
from bot.ports.budget import Usd
from bot.ports.platform import AccountOptions, Table

__all__ = ["PricesTable", "prices_of"]


class PricesTable(Table):
    """Dollars; a key that is not given keeps the price that Sharewire knows, which may be none."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    post: Usd | None = None
    """A post, or a part of a thread, without a link."""
    post_with_link: Usd | None = None
    """The same with a link; where Sharewire knows no price and this is not given, as much as `post`."""
    alt: Usd | None = None
    """The description of a picture."""
    read: Usd | None = None
    """Each post read back when it is not certain what became of a share."""
    edit: Usd | None = None
    """Each request that corrects a post; every try counts."""
    delete: Usd | None = None
    """Each request that deletes a post; every try counts."""


def prices_of(kind: str, options: AccountOptions, table: PricesTable | None) -> Prices | None:
    """The prices of an account on a platform of that kind, None where it charges nothing we know of."""
    try:
        known: Prices | None = getattr(registry.platform(kind), "default_prices", None)
    except UserError:  # said by whoever reads the account's own table
        known = None
    if known is not None and known.read_owned is not None and getattr(options, "owns_app", False):
        known = replace(known, read=known.read_owned)
    given = _given(table) if table else {}
    if "post" in given and known is None:
        given.setdefault("post_with_link", given["post"])
        return Prices(**given)
    return replace(known, **given) if known else None


def _given(table: PricesTable) -> dict[str, Any]:
    return {name: micros(value) for name, value in table.model_dump(exclude_none=True).items()}
