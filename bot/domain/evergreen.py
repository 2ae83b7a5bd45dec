"""Which of the articles that keep their worth is shared once more: rested longest, told least."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nsmallest

from bot.domain.article import Article
from bot.domain.cadence import EPOCH
from bot.domain.rhythm import When
from bot.domain.routing import Match, matches

__all__ = ["Candidate", "Evergreen", "Past", "aged", "never", "pick", "ranked", "resting", "unsuited"]


@dataclass(frozen=True, slots=True)
class Evergreen:
    """A rule: at each of its times one article for each account.

    An article is taken from `min_age` to `expires` (0: for ever) after its publication, not within
    `cooldown` of any share of it on the account, and at most `max_shares` times there (0: no cap). From
    `until` on the rule rests. `was` are its former names.
    """

    name: str
    sources: tuple[str, ...]
    accounts: tuple[str, ...]
    when: When
    template: str = "evergreen"
    match: Match = Match()
    min_age: timedelta = timedelta(days=90)
    cooldown: timedelta = timedelta(days=180)
    max_shares: int = 0
    expires: timedelta = timedelta(0)
    until: datetime | None = None
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What an account has had of an article. `shares` counts evergreen ones, `last_at` is of any kind.

    `live`: a share of it there has not ended yet.
    """

    shares: int = 0
    last_at: datetime | None = None
    live: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that suits a rule, and its past on one account."""

    id: int
    published_at: datetime
    past: Past = Past()


def unsuited(rule: Evergreen, article: Article, now: datetime) -> str:
    """Why a rule never takes an article on any account now; "" where it may."""
    return aged(rule, article.age_from(), now) or never(rule, article)


def never(rule: Evergreen, article: Article) -> str:
    """Why a rule does not take an article at any age, as it is now; "" where it may."""
    if article.withdrawn_at:
        return "it was withdrawn"
    if article.skip:
        return f"it is not to be shared: {article.skip}"
    return "" if matches(rule.match, article) else "it does not match"


def aged(rule: Evergreen, published_at: datetime, now: datetime) -> str:
    """Why an article is too young or too old for a rule now; "" where it is neither."""
    age = now - published_at
    if age < rule.min_age:
        return f"it is younger than min_age, until {_day(published_at + rule.min_age)}"
    if rule.expires and age >= rule.expires:
        return f"it is older than expires, since {_day(published_at + rule.expires)}"
    return ""


def resting(rule: Evergreen, past: Past, now: datetime) -> str:
    """Why a rule does not take an article that suits it on one account now; "" where it may."""
    if past.live:
        return "a share of it is under way"
    if rule.max_shares and past.shares >= rule.max_shares:
        return f"it had its max_shares of {rule.max_shares}"
    if past.last_at and now < past.last_at + rule.cooldown:
        return f"it rests until {_day(past.last_at + rule.cooldown)} (cooldown)"
    return ""


def pick(rule: Evergreen, candidates: Iterable[Candidate], now: datetime) -> Candidate | None:
    """The candidate shared least often; of those the one shared longest ago, then the oldest."""
    return next(iter(ranked(rule, candidates, now, 1)), None)


def ranked(rule: Evergreen, candidates: Iterable[Candidate], now: datetime, most: int) -> list[Candidate]:
    """The first few that `pick` would take, one after the other."""
    return nsmallest(most, (each for each in candidates if not resting(rule, each.past, now)), key=_order)


def _order(candidate: Candidate) -> tuple[int, datetime, datetime, int]:
    past = candidate.past
    return past.shares, past.last_at or EPOCH, candidate.published_at, candidate.id


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
