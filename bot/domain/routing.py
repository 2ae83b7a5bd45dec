"""Which accounts an article goes to, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["Match", "Route"]


@dataclass(frozen=True, slots=True)
class Match:
    """Conditions on an article. Given keys are ANDed; `any`, `all`, `none` nest; empty matches all.

    Words compare without case and accents folded (NFKC casefold); patterns are regular expressions,
    searched. `languages` compares the primary subtag ("fr" matches "fr-CA").
    """

    categories_any: tuple[str, ...] = ()
    categories_all: tuple[str, ...] = ()
    tags_any: tuple[str, ...] = ()
    tags_all: tuple[str, ...] = ()
    authors_any: tuple[str, ...] = ()
    title_matches: str = ""
    text_matches: str = ""
    url_matches: str = ""
    languages: tuple[str, ...] = ()
    any: tuple[Match, ...] = ()
    all: tuple[Match, ...] = ()
    none: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Which articles go to which accounts, how told and when. Durations are not negative."""

    name: str
    sources: tuple[str, ...]
    accounts: tuple[str, ...]
    match: Match = Match()
    timing: str = "now"
    schedule: str = ""
    template: str = "default"
    urgent: bool = False
    stop: bool = False
    approve: bool = False
    delay: timedelta = timedelta(0)
    max_age: timedelta = timedelta(hours=48)
    priority: int = 0
