"""`[alerts.<id>]`: who hears of what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SecretStr

from bot.ports.platform import Table

__all__ = ["AlertTable"]

EventWord = Literal[
    "held",
    "unconfirmed",
    "missed",
    "failed",
    "updated",
    "withdrawn",
    "account",
    "source",
    "config",
    "budget",
    "summary",
]


class AlertTable(Table):
    """`[alerts.<id>]`: where alerts go; the addresses themselves are secrets."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    events: Annotated[tuple[EventWord, ...], Field(min_length=1)]
    """What it hears of."""
    urls: SecretStr = SecretStr("")
    """Apprise addresses, set in the environment, with white space between them."""

    def places(self) -> tuple[str, ...]:
        """The addresses: not for people to see."""
        return tuple(self.urls.get_secret_value().split())
