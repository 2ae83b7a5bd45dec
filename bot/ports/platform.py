"""One instance per account: what Sharewire asks of a platform."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.allowance import Allowance
from bot.domain.cost import Prices
from bot.domain.limits import Limits
from bot.domain.post import Accepted, Identity, OwnPost, Pending, Post, Prepared, Ref, Replay
from bot.ports.budget import BudgetTable
from bot.ports.durations import Duration

__all__ = [
    "AccountOptions",
    "AddressedPlatform",
    "AuthorizablePlatform",
    "CardPolicy",
    "DeletablePlatform",
    "EditablePlatform",
    "FindablePlatform",
    "ImagePolicy",
    "LinkPlace",
    "MeteredPlatform",
    "Platform",
    "PricedPlatform",
    "Question",
    "RecognisingPlatform",
    "Vault",
    "Wiring",
]


class Table(BaseModel):
    """A table of the configuration: unknown keys are errors, a rejected value is never printed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ImagePolicy(Table):
    """`image = { need = "optional", alt = "required", wait = "10m" }` of an account.

    `need = "none"`: the platform's or our link card, no picture of our own. "optional": attach the article's
    picture if there is one. "required": wait for one up to `wait`, then hold the share.
    `alt = "required"`: a picture without a description counts as no picture.
    """

    need: Literal["none", "optional", "required"] = "none"
    alt: Literal["optional", "required"] = "optional"
    wait: Duration = timedelta(minutes=10)


class CardPolicy(Table):
    """`card = { check = "hold", wait = "10m" }` of an account or a route: is the link fit to be shown?

    Its page must answer 200, be no log-in page and not `noindex`, and its picture must load. "report": look
    and say so in the log. "wait": look again until it is, for up to `wait`, then post all the same. "hold":
    the same, but then hold the share. "off": do not look.
    """

    check: Literal["off", "report", "wait", "hold"] = "report"
    wait: Duration = timedelta(minutes=10)


LinkPlace = Literal["text", "card", "none"]
"""Where the article's address stands: in the text, in the link's card alone, nowhere."""


class AccountOptions(Table):
    """What every `[accounts.<id>]` table may say; a platform's own `Options` adds to it.

    Secrets are `SecretStr = SecretStr("")`; `optional_secrets` names those an account works without.
    """

    optional_secrets: ClassVar[frozenset[str]] = frozenset()

    platform: str
    handle: str = ""
    schedule: str = ""
    template: str = ""
    link: LinkPlace | None = None
    image: ImagePolicy = ImagePolicy()
    card: CardPolicy = CardPolicy()
    utm: Annotated[dict[str, str], Field(default_factory=dict)]
    on_update: Literal["edit", "alert", "ignore"] = "ignore"
    edit_window: Duration = timedelta(hours=24)
    on_withdrawal: Literal["delete", "alert", "ignore"] = "alert"
    on_unconfirmed: Literal["wait", "go_on"] = "wait"
    was: tuple[str, ...] = ()
    budget: BudgetTable | None = None


class Vault(Protocol):
    """Where one account keeps what it must remember across restarts (sessions, refreshed tokens).

    Encrypted at rest with BOT_TOKEN_KEY; without that key it is kept in memory only.
    """

    def load(self, name: str) -> str | None: ...

    def save(self, name: str, secret: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Wiring:
    """What bootstrap hands an adapter beside its options. `plays` is for `file`: the limits it counts by.

    `allow_private`: an article's images may lie at addresses that are not public (the demo, tests).
    """

    account: str
    vault: Vault
    user_agent: str
    plays: Limits | None = None
    played: str = ""
    allow_private: bool = False


class Platform(Protocol):
    """Built as `Connector(options, wiring)` by bootstrap; each module of bot.platforms has one `Connector`.

    Construction does no network. SDKs are imported in `__init__`, never at module level.
    Every method raises PlatformErrors only; whatever else leaves `publish` is taken as Ambiguous.
    """

    Options: ClassVar[type[AccountOptions]]
    default_limits: ClassVar[Limits]
    replay: tuple[Replay, ...]

    @property
    def limits(self) -> Limits:
        """The limits of this very account; may ask the server once and remember. Raises PlatformError."""
        ...

    def check(self) -> Identity:
        """Who we are to the platform; posts nothing."""
        ...

    def prepare(self, post: Post, ref: Ref | None) -> Prepared | Pending:
        """Upload, log in, refresh: repeatable, nothing public. `ref` is what Pending gave back."""
        ...

    def publish(self, prepared: Prepared, part: int, key: str, reply_to: Ref | None) -> Accepted:
        """The one public side effect: send part `part` (from 0) under `key`, below `reply_to`."""
        ...


@runtime_checkable
class FindablePlatform(Protocol):
    """The account's own posts can be read back."""

    def find(self, since: datetime) -> Sequence[OwnPost]:
        """Own posts created at or after `since`, newest first, complete for that span or raise."""
        ...


@runtime_checkable
class AddressedPlatform(Protocol):
    """The record's address is ours, derived from the prepared payload and the key."""

    def read(self, prepared: Prepared, part: int, key: str) -> Accepted | None:
        """The record at our address, or None if the server says there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: go somewhere, and say what was shown there. A `secret` is not echoed."""

    text: str
    secret: bool = False


@runtime_checkable
class AuthorizablePlatform(Protocol):
    """A token can be had by asking a person, at the terminal."""

    def authorize(self) -> Generator[Question, str, Mapping[str, str]]:
        """Asks what it needs; returns each secret by its key.

        Raises:
            PlatformError: the platform refused.
        """
        ...


@runtime_checkable
class PricedPlatform(Protocol):
    """It charges for what is published; `[prices.<kind>]` of the configuration may say otherwise."""

    default_prices: ClassVar[Prices]


@runtime_checkable
class MeteredPlatform(Protocol):
    """Its answers say how much more it allows."""

    def meter(self) -> Sequence[Allowance]:
        """What the last answer to a call that publishes said; empty if it said nothing."""
        ...


@runtime_checkable
class EditablePlatform(Protocol):
    """A post that stands there can be given another text. The same edit sent again changes nothing."""

    def revise(self, post: Post, before: Prepared) -> Prepared:
        """What an edit sends: the words of `post` (as many parts as `before`), the media of `before`.

        No network: what stands there keeps its media.
        """
        ...

    def edit(self, prepared: Prepared, part: int, key: str, ref: Ref) -> Accepted:
        """Make the post `ref` say what part `part` of `prepared` says.

        Raises:
            Rejected: there is no such post any more: it is not made again.
        """
        ...


@runtime_checkable
class RecognisingPlatform(Protocol):
    """It can say which post a person means by the address where people see it."""

    def recognise(self, url: str, key: str) -> Ref | None:
        """The ref of the post sent under `key` and seen at `url`; None if that tells no post. No network."""
        ...


@runtime_checkable
class DeletablePlatform(Protocol):
    """A post of ours can be taken back. One that is not there any more counts as taken back."""

    def delete(self, ref: Ref, key: str) -> None: ...
