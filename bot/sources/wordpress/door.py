"""How a WordPress is asked: in which form, as whom, and whether it takes the password of whom."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.ports.source import Request, Response
from bot.sources.wordpress.api import address, code_of

__all__ = ["Door", "Standing", "tried"]

MAX_BYTES = 5_000_000
UNAUTHORIZED = 401
AGAIN = 12
"""A password that is not taken is tried again every so many polls: sites shut out who keeps trying."""
MADE_NEW = "make a new one in that user's profile, and set it"
REFUSALS = {
    "incorrect_password": f"it is wrong, or was revoked: {MADE_NEW}",
    "invalid_username": "there is no such user: `username` is the login name",
    "invalid_email": "there is no such user: `username` is the login name or its e-mail address",
    "application_passwords_disabled": "the site has them switched off: switch them on there, or leave it out",
    "application_passwords_disabled_for_user": "this user may have none: take another user's",
}
SILENT = f"it is wrong or was revoked ({MADE_NEW}), or the server does not pass on the `Authorization` header"
"""WordPress itself takes who sends a wrong one for a stranger, and does not say why."""


@dataclass(frozen=True, slots=True)
class Door:
    """A site's API in one form of address; without a `login` ("user:password"), as a stranger."""

    site: str
    form: str
    login: str = field(default="", repr=False)

    def request(
        self, route: str, parameters: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Request:
        said = {"Accept": "application/json", **(headers or {})}
        if self.login:
            said["Authorization"] = f"Basic {b64encode(self.login.encode()).decode()}"
        return Request(address(self.site, self.form, route, parameters), headers=said, max_bytes=MAX_BYTES)

    def as_stranger(self) -> Door:
        return replace(self, login="")


@dataclass(frozen=True, slots=True)
class Standing:
    """Why a password is not taken ("": it is, or nothing is known against it), and for how many polls."""

    trouble: str = ""
    polls: int = 0

    @property
    def due(self) -> bool:
        return self.polls % AGAIN == 0 if self.trouble else not self.polls

    def later(self) -> Standing:
        """A poll further on."""
        return replace(self, polls=self.polls + 1)


def tried(door: Door) -> Generator[Request, Any, Standing]:
    """Ask who we are there: WordPress answers a list of posts to whoever asks, so that it says nothing."""
    answer: Response = yield door.request("wp/v2/users/me", {"_fields": "id"})
    if answer.status != UNAUTHORIZED:  # a site may well hide its users
        return Standing()
    user, code = door.login.partition(":")[0], code_of(answer)
    why = REFUSALS.get(code, SILENT)
    named = f" ({code})" if code else ""
    return Standing(f"the application password of {user} is not taken{named}: {why}")
