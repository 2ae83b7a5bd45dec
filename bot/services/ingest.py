"""Takes in what a poll brought: which entries are news, what page they need, what is stored of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from bot.domain.article import Entry
from bot.domain.flood import WITHIN, may_flood
from bot.domain.identity import content_hash, fingerprints
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.records import SourceRow
from bot.ports.source import Harvest
from bot.ports.store import Store, Tx
from bot.services.flood import guard
from bot.services.older import Seen
from bot.services.pages import imprint
from bot.services.shown import Shown, read_off
from bot.services.sorting import Sorting, Taken

__all__ = ["learn", "take_in"]

log = structlog.get_logger(__name__)


def take_in(
    store: Store,
    newsroom: Newsroom,
    feed: Feed,
    row: SourceRow,
    harvest: Harvest,
    enriched: Mapping[str, Entry | None],
    now: datetime,
    record: Callable[[Tx, Taken], None] | None = None,
) -> Taken:
    """Store what a poll brought, all of it or nothing; `record` writes beside it how the poll ended."""
    taken = Taken(first=row.seeded_at is None)
    fresh = _fresh(store, newsroom, feed, harvest, enriched, now) if harvest.entries else []
    with store.write() as tx:
        tx.articles.hold()
        if taken.first:
            tx.sources.seed_pairs([(feed.id, account) for account in newsroom.accounts_of(feed.id)], now)
        if fresh:
            seen = None if feed.folder else Seen.of(harvest, now)
            desk = Sorting(
                tx,
                newsroom,
                feed,
                row,
                now,
                taken,
                doubts=harvest.doubts,
                listed=harvest.listed,
                instead=harvest.instead,
                seen=seen,
            )
            desk.sort(fresh)
        if taken.news and may_flood(taken.news, tx.articles.count_since(feed.id, now - WITHIN)):
            guard(tx, newsroom, feed, now)
        if record is not None:
            record(tx, taken)
    for event, fields in taken.events:
        log.info(event, **fields)
    return taken


def _fresh(
    store: Store,
    newsroom: Newsroom,
    feed: Feed,
    harvest: Harvest,
    enriched: Mapping[str, Entry | None],
    now: datetime,
) -> list[Shown]:
    """What no sighting knows as it is. One met elsewhere since then is found again by its fingerprints."""
    with store.read() as tx:
        known = tx.articles.sightings(feed.id, [entry.guid for entry in harvest.entries])
    hashes = [(entry, content_hash(entry)) for entry in harvest.entries]
    fresh = [
        (entry, content)
        for entry, content in hashes
        if entry.guid not in known or known[entry.guid].content_hash != imprint(entry, content)
    ]
    return read_off(feed, fresh, enriched, newsroom, now)


def learn(
    store: Store,
    newsroom: Newsroom,
    feed: Feed,
    entries: Sequence[Entry],
    now: datetime,
    wanted: Callable[[Entry], bool],
    most: int,
) -> tuple[int, int]:
    """Store entries of a source's past as what was there before we started: nothing of them is shared.

    Returns:
        How many were learnt, `most` at most; how many are unknown and were not `wanted`.
    """
    taken, left = Taken(first=True), 0
    with store.write() as tx:
        tx.articles.hold()
        known = tx.articles.sightings(feed.id, [entry.guid for entry in entries])
        desk = Sorting(tx, newsroom, feed, SourceRow(feed.id), now, taken)
        for entry in entries:
            if entry.guid in known or taken.learnt >= most:
                continue
            if wanted(entry):
                desk.sort(read_off(feed, [(entry, content_hash(entry))], {}, newsroom, now))
            else:
                left += not tx.articles.hits(fingerprints(feed.id, entry))
    return taken.learnt, left
