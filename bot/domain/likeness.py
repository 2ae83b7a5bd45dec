"""How much two articles say in the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from bot.domain.article import Article
from bot.domain.identity import normal_title

__all__ = ["LONG", "likeness", "told_alike", "without_worn"]

LONG = 200
"""Letters from which on two texts are not the same by chance."""
SHORT = 40
"""Letters from which on a summary says something of its own."""
WORN = 3
"""Articles of one text from which on it tells nothing of any: what a site says of all of them."""
ROW = 3
"""Words in a row, as they stand in few texts but the one."""


def likeness(one: Article, other: Article) -> float | None:
    """How much of two bodies is the same, from 0 to 1; None where one is not known, or too short to tell."""
    if min(len(one.content), len(other.content)) < LONG:
        return None
    if one.content == other.content:
        return 1.0
    if 3 * min(len(one.content), len(other.content)) < max(len(one.content), len(other.content)):
        return 0.0  # less than half of both can be the same
    first, second = _rows(one.content), _rows(other.content)
    both = len(first) + len(second)
    return 2 * len(first & second) / both if both else None


def told_alike(one: Article, other: Article) -> bool:
    """Whether two have the same summary."""
    said = normal_title(one.summary)
    return len(said) >= SHORT and said == normal_title(other.summary)


def without_worn(articles: Sequence[Article], others: Iterable[Article]) -> list[Article]:
    """The articles without the texts that they share with others: a wall before the body, a site's motto."""
    every = {(each.id, each.url): each for each in (*articles, *others)}.values()
    times = Counter(text for each in every for text in {each.content, each.summary} if text)
    return [
        replace(
            each,
            content="" if times[each.content] >= WORN else each.content,
            summary="" if times[each.summary] >= WORN else each.summary,
        )
        for each in articles
    ]


@lru_cache(maxsize=128)
def _rows(text: str) -> frozenset[int]:
    """Its rows of words, by their hash: one text is compared with many others at a time."""
    words = normal_title(text).split()
    return frozenset(map(hash, zip(*(words[start:] for start in range(ROW)), strict=False)))
