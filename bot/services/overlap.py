"""Puts right what a worker with fewer accounts or routes did beside this one: a deploy's old release."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.ports.newsroom import Newsroom
from bot.ports.store import Store
from bot.services.apply import given_back, held_for_want
from bot.services.decide import decide_for
from bot.services.place import place_all

__all__ = ["make_good"]

log = structlog.get_logger(__name__)


def make_good(store: Store, newsroom: Newsroom, since: datetime, now: datetime) -> int:
    """Shares that it held for want of an account go on; what it decided is decided for our others, too.

    Args:
        store: the database that both work on.
        newsroom: what is wired here.
        since: when that was wired; an article first seen before was not ours to decide.
        now: the time.

    Returns:
        How many shares go on, and how many articles were decided.
    """
    pairs = [(source, account) for source in newsroom.sources for account in newsroom.accounts_of(source)]
    with store.read() as tx:
        held, passed_over = held_for_want(tx, newsroom), tx.articles.passed_over(pairs, since)
    if not held and not passed_over:
        return 0
    with store.write() as tx:
        returned = given_back(tx, newsroom, now)
        for article, accounts in passed_over.items():
            decide_for(tx, newsroom, article, accounts, now)
        place_all(tx, newsroom, newsroom.accounts, now)
    log.warning("worker.overlap", returned=returned, decided=len(passed_over))
    return returned + len(passed_over)
