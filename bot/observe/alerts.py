"""Tells people through Apprise: mail, chat, push, a hundred kinds of address."""

from __future__ import annotations

import logging
from typing import Any

from bot.domain.errors import AlertError

__all__ = ["AppriseNotifier", "understood"]


class AppriseNotifier:
    """Apprise is imported when there is something to tell, not before."""

    def send(self, url: str, title: str, body: str) -> None:
        """Tell one place.

        Raises:
            AlertError: Apprise says it did not work; it does not say why.
        """
        place = _place(url)
        if place is None:
            raise AlertError("this is no address that Apprise knows")
        try:
            told = place.notify(body=body, title=title)
        except Exception as error:
            raise AlertError(f"{type(error).__name__} while telling {place.service_name}") from error
        if not told:
            raise AlertError(f"{place.service_name} did not take it")


def understood(url: str) -> bool:
    """Whether Apprise knows this kind of address; asks nobody."""
    return _place(url) is not None


def _place(url: str) -> Any:
    """Apprise's object for an address, None for one of no known kind."""
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it writes addresses into its lines
    return apprise.Apprise.instantiate(url, suppress_exceptions=True)
