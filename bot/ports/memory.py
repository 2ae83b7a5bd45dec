"""The store's drawers of what belongs to no article: the installation's own facts, alerts, money spent."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.domain.alert import Alert, OpenAlert
from bot.ports.records import Charge

__all__ = ["Alerts", "Spending", "Workers"]


class Workers(Protocol):
    def tick(self, job: str, run_at: datetime, worker: str) -> bool:
        """Whether this worker is the one to run the job of that nominal time."""
        ...

    def ticked(self, job: str, run_at: datetime) -> bool:
        """Whether that job of that nominal time has been taken."""
        ...

    def get(self, key: str) -> Any:
        """A fact about the installation (JSON), None if never set."""
        ...

    def set(self, key: str, value: Any) -> None: ...

    def prune(self, before: datetime) -> None:
        """Forget ticks older than that."""


class Alerts(Protocol):
    def tell(self, alert: Alert, at: datetime) -> bool:
        """Open an alert, to be sent; False (and nothing done) if one of its key is open."""
        ...

    def close(self, key: str, at: datetime) -> int:
        """What it told of is over, and all under it ("share:41" closes "share:41:held"); how many there were.

        One that has not been sent yet is not sent any more.
        """
        ...

    def open(self) -> list[OpenAlert]:
        """Oldest first."""
        ...

    def take(self, now: datetime, gathered: datetime, lease: timedelta) -> list[OpenAlert]:
        """All that are to be sent, once the oldest stands since `gathered`; nobody else's for `lease`."""
        ...

    def told(self, alert: int, places: Collection[str], next_at: datetime | None, *, failed: bool) -> None:
        """Who has heard of it by now; when the others are tried again, None when nobody is left."""

    def prune(self, before: datetime) -> None:
        """Forget what was closed before then."""


class Spending(Protocol):
    def charge(self, charges: Iterable[Charge]) -> None:
        """Write what is being paid for; the same thing again replaces what was written of it."""

    def spent(self, account: str, since: datetime, until: datetime) -> int:
        """What an account spent from `since` to before `until`, in millionths of a dollar.

        A post counts from its mark on, while it is not proved absent or refused.
        """
        ...

    def by_account(self, since: datetime, until: datetime) -> dict[str, int]:
        """The same for every account that spent anything."""
        ...
