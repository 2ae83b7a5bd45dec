"""Tells by dates what guid and address leave open: the next article from an edit of the one before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta

from bot.domain.article import Article, Entry
from bot.domain.identity import Fingerprint, normal_title, normalise_url
from bot.ports.store import Tx

__all__ = ["of_one_second", "which_of_its_address"]

APART = timedelta(hours=12)
"""Between two articles that share an address, at least."""
RECENT = timedelta(days=7)
"""How far back we look for others at the address than the one that it is known by."""


def which_of_its_address(
    tx: Tx, source: str, entry: Entry, hits: Collection[Fingerprint], article: int, now: datetime
) -> int | None:
    """Which article an entry is that was taken for `article`; None: the next one under its address.

    A podcast and a daily page show one article after the other there, each with a guid of its own, another
    title, and a date half a day or more from the others'. What is written on hour by hour is one, whatever
    guids its parts have, also on its second day. `hits`: the entry's marks that are known.
    """
    address = normalise_url(entry.url)
    if {mark.kind for mark in hits} != {"url"} or normalise_url(entry.guid) == address:
        return article
    old = tx.articles.get(article)
    shown = tx.articles.sources_of(article).get(source)
    if old is None or shown is None or normalise_url(shown.guid) == address:
        return article
    beside = (each for each in tx.articles.recent(source, now - RECENT) if normalise_url(each.url) == address)
    same = [each for each in (*beside, old) if not _apart(entry, each)]
    return max(same, key=lambda each: each.changed_at).id if same else None


def _apart(entry: Entry, article: Article) -> bool:
    if not entry.published_at or not article.published_at:
        return False
    other = normal_title(entry.title) != normal_title(article.title)
    return other and abs(entry.published_at - article.published_at) >= APART


def of_one_second(tx: Tx, entry: Entry, hits: Mapping[Fingerprint, int]) -> int | None:
    """The article of an entry's guid that was published in the same second: it changed slug and headline.

    A guid that is used again comes with another date. One at midnight is a day, and proves nothing.
    """
    if entry.published_at is None or entry.published_at.time() == time(0):
        return None
    named = {id_ for mark, id_ in hits.items() if mark.kind == "guid"}
    return next(
        (id_ for id_, old in tx.articles.many(named).items() if old.published_at == entry.published_at), None
    )
