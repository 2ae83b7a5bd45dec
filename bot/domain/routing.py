"""Which accounts an article goes to, and by which rule."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import regex

from bot.domain.article import Article
from bot.domain.delivery import Reason

__all__ = ["CardRule", "Match", "Repeat", "Route", "Verdict", "decide", "fold", "matches"]

PATTERN_SECONDS = 0.2
"""A pattern that backtracks for longer than this on one article does not match it."""

ACCENTS = regex.compile("[\u0300-\u036f]")


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
class Repeat:
    """One more share of an article, `after` the first went out; `template` "" tells it with the route's."""

    after: timedelta
    template: str = ""


@dataclass(frozen=True, slots=True)
class CardRule:
    """How the link's page is looked at before a share: "off", "report", "wait" or "hold"; how long."""

    check: str
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Route:
    """Which articles go to which accounts, how told and when. Durations are not negative.

    `repeat` is in the order of time.
    """

    name: str
    sources: tuple[str, ...]
    accounts: tuple[str, ...]
    match: Match = Match()
    timing: str = "now"
    schedule: str = ""
    template: str = "default"
    link: str = ""
    urgent: bool = False
    stop: bool = False
    approve: bool = False
    delay: timedelta = timedelta(0)
    max_age: timedelta = timedelta(hours=48)
    priority: int = 0
    repeat: tuple[Repeat, ...] = ()
    was: tuple[str, ...] = ()
    card: CardRule | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the routes say of an article on one account.

    `rule` is the route's name, or what stood in the way.
    """

    account: str
    share: bool
    rule: str
    reason: Reason
    route: Route | None


def decide(article: Article, routes: Sequence[Route], sources: Collection[str]) -> tuple[Verdict, ...]:
    """Read the routes from top to bottom; for each account that they name the first match wins.

    Args:
        article: as it stands now.
        routes: in the file's order.
        sources: those that showed the article as news.
    """
    said: dict[str, Verdict] = {}
    passed: dict[str, str] = {}
    stopped_by, shown = "", frozenset(sources)
    for route in routes:
        if shown.isdisjoint(route.sources):
            continue
        if not stopped_by and matches(route.match, article):
            for account in route.accounts:
                said.setdefault(account, Verdict(account, True, route.name, Reason.NONE, route))
            stopped_by = route.name if route.stop else ""
        else:
            rule = f"stopped by route {stopped_by}" if stopped_by else "no route matched"
            if not stopped_by and not article.lang and route.match.languages:
                rule = f"route {route.name} asks for a language, and this article's is unsure"
            passed |= dict.fromkeys(route.accounts, rule)
    filtered = (
        Verdict(account, False, rule, Reason.FILTERED, None)
        for account, rule in passed.items()
        if account not in said
    )
    return (*said.values(), *filtered)


def matches(match: Match, article: Article) -> bool:
    """Whether every given condition holds."""
    categories, tags = _folded(article.categories), _folded(article.tags)
    text = f"{article.summary}\n{article.content}"
    return (
        _any_of(match.categories_any, categories)
        and _folded(match.categories_all) <= categories
        and _any_of(match.tags_any, tags)
        and _folded(match.tags_all) <= tags
        and _any_of(match.authors_any, _folded(article.authors))
        and _found(match.title_matches, article.title)
        and _found(match.text_matches, text)
        and _found(match.url_matches, article.url)
        and _any_of(_primary(match.languages), _folded(_primary((article.lang,))))
        and (not match.any or any(matches(each, article) for each in match.any))
        and all(matches(each, article) for each in match.all)
        and not any(matches(each, article) for each in match.none)
    )


@lru_cache(maxsize=4096)
def fold(word: str) -> str:
    """A word for comparison: case, accents and compatibility forms folded, white space collapsed.

    Only accents of the Latin, Greek and Cyrillic scripts go: elsewhere marks tell words apart (か, が).
    """
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
    return " ".join(unicodedata.normalize("NFKC", ACCENTS.sub("", apart)).split())


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, words))


def _any_of(wanted: Sequence[str], have: frozenset[str]) -> bool:
    return not wanted or not have.isdisjoint(_folded(wanted))


def _primary(languages: Iterable[str]) -> tuple[str, ...]:
    return tuple(lang.replace("_", "-").split("-")[0] for lang in languages)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def _found(pattern: str, text: str) -> bool:
    if not pattern:
        return True
    try:
        return _compiled(pattern).search(text, timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        return False
