"""Tells the next article under an address from an edit of the one before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from bot.domain.article import Entry
from bot.domain.identity import Fingerprint, normal_title, normalise_url
from bot.ports.store import Tx

__all__ = ["is_next"]

APART = timedelta(hours=12)
"""Between two articles that share an address, at least."""


def is_next(tx: Tx, source: str, entry: Entry, hits: Collection[Fingerprint], article: int) -> bool:
    """Whether a source shows one article after the other under one address: a podcast, a daily page.

    Each has a guid of its own, another title, and a date half a day or more from the other's. What is
    written on hour by hour is one, whatever guids its parts have. `hits`: its marks that are known.
    """
    kinds = {mark.kind for mark in hits}
    address = normalise_url(entry.url)
    if kinds != {"url"} or not entry.published_at or normalise_url(entry.guid) == address:
        return False
    old = tx.articles.get(article)
    if old is None or not old.published_at or abs(entry.published_at - old.published_at) < APART:
        return False
    if normal_title(entry.title) == normal_title(old.title):
        return False
    shown = tx.articles.sources_of(article).get(source)
    return shown is not None and normalise_url(shown.guid) != address
