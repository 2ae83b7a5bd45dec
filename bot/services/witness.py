"""Asks whether pages are there: of one article, and of others of its source, where that one is not."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from bot.domain.article import Article
from bot.domain.errors import SourceError
from bot.domain.following import NOT_THERE, OK
from bot.domain.identity import host_of
from bot.ports.source import Request, Response
from bot.ports.store import Tx
from bot.services.pages import stand_in

__all__ = ["status_of", "tally", "witnesses"]

FIRST_BYTES = 16_384
"""Only the status counts, and whether it is a page that stands in: no more of it is read."""
WITNESSES = 3
"""Pages at most that are asked before one counts as withdrawn."""
SEVERAL = 20


def status_of(article: Article) -> Generator[Request, Response, int | None]:
    """What a page answers; None for no answer at all, and for another page in its place, such as a log-in."""
    try:
        answer = yield Request(article.url, max_bytes=FIRST_BYTES, truncate=True, robots=True)
    except SourceError as error:
        return error.status
    elsewhere = answer.status == OK and stand_in(article.url, answer, article.title)
    return None if elsewhere else answer.status


def witnesses(tx: Tx, article: Article) -> list[Article]:
    """Pages of the same source that should be there: of shared articles, else of others, the newest first.

    None where a withdrawal of the source waits for a person already: then this one waits with it.
    """
    if tx.following.held(article.source):
        return []
    shared = tx.articles.many(tx.following.standing(article.source, SEVERAL)).values()
    known = [*sorted(shared, key=lambda each: -each.id), *tx.articles.latest(SEVERAL, article.source)]
    host = host_of(article.url)
    fit = {
        each.url: each
        for each in known
        if each.id != article.id
        and each.withdrawn_at is None
        and each.title
        and not each.skip
        and host_of(each.url) == host
    }
    return [*fit.values()][:WITNESSES]


def tally(others: Sequence[Article]) -> Generator[Request, Response, tuple[int, int]]:
    """How many of these pages are there, and how many are not found: one may have been deleted, too."""
    there = gone = 0
    for other in others:
        status = yield from status_of(other)
        there += status == OK
        gone += status in NOT_THERE
        if max(there, gone) > WITNESSES // 2:
            break
    return there, gone
