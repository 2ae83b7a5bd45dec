"""Finds sources that show a site's articles without what its desk orders in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bot.domain.identity import host_of
from bot.settings.model import Settings

__all__ = ["order_problems"]


def order_problems(settings: Settings) -> Iterator[tuple[Literal["warning"], str, str]]:
    """A feed beside the API shares what the desk holds back, if it is the first to show it."""
    for id_, options in settings.sources.items():
        if not options.orders():
            continue
        host, reached = host_of(str(getattr(options, "url", ""))), _reached(settings, id_)
        for other, theirs in settings.sources.items():
            same = host and host_of(str(getattr(theirs, "url", ""))) == host
            blind = getattr(theirs, "overrides", None) is None
            if same and blind and reached & _reached(settings, other):
                yield "warning", f"sources.{other}", _blind(host, id_)


def _blind(host: str, source: str) -> str:
    return (
        f"shows articles of {host}, too, and knows nothing of what the desk orders in them "
        f"(sources.{source}.overrides): what it shows first is shared; take it out of the routes"
    )


def _reached(settings: Settings, source: str) -> set[str]:
    """The accounts that a source's articles may go out on."""
    return {account for route in settings.routes if source in route.sources for account in route.accounts}
