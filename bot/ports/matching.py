"""Conditions on an article as people write them: a route's `match`, a source's `exclude`."""

from __future__ import annotations

from pydantic import Field

from bot.domain.routing import Match
from bot.ports.platform import Table

__all__ = ["MatchTable"]


class MatchTable(Table):
    """Given keys are ANDed; `any`, `all`, `none` are lists of such tables; an empty table matches all."""

    categories_any: tuple[str, ...] = Field(default=(), description="In at least one of these categories.")
    categories_all: tuple[str, ...] = Field(default=(), description="In every one of these categories.")
    tags_any: tuple[str, ...] = Field(default=(), description="With at least one of these tags.")
    tags_all: tuple[str, ...] = Field(default=(), description="With every one of these tags.")
    authors_any: tuple[str, ...] = Field(default=(), description="By at least one of these authors.")
    title_matches: str = Field(default="", description="A regular expression found in the title.")
    text_matches: str = Field(default="", description="A regular expression found in the text.")
    url_matches: str = Field(default="", description="A regular expression found in the address.")
    languages: tuple[str, ...] = Field(default=(), description='In one of these languages, such as "fr".')
    any: tuple[MatchTable, ...] = Field(default=(), description="At least one of these holds.")
    all: tuple[MatchTable, ...] = Field(default=(), description="Every one of these holds.")
    none: tuple[MatchTable, ...] = Field(default=(), description="Not one of these holds.")

    def to_match(self) -> Match:
        """The condition as the routing reads it."""
        plain = {name: getattr(self, name) for name in type(self).model_fields}
        nested = {name: tuple(each.to_match() for each in plain[name]) for name in ("any", "all", "none")}
        return Match(**plain | nested)

    def patterns(self) -> list[tuple[str, str]]:
        """Every regular expression with its key, at any depth: ("any.0.title_matches", "(?i)^urgent")."""
        own = [(name, getattr(self, name)) for name in type(self).model_fields if name.endswith("_matches")]
        deeper = [
            (f"{name}.{index}.{key}", pattern)
            for name in ("any", "all", "none")
            for index, each in enumerate(getattr(self, name))
            for key, pattern in each.patterns()
        ]
        return [(key, pattern) for key, pattern in own + deeper if pattern]
