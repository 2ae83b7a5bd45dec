"""Polls a Ghost site by its Content API: its newest posts, those edited since, and those that are gone.

https://docs.ghost.org/content-api (read 2026-11-25). Its key stands in every address: none is ever shown.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlencode

from pydantic import Field, SecretStr

from bot.domain.errors import SourceError
from bot.extract.recent import Recent
from bot.http.answer import NOT_MODIFIED, check_status, conditions, fresh_for, is_page, made_for, validators
from bot.ports.source import Cursor, Harvest, Request, Response, SourceOptions, Steps
from bot.sources.ghost.post import before, entry_of_post, in_utc, listed, stored

__all__ = ["Connector", "GhostOptions"]

Posts = Generator[Any, Any, list[dict[str, Any]]]

MAX_BYTES = 5_000_000
MAX_ENTRIES = 1_000
MAX_PAGES = 10
ASKED = 5
"""Missing posts that are asked for in one poll."""
OK = 200
UNAUTHORIZED = 401
NOT_FOUND = 404


class GhostOptions(SourceOptions):
    """A `[sources.<id>]` table of `kind = "ghost"`."""

    told_by_desk: ClassVar[bool] = True

    kind: Literal["ghost"]
    url: Annotated[str, Field(pattern=r"^https?://\S+$", examples=["https://example.org/"])]
    admin_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    content_key: SecretStr
    per_page: int = Field(default=20, ge=1, le=100)
    skip_tag: str = "#nosocial"

    @property
    def site(self) -> str:
        return self.url.partition("?")[0].partition("/ghost")[0].rstrip("/")

    def instead(self) -> Mapping[str, Any]:
        """What to read where the API does not answer: the site's feed."""
        return {"kind": "feed", "url": f"{self.site}/rss/", "allow_private": self.allow_private}


class Connector:
    """A Ghost site as a source."""

    Options: ClassVar[type[SourceOptions]] = GhostOptions

    def __init__(self, options: GhostOptions) -> None:
        self._options = options
        self._api = f"{(options.admin_url or options.site).rstrip('/')}/ghost/api/content/posts/"

    def poll(self, cursor: Cursor) -> Steps:
        """Ask for posts; see Source.

        Raises:
            SourceError: no answer, a refusal (a wrong key), a web page instead of JSON.
        """
        if not self._options.content_key.get_secret_value():
            raise SourceError(f"{self._api} is not asked: there is no content_key", status=UNAUTHORIZED)
        known: Mapping[str, Any] = cursor if cursor.get("for") == made_for(self._options.url) else {}
        answer: Response = yield self._request(self._listing(1), headers=conditions(known))
        same = answer.status == NOT_MODIFIED
        newest = [] if same else self._posts(answer)
        digest = known.get("sha256") if same else sha256(answer.body).hexdigest()
        same = same or digest == known.get("sha256")
        edited = yield from self._edited(known)
        wait = fresh_for(answer.headers)
        memory = Recent.of(known)
        if same and not edited and not memory.away:
            return Harvest((), cursor, unchanged=True, status=answer.status, wait=wait)
        if not same:
            newest += yield from self._further(newest, memory)
        full = len(newest) >= self._options.per_page
        missing = memory.away if same else memory.missing([*map(listed, newest)], full=full)
        gone = yield from self._gone(missing[:ASKED])
        shown = list({listed(post).id: post for post in (*newest, *edited)}.values())[:MAX_ENTRIES]
        made = [entry_of_post(post, self._options.site, self._options.skip_tag) for post in shown]
        lost = made.count(None)
        remembered = memory.after([*map(listed, shown)], gone, missing[ASKED:])
        remembered["edits_from"] = known.get("edits_from") or known.get("changed") or remembered["changed"]
        since = _since(remembered)
        seen = known.get("edits", {}) | {post.id: post.changed for post in map(listed, shown)}
        remembered["edits"] = {id_: at for id_, at in seen.items() if at > since}
        return Harvest(
            tuple(entry for entry in made if entry),
            {"for": made_for(self._options.url), **remembered, **validators(answer), "sha256": digest},
            status=answer.status,
            wait=wait,
            notes=(f"{lost} without an address to share left out",) if lost else (),
            orders=any(entry.skip for entry in made if entry),
            gone=memory.guids(gone),
            left=memory.guids(missing),
            back=memory.back(map(listed, shown)),
        )

    def history(self, cursor: Cursor) -> Steps:
        """One page of all posts; see HistoricalSource.

        Raises:
            SourceError: as for `poll`.
        """
        if not self._options.content_key.get_secret_value():
            raise SourceError(f"{self._api} is not asked: there is no content_key", status=UNAUTHORIZED)
        number = int(cursor.get("page", 1))
        answer: Response = yield self._request(self._listing(number))
        posts = self._posts(answer)
        made = (entry_of_post(post, self._options.site, self._options.skip_tag) for post in posts)
        more = {"page": number + 1} if len(posts) >= self._options.per_page else {}
        return Harvest(tuple(entry for entry in made if entry), more, status=answer.status)

    def _edited(self, known: Mapping[str, Any]) -> Posts:
        """Posts changed since the last poll, wherever they stand in the list.

        A little further back, too: what is saved in the second of a poll, or shown late by a cache, must not
        be overlooked for ever.
        """
        since, met = _since(known), known.get("edits", {})
        if not since:
            return []
        found: list[dict[str, Any]] = []
        for page in range(1, MAX_PAGES + 1):
            asked = {"order": "updated_at desc", "filter": f"updated_at:>'{stored(since)}'"}
            answer: Response = yield self._request(self._listing(page) | asked)
            posts = [] if answer.status == NOT_MODIFIED else self._posts(answer)
            fresh = [post for post in posts if listed(post).changed > since]
            found += [post for post in fresh if met.get(listed(post).id) != listed(post).changed]
            if len(fresh) < self._options.per_page:
                break
        return found

    def _further(self, newest: list[dict[str, Any]], memory: Recent) -> Posts:
        """The pages behind the first, as far as they hold nothing we know: after an outage."""
        more: list[dict[str, Any]] = []
        for page in range(2, MAX_PAGES + 1):
            if memory.reaches(map(listed, (*newest, *more))) or len(newest) < self._options.per_page:
                break
            answer: Response = yield self._request(self._listing(page))
            known = {listed(post).id for post in (*newest, *more)}
            fresh = [post for post in self._posts(answer) if listed(post).id not in known]
            if not fresh:
                break
            more += fresh
        return more

    def _gone(self, missing: Sequence[str]) -> Generator[Any, Any, list[str]]:
        """Which of the missing posts Ghost says are not there any more."""
        gone = []
        for id_ in missing:
            try:
                answer: Response = yield self._request({"fields": "id"}, f"{id_}/")
            except SourceError:
                continue
            if answer.status == NOT_FOUND and "NotFoundError" in _errors(answer):
                gone.append(id_)
        return gone

    def _listing(self, page: int) -> dict[str, str]:
        more = {"page": str(page)} if page > 1 else {}
        return {
            "limit": str(self._options.per_page),
            **more,
            "include": "authors,tags",
            "order": "published_at desc",
            "formats": "html",
        }

    def _request(
        self, parameters: Mapping[str, str], path: str = "", headers: Mapping[str, str] | None = None
    ) -> Request:
        query = urlencode({"key": self._options.content_key.get_secret_value(), **parameters}, safe=",:")
        said = {"Accept": "application/json", "Accept-Version": "v5.0", **(headers or {})}
        return Request(f"{self._api}{path}?{query}", headers=said, max_bytes=MAX_BYTES)

    def _posts(self, answer: Response) -> list[dict[str, Any]]:
        """The posts of a list.

        Raises:
            SourceError: a refusal, a web page, or no list.
        """
        kinds = _errors(answer) if answer.status != OK else []
        try:
            check_status(answer, self._api)
        except SourceError as error:
            said = f"{error} ({kinds[0]})" if kinds else str(error)
            raise SourceError(said, status=error.status, gone=error.gone, wait=error.wait) from None
        if is_page(answer.body):
            raise SourceError(f"{self._api} answers a web page, not JSON: is this a Ghost site?", status=OK)
        posts = _table(answer.body).get("posts")
        if not isinstance(posts, list):
            raise SourceError(f"{self._api} answers no list of posts", status=OK)
        return [post for post in posts if isinstance(post, dict) and listed(post).id]


def _since(known: Mapping[str, Any]) -> str:
    """From when on edits are asked for, "" for never; nothing from before the first poll is news."""
    changed = in_utc(str(known.get("changed", "")))
    return max(before(changed), in_utc(str(known.get("edits_from") or changed))) if changed else ""


def _errors(answer: Response) -> list[str]:
    """Ghost's own words for a refusal ("UnauthorizedError")."""
    errors = _table(answer.body).get("errors")
    found = [str(each.get("type", "")) for each in errors or () if isinstance(each, dict)]
    return [kind for kind in found if kind.isidentifier()]


def _table(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
