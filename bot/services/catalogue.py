"""Learns what a source published before, for evergreen rules: nothing of it is ever shared as news."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from bot.domain.age import is_baseline
from bot.domain.article import Entry
from bot.domain.errors import UserError
from bot.ports.newsroom import Feed, Newsroom
from bot.ports.receiver import Receiver
from bot.ports.source import Cursor, Harvest, HistoricalSource, Source, Steps
from bot.ports.store import Store
from bot.services.ingest import learn

__all__ = ["Catalogued", "catalogue"]

log = structlog.get_logger(__name__)

MOST_PAGES = 5_000


@dataclass(slots=True)
class Catalogued:
    """How far it came. `left` are unseen articles that are news: the worker shares them, or says why not."""

    pages: int = 0
    read: int = 0
    learnt: int = 0
    left: int = 0
    oldest: datetime | None = None
    complete: bool = False


def catalogue(
    store: Store,
    newsroom: Newsroom,
    feed: Feed,
    now: datetime,
    *,
    since: datetime,
    limit: int | None = None,
    tell: Callable[[Catalogued], None] = lambda _: None,
) -> Generator[Any, Any, Catalogued]:
    """Read the source's pages from the newest back to a date; each page is stored before the next is asked.

    Args:
        store: the database.
        newsroom: the configuration.
        feed: the source.
        now: when.
        since: what was published before is left out.
        limit: at most so many articles are learnt.
        tell: hears of each page.

    Raises:
        UserError: sources of this kind cannot tell their past.
        SourceError: a page could not be read; those before it stay learnt.
    """
    history = _history(feed)
    with store.write() as tx:
        tx.sources.ensure({feed.id: feed.options.was})
        seeded_at = tx.sources.rows()[feed.id].seeded_at
    done = Catalogued()
    cursor: Cursor = {}
    while done.pages < MOST_PAGES:
        page: Harvest = yield from history(cursor)
        first, cursor = done.pages == 0, page.cursor
        done.pages += 1
        done.read += len(page.entries)
        old = [entry for entry in page.entries if entry.published_at is None or entry.published_at >= since]
        most = len(old) if limit is None else limit - done.learnt
        wanted = partial(_is_past, seeded_at=seeded_at, first=first)
        learnt, unknown = learn(store, newsroom, feed, old, now, wanted, most)
        done.learnt += learnt
        done.left += unknown
        dates = [entry.published_at for entry in page.entries if entry.published_at]
        done.oldest = min([*dates, *([done.oldest] if done.oldest else [])], default=None)
        done.complete = not cursor or bool(dates and max(dates) < since)
        tell(done)
        if done.complete or (limit is not None and done.learnt >= limit):
            break
    log.info("source.catalogued", source=feed.id, learnt=done.learnt, pages=done.pages)
    return done


def _history(feed: Feed) -> Callable[[Cursor], Steps]:
    """How the source tells its past; one that has no pages shows all that it can at once.

    Raises:
        UserError: it is only ever told to us.
    """
    source = feed.connector
    if isinstance(source, HistoricalSource):
        return source.history
    if isinstance(source, Receiver):
        raise UserError(f"[sources.{feed.id}]: a source of kind {feed.options.kind!r} cannot tell its past")
    return partial(_at_once, source)


def _at_once(source: Source, _cursor: Cursor) -> Steps:
    page: Harvest = yield from source.poll({})
    return replace(page, cursor={})


def _is_past(entry: Entry, *, seeded_at: datetime | None, first: bool) -> bool:
    """Whether it was there when the source was first read; what came since is the worker's to meet."""
    if entry.published_at is None:
        return seeded_at is None or not first
    return is_baseline(None, entry.published_at, seeded_at, in_first_poll=False)
