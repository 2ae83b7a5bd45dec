"""Every error that Sharewire raises on purpose.

BotError
├── UserError                 the operator can mend it: names the file, the key and the cure, in one line
│   └── TemplateError         a template that cannot be compiled, rendered or fitted
├── StoreError                the database cannot be read or written just now; it is tried again
├── AlertError                somebody could not be told; it is tried again
├── SourceError               a source could not be read; the other sources go on
├── MoveError                 a move between states that is not declared: a bug, or an order that cannot be
└── PlatformError             what a platform's call came to
    ├── Rejected              certainly not published, and sending the same again is no use
    │   └── Duplicate         refused because the same content stands there already
    ├── Unauthorized          certainly not published; the account needs a person (token, credits, suspension)
    ├── Throttled             certainly not published; not before `retry_at`
    ├── Unavailable           certainly not published; try again later
    └── Ambiguous             sent, and no proof of what became of it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.domain.post import Accepted

__all__ = [
    "AlertError",
    "Ambiguous",
    "BotError",
    "Duplicate",
    "MoveError",
    "PlatformError",
    "Rejected",
    "SourceError",
    "StoreError",
    "TemplateError",
    "Throttled",
    "Unauthorized",
    "Unavailable",
    "UserError",
]


class BotError(Exception):
    """Base of all errors raised on purpose; its text is one line and holds no secret."""


class UserError(BotError):
    """The operator can mend it; the text names the file, the key and what to do."""


class AlertError(BotError):
    """A place could not be told of an alert; its address is not in the text."""


class StoreError(BotError):
    """The database cannot be read or written just now; nothing is lost, and nothing is sent unmarked."""


class TemplateError(UserError):
    """A template cannot be compiled, rendered or fitted; the text names template, line and cure.

    Args:
        message: what is wrong, and the cure.
        file: the template's file; its text begins with it.
        line: the line of it, 0 where it is not known.
    """

    def __init__(self, message: str, *, file: str = "", line: int = 0) -> None:
        where = f"{file}:{line}" if line else file
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.file = file
        self.line = line


class SourceError(BotError):
    """A source could not be read this time.

    Args:
        message: one line, no secret.
        status: the HTTP status, where there was one.
        gone: the source is there no more (410): stop asking.
        wait: how long the source asked to be left alone (Retry-After), None if it did not say.
        page: it answered a web page (a log-in, an error) where something else was asked for.
        barred: its site asks programs to stay away from there: asking again is no use.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        gone: bool = False,
        wait: timedelta | None = None,
        page: bool = False,
        barred: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.gone = gone
        self.wait = wait
        self.page = page
        self.barred = barred


class MoveError(BotError):
    """An undeclared move between delivery states."""


class PlatformError(BotError):
    """What a platform's call came to, other than a success.

    Args:
        message: one line: what the platform said, redacted.
        status: the HTTP status, where there was one.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Rejected(PlatformError):
    """Certainly not published, and sending the same again is no use."""


class Duplicate(Rejected):
    """Refused because the same content stands there already; `accepted` where the platform names it."""

    def __init__(self, message: str, *, status: int | None = None, accepted: Accepted | None = None) -> None:
        super().__init__(message, status=status)
        self.accepted = accepted


class Unauthorized(PlatformError):
    """Certainly not published; the account is paused until a person acts."""


class Throttled(PlatformError):
    """Certainly not published; not before `retry_at` (aware, UTC), where the platform names a time."""

    def __init__(self, message: str, *, status: int | None = None, retry_at: datetime | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_at = retry_at


class Unavailable(PlatformError):
    """Certainly not published (refused, DNS, connect time-out, documented): try again later."""


class Ambiguous(PlatformError):
    """Sent, and no proof of what became of it: time-out, reset, 5xx, unreadable 2xx."""
