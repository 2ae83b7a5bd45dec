"""Which of the articles that keep their worth is shared once more: rested longest, told least."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.article import Article
from bot.domain.cadence import EPOCH
from bot.domain.rhythm import When
from bot.domain.routing import Match, matches

__all__ = ["Candidate", "Evergreen", "Past", "pick", "resting", "unsuited"]


@dataclass(frozen=True, slots=True)
class Evergreen:
    """A rule: at each of its times one article for each account.

    An article is taken from `min_age` to `expires` (0: for ever) after its publication, not within
    `cooldown` of any share of it on the account, and at most `max_shares` times there (0: no cap). From
    `until` on the rule rests.
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
    age = now - article.age_from()
    if article.withdrawn_at:
        return "it was withdrawn"
    if article.skip:
        return f"it is not to be shared: {article.skip}"
    if age < rule.min_age:
        return f"it is younger than min_age, until {_day(article.age_from() + rule.min_age)}"
    if rule.expires and age >= rule.expires:
        return f"it is older than expires, since {_day(article.age_from() + rule.expires)}"
    if not matches(rule.match, article):
        return "it does not match"
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
    free = [each for each in candidates if not resting(rule, each.past, now)]
    return min(free, key=_order, default=None)


def _order(candidate: Candidate) -> tuple[int, datetime, datetime, int]:
    past = candidate.past
    return past.shares, past.last_at or EPOCH, candidate.published_at, candidate.id


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
