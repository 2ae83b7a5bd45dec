"""Polls a feed: asks only for what is new, reads it by the parse ladder, remembers where it moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field

from bot.domain.article import Entry
from bot.domain.errors import SourceError
from bot.extract.entry import entry_of, listed
from bot.extract.item import Channel
from bot.http.answer import (
    NOT_MODIFIED,
    check_status,
    conditions,
    fresh_for,
    inflate,
    made_for,
    validators,
)
from bot.ports.source import Cursor, Harvest, Request, Response, Skips, SourceOptions, Steps
from bot.sources.feed.answer import check_feed
from bot.sources.feed.history import history
from bot.sources.feed.hub import hub_of
from bot.sources.feed.ladder import ACCEPT, MAX_BYTES, MAX_ENTRIES, channel_of
from bot.sources.feed.mend import shortened
from bot.sources.feed.seen import marks_of, thinned, unseen

__all__ = ["Connector", "FeedOptions"]


class FeedOptions(SourceOptions):
    """A `[sources.<id>]` table of `kind = "feed"`."""

    kind: Literal["feed"]
    url: Annotated[str, Field(pattern=r"^https?://\S+$", examples=["https://example.org/feed/"])]
    websub: bool = True


class Connector:
    """A feed as a source."""

    Options: ClassVar[type[SourceOptions]] = FeedOptions

    def __init__(self, options: FeedOptions) -> None:
        self._url = options.url

    def poll(self, cursor: Cursor) -> Steps:
        """Ask for the feed, conditionally; see Source.

        Raises:
            SourceError: no answer, an error status (`gone`, `wait`), or what is no feed.
        """
        known: Cursor = cursor if cursor.get("for") == made_for(self._url) else {}
        moved = known.get("url", "")
        if moved and moved != self._url:
            try:
                return (yield from self._poll(moved, known))
            except SourceError as error:
                # A move that turned out to be a mistake must not cut us off: ask where we were sent first.
                if error.wait is not None or error.status is None:
                    raise
                known = {}
        return (yield from self._poll(self._url, known))

    def history(self, cursor: Cursor) -> Steps:
        """One page of what the feed listed before; see HistoricalSource."""
        return (yield from history(self._url, cursor))

    def _poll(self, url: str, known: Cursor) -> Steps:
        headers = {"Accept": ACCEPT} | conditions(known)
        answer: Response = yield Request(url, headers=headers, max_bytes=MAX_BYTES, truncate=True)
        if answer.status == NOT_MODIFIED:
            return self._unchanged(answer, known)
        name = _shown(url)
        check_status(answer, name)
        answer = replace(answer, body=_unpacked(answer, name))
        digest = sha256(answer.body).hexdigest()
        cursor = self._cursor(answer, known, digest)
        if digest == known.get("sha256"):
            return self._unchanged(answer, cursor)
        whole = len(answer.body) < MAX_BYTES
        body, cut = shortened(answer.body, MAX_ENTRIES, whole=whole)
        try:
            check_feed(answer, name)
            channel = yield from channel_of(replace(answer, body=body), name)
        except SourceError:
            if whole:
                raise
            raise SourceError(
                f"{name}: more than {MAX_BYTES:,} bytes, and no feed", status=answer.status
            ) from None
        marks = marks_of(channel)
        fresh = replace(channel, items=unseen(channel.items, marks, known.get("items", ())))
        entries, notes = _entries(fresh, answer.url)
        if cut:
            notes = (*notes, f"very long: only its first {len(channel.items):,} items are read")
        if cursor["url"] != known.get("url", ""):
            notes = (*notes, f"moved for good to {_shown(cursor['url'])}: change `url` to that")
        ttl, skips = channel.wait, channel.skips
        asks = {"ttl": round(ttl.total_seconds()) if ttl else 0, "skips": _kept(skips), "items": marks}
        return Harvest(
            entries,
            {**cursor, **asks},
            unchanged=not fresh.items and "items" in known,
            status=answer.status,
            wait=_longer(ttl, fresh_for(answer.headers)),
            skips=skips,
            notes=notes,
            listed=listed(channel, answer.url) if thinned(known.get("items", ()), marks) else {},
        )

    def receive(self, body: bytes, headers: Mapping[str, str]) -> Steps:
        """What the feed's hub pushes: the feed, or its newest entries (WebSub, 7); see Receiver.

        Raises:
            SourceError: it is no feed.
        """
        answer = Response(self._url, 200, headers, body)
        name = f"the push for {_shown(self._url)}"
        check_feed(answer, name)
        entries, notes = _entries((yield from channel_of(answer, name)), self._url)
        return Harvest(entries, {}, notes=notes)

    def _cursor(self, answer: Response, known: Cursor, digest: str) -> dict[str, Any]:
        return {
            "for": made_for(self._url),
            "url": answer.moved_to or known.get("url", ""),
            **validators(answer),
            **hub_of(answer),
            "sha256": digest,
            "ttl": known.get("ttl", 0),
            "skips": known.get("skips"),
            **({"items": known["items"]} if "items" in known else {}),
        }

    def _unchanged(self, answer: Response, cursor: Cursor) -> Harvest:
        ttl = timedelta(seconds=cursor.get("ttl", 0)) or None
        wait = _longer(ttl, fresh_for(answer.headers))
        kept = cursor.get("skips")
        skips = Skips(*map(frozenset, kept)) if kept else None
        return Harvest((), cursor, unchanged=True, status=answer.status, wait=wait, skips=skips)


def _kept(skips: Skips | None) -> list[list[int]] | None:
    return [sorted(skips.hours), sorted(skips.days)] if skips else None


def _entries(channel: Channel, url: str) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The channel's entries, and a remark on what had to be left out."""
    entries = tuple(entry for item in channel.items if (entry := entry_of(item, channel, url)))
    lost = len(channel.items) - len(entries)
    return entries, (f"{lost} without an address to share, or behind a password, left out",) if lost else ()


def _unpacked(answer: Response, name: str) -> bytes:
    """The body of a feed that is kept as a gzip file, and served without a word of it."""
    try:
        return inflate(answer.body, MAX_BYTES)
    except ValueError as error:
        raise SourceError(f"{name} answers {error}", status=answer.status) from None


def _longer(one: timedelta | None, other: timedelta | None) -> timedelta | None:
    return max((each for each in (one, other) if each), default=None)


def _shown(url: str) -> str:
    """The address without user, password and query, which may hold a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
