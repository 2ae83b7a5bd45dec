"""The keys of a folder as a source, and the permalinks of the generators it knows."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from bot.domain.cadence import parse_zone
from bot.extract.orders import OverrideKeys
from bot.ports.source import SourceOptions
from bot.sources.directory.permalink import unknown_tokens

__all__ = ["DirectoryOptions"]

Style = Literal["hugo", "jekyll", "pelican", "eleventy"]


def _zone(name: str) -> str:
    parse_zone(name)
    return name


def _pattern(pattern: str) -> str:
    if unknown := unknown_tokens(pattern):
        raise ValueError(f"{unknown} is no part of an address: see docs/sources/directory.md")
    return pattern


class DirectoryOptions(SourceOptions):
    """A `[sources.<id>]` table of `kind = "directory"`."""

    told_by_desk: ClassVar[bool] = True

    kind: Literal["directory"]
    path: Annotated[str, Field(min_length=1, examples=["content"])]
    url: Annotated[str, Field(pattern=r"^https?://\S+$", examples=["https://example.org/"])]
    style: Style = "hugo"
    files: str = "*.md"
    permalink: Annotated[str, AfterValidator(_pattern)] = ""
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    overrides: OverrideKeys = OverrideKeys()
