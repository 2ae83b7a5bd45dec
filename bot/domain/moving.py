"""Whether what came is what went: an article under another name, by what the two have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from urllib.parse import urlsplit

from bot.domain.article import Article
from bot.domain.identity import normal_title
from bot.domain.likeness import LONG, likeness, told_alike, without_worn

__all__ = ["in_common", "is_exact", "is_like", "maybe_guessed", "newest_first", "pairs"]

APART = timedelta(hours=12)
"""Between the days of a column, at least."""
HALF = 0.5
MOST = 0.8
"""Of the words: one that is published anew, under another date, is hardly changed."""
PAIRS = 2_000
"""Of one that went and one that came, at most, whose texts are compared: a site that moves has many."""


def in_common(
    went: Sequence[Article],
    came: Sequence[Article],
    beside: Sequence[Article],
    zone: tzinfo,
    gone: Collection[int],
) -> tuple[Mapping[int, int], dict[int, Collection[int]]]:
    """Which of what `came` is one with what `went` (see `pairs`), and which may be (see `is_like`).

    Args:
        went: the newest first.
        came: told by their places.
        beside: of the same source: what they all say tells nothing apart.
        zone: the desk's.
        gone: numbers of those that the source itself says are not public: where such a page leads is a guess.
    """
    both = without_worn([*went, *came], beside)
    before, now = both[: len(went)], both[len(went) :]

    def like(old: Article, new: Article) -> bool:
        return is_like(old, new, zone, guess=old.id in gone or maybe_guessed(old.url, new.url))

    compared = before[: PAIRS // max(1, len(now))]
    found: dict[int, Collection[int]] = {
        old.id: places
        for old in compared
        if (places := {place for place, new in enumerate(now) if like(old, new)})
    }
    return pairs(before, now, zone), found


def newest_first(articles: Iterable[Article]) -> list[Article]:
    """By their own date, else by when they were met."""
    return sorted(articles, key=lambda each: (each.published_at or each.first_seen_at, each.id), reverse=True)


def is_exact(at: datetime | None, zone: tzinfo) -> bool:
    """Whether a date is of the second: one at midnight, ours or the desk's, is a day."""
    return at is not None and all(at.astimezone(where).time() != time(0) for where in (UTC, zone))


def is_like(before: Article, now: Article, zone: tzinfo, *, guess: bool = False) -> bool:
    """Whether date, text or title agree, and none of them says that they are two.

    Enough where the old page itself leads to the new one, which by itself is not: sites lead from what they
    took away to whatever is new. A title says little where the texts are others; title and summary say
    nothing half a day later, for those a column has each day. `guess`: that it leads there is likely to be
    one, so that title or date must be the same.
    """
    same = before.published_at is not None and before.published_at == now.published_at
    if same and is_exact(before.published_at, zone):
        return True
    title = normal_title(before.title)
    titled = bool(title) and title == normal_title(now.title)
    if guess and not (same or titled):
        return False
    apart = _is_apart(before.published_at, now.published_at)
    alike = likeness(before, now)
    if alike is not None:
        return alike >= (MOST if apart else HALF) or (same and titled)
    return not apart and (titled or told_alike(before, now))


def _is_apart(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and abs(one - other) >= APART


def maybe_guessed(before: str, now: str) -> bool:
    """Whether a redirect may be a guess: WordPress leads from a slug that is gone to one that begins so."""
    old, new = (urlsplit(url).path.rstrip("/").rpartition("/")[2] for url in (before, now))
    return new.startswith(old)


def pairs(before: Sequence[Article], now: Sequence[Article], zone: tzinfo) -> dict[int, int]:
    """By the number of one that went, the place of the one that came, where the two are surely one.

    Of the same second and the same title; or of the same date and, to the letter, the same long text. One
    for one, and never across languages: a translation keeps the date, and often the title.
    """
    found: dict[int, int] = {}
    for key in (_by_title(zone), _by_text):
        went = [key(article) for article in before]
        came = [key(article) for article in now]
        once = {each for each, times in Counter(went).items() if times == 1 and each}
        once &= {each for each, times in Counter(came).items() if times == 1}
        places = {each: place for place, each in enumerate(came)}
        for article, each in zip(before, went, strict=True):
            if each in once and _speak_alike(article, now[places[each]]):
                found.setdefault(article.id, places[each])
    return found


def _by_title(zone: tzinfo) -> Callable[[Article], Hashable]:
    def key(article: Article) -> Hashable:
        title = normal_title(article.title)
        return (title, article.published_at) if title and is_exact(article.published_at, zone) else None

    return key


def _by_text(article: Article) -> Hashable:
    if article.published_at is None or len(article.content) < LONG:
        return None
    return (article.content, article.published_at)


def _speak_alike(one: Article, other: Article) -> bool:
    first, second = (article.lang.partition("-")[0] for article in (one, other))
    return not first or not second or first == second
