"""Tells people through Apprise: mail, chat, push, a hundred kinds of address."""

from __future__ import annotations

import logging
from typing import Any

from bot.domain.errors import AlertError

__all__ = ["AppriseNotifier", "understood", "within"]

SLACK = 0.9
"""Of what a place takes: some kinds write the title, and marks around it, into the same room."""


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
            room = round(place.body_maxlen * SLACK) - (0 if place.title_maxlen else len(title))
            told = place.notify(body=within(body, room), title=title[: place.title_maxlen or None])
        except Exception as error:
            raise AlertError(f"{type(error).__name__} while telling {place.service_name}") from error
        if not told:
            raise AlertError(f"{place.service_name} did not take it")


def understood(url: str) -> bool:
    """Whether Apprise knows this kind of address; asks nobody."""
    return _place(url) is not None


def within(body: str, room: int) -> str:
    """As many of a message's lines as a place has room for, and how many are left out.

    A place refuses a message that is too long: Discord beyond 2,000 characters, Pushover beyond 1,024.
    """
    if len(body) <= room:
        return body
    lines = body.split("\n")
    for kept in range(len(lines) - 1, 0, -1):
        said = "\n".join([*lines[:kept], f"and {len(lines) - kept} more lines: sharewire alerts list"])
        if len(said) <= room:
            return said
    end = "… (all of it: sharewire alerts list)"
    return f"{body[: max(room - len(end), 0)]}{end}"


def _place(url: str) -> Any:
    """Apprise's object for an address, None for one of no known kind."""
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it writes addresses into its lines
    return apprise.Apprise.instantiate(url, suppress_exceptions=True)
