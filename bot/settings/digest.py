"""`[[digests]]`: editions of several articles, at times of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, field_validator

from bot.ports.durations import Duration, format_duration, parse_duration
from bot.ports.matching import MatchTable
from bot.settings.fields import ClockText, Described, Id
from bot.settings.week import ordinals_of, week_of

__all__ = ["LAST", "DigestArticles", "DigestTable"]

LAST = "last edition"


def _since(value: Any) -> timedelta | None:
    """A duration, or None for "last edition".

    Raises:
        ValueError: it is neither.
    """
    if value is None or value == LAST:
        return None
    try:
        return parse_duration(value)
    except ValueError:
        raise ValueError(f'write "{LAST}" or a duration such as "24h"') from None


Since = Annotated[
    timedelta | None,
    BeforeValidator(_since),
    PlainSerializer(lambda value: format_duration(value) if value else LAST, return_type=str),
    WithJsonSchema({"type": "string", "examples": [LAST, "24h"]}),
]


class DigestArticles(Described):
    """`articles` of a digest."""

    min: int = Field(default=3, ge=1)
    """With fewer there is no edition."""
    max: int = Field(default=5, ge=1, le=25)
    """The most of an edition."""
    order: tuple[Literal["priority", "newest", "oldest"], ...] = ("priority", "newest")
    """What decides who stands first: the route's `priority`, the time of publication."""


class DigestTable(Described):
    """`[[digests]]`: an edition of several articles at each of its times."""

    name: Id
    """What commands and reports call it; no other rule has the same."""
    accounts: Annotated[tuple[Id, ...], Field(min_length=1)]
    """The accounts it goes out on."""
    at: dict[str, tuple[ClockText, ...]]
    """When, by day or range of days, as a schedule's `slots`."""
    timezone: str = ""
    """IANA zone of its times; without it the file's."""
    sources: tuple[Id, ...] = ()
    """The sources whose news it tells; without any, all."""
    match: MatchTable = MatchTable()
    """Conditions on the articles; without any, every article."""
    since: Since = None
    """What counts as new: since its `last edition` that went out, or for so long before its time."""
    articles: DigestArticles = DigestArticles()
    """How many, and in what order."""
    template: str = "digest"
    """The template set to tell it with."""
    title: str = ""
    """What templates call the edition; without it the digest's name."""
    link: str = ""
    """A page of yours that templates may name, such as the home page."""
    max_age: Duration = timedelta(hours=6)
    """Not sent any more this long after its time."""
    was: tuple[str, ...] = ()
    """Its former names, so that a rename keeps its memory."""

    @field_validator("at")
    @classmethod
    def _times_are_readable(cls, at: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        week_of(at)
        ordinals_of(at)
        return at

    @field_validator("link")
    @classmethod
    def _link_is_an_address(cls, link: str) -> str:
        if link and (urlsplit(link).scheme not in ("http", "https") or not urlsplit(link).netloc):
            raise ValueError(f'"{link}" is no address: write it with https://')
        return link
