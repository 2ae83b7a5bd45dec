"""Finds what other sources of a site were the first to show, as one shows something that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.domain.article import Article
from bot.domain.identity import host_of
from bot.ports.newsroom import Newsroom
from bot.ports.store import Tx
from bot.services.lately import LATELY
from bot.services.learnt import shown_since

__all__ = ["has_beside", "met_beside"]

MOST = 50
"""The newest, at most, that are looked at for one poll."""
WAYS = 20
"""Sources of one host: where there are more, it is no site, but a house of many."""


def has_beside(newsroom: Newsroom, source: str, urls: Iterable[str]) -> list[str]:
    """The other sources of the sites of these addresses."""
    there = [newsroom.sites.get(host, ()) for host in {*map(host_of, urls)}]
    return sorted({each for few in there if len(few) <= WAYS for each in few} - {source})


def met_beside(
    tx: Tx, newsroom: Newsroom, source: str, urls: Iterable[str], now: datetime
) -> dict[int, Article]:
    """What these were the first to show within a day.

    This source may have been late, and know of an article only under its new address; or have shown it, too,
    and now shows it there, under another guid.
    """
    asked = list(urls)
    hosts = {*map(host_of, asked)}
    recent = [
        each
        for name in has_beside(newsroom, source, asked)
        for each in shown_since(tx, name, now, LATELY)
        if host_of(each.url) in hosts and each.withdrawn_at is None
    ]
    newest = sorted(recent, key=lambda each: (each.first_seen_at, each.id))[-MOST:]
    return {each.id: each for each in newest}
