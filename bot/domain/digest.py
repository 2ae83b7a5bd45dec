"""Which articles stand in an edition: what is new since the last one, the most important first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.article import Article
from bot.domain.rhythm import When, last_time
from bot.domain.routing import Match, matches

__all__ = ["ORDERS", "Digest", "Member", "choose", "opens_at", "unfit"]

ORDERS = ("priority", "newest", "oldest")
LONGEST = timedelta(days=7)
"""An edition looks back no further, however long ago the last one went out."""
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Digest:
    """A rule: at each of its times an edition for each account, of `least` to `most` articles, or none.

    `since` None: since the last edition that went out there. `sources` () are all. `title` and `link` are the
    edition's own. It may go out until `max_age` after its time.
    """

    name: str
    accounts: tuple[str, ...]
    when: When
    sources: tuple[str, ...] = ()
    match: Match = Match()
    since: timedelta | None = None
    least: int = 1
    most: int = 5
    order: tuple[str, ...] = ("priority", "newest")
    template: str = "digest"
    title: str = ""
    link: str = ""
    max_age: timedelta = timedelta(hours=6)
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """An article that may stand in an edition; `priority` is its route's."""

    id: int
    priority: int
    published_at: datetime


def opens_at(
    digest: Digest, run_at: datetime, last: datetime | None, met_at: datetime | None = None
) -> datetime:
    """What was first seen later than this is new to an edition.

    Args:
        digest: the rule.
        run_at: the edition's nominal time.
        last: when the articles of the last edition that went out were chosen; None if none did.
        met_at: when the rule was first read: before the first edition, its last time before that counts.
    """
    if digest.since is not None:
        return run_at - digest.since
    start = min(met_at or run_at, run_at) - INSTANT
    before = last or last_time(digest.when, start) or run_at - LONGEST
    return max(before, run_at - LONGEST)


def unfit(digest: Digest, article: Article, sources: Collection[str], now: datetime) -> str:
    """Why an article never stands in a digest's editions; "" where it may."""
    if digest.sources and set(digest.sources).isdisjoint(sources):
        return "none of its sources is in it"
    if article.withdrawn_at:
        return "it was withdrawn"
    if article.skip:
        return f"it is not to be shared: {article.skip}"
    if article.not_before and article.not_before > now:
        return f"it is not to be shared before {article.not_before:%Y-%m-%d %H:%M} UTC"
    if not matches(digest.match, article):
        return "it does not match"
    return ""


def choose(digest: Digest, members: Sequence[Member]) -> tuple[int, ...]:
    """The articles of an edition in their order, as many as there are up to `most`."""
    ranked = sorted(members, key=lambda member: _rank(digest, member))
    return tuple(member.id for member in ranked[: digest.most])


def _rank(digest: Digest, member: Member) -> tuple[float, ...]:
    age = member.published_at.timestamp()
    keys = {"priority": -member.priority, "newest": -age, "oldest": age}
    return (*(keys[each] for each in digest.order), float(member.id))
