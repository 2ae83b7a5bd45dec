"""Polls a WordPress site: its newest posts, those edited since, and what became of those that are missing."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from html import unescape
from typing import Any, ClassVar

from bot.domain.article import Entry
from bot.domain.errors import SourceError
from bot.domain.post import Image
from bot.extract.recent import Recent
from bot.extract.text import tidy
from bot.http.answer import NOT_MODIFIED, conditions, fresh_for, made_for, validators
from bot.ports.source import Cursor, Harvest, Response, SourceOptions, Steps
from bot.sources.wordpress.api import (
    QUERY,
    ends_here,
    posts_of,
    read_json,
    says_hidden,
    site_of,
)
from bot.sources.wordpress.door import Door, Standing, tried
from bot.sources.wordpress.options import WordPressOptions
from bot.sources.wordpress.post import (
    FIELDS,
    Site,
    before,
    entry_of_post,
    is_public,
    listed,
    modified,
    number_of,
    picture_of,
    takes_orders,
)

__all__ = ["Connector"]

Posts = Generator[Any, Any, list[dict[str, Any]]]

MAX_ENTRIES = 1_000
MAX_PAGES = 10
PAST_PAGE = 100
ASKED = 5
"""Missing posts that are asked for in one poll."""
OK = 200
UNAUTHORIZED = 401
NOT_FOUND = 404
EMBED = "author,wp:featuredmedia,wp:term"


class Connector:
    """A WordPress site as a source."""

    Options: ClassVar[type[SourceOptions]] = WordPressOptions

    def __init__(self, options: WordPressOptions) -> None:
        self._options = options
        self._site, self._form = site_of(options.url)
        # Kept here and not in the cursor, which would have to hold something of the password.
        self._standing = Standing()

    def poll(self, cursor: Cursor) -> Steps:
        """Ask for posts; see Source.

        Raises:
            SourceError: no answer, a refusal, a web page instead of JSON.
        """
        known: Mapping[str, Any] = cursor if cursor.get("for") == made_for(self._options.url) else {}
        form = str(known.get("form") or self._form)
        try:
            return (yield from self._poll(known, form))
        except SourceError as error:
            if error.status != NOT_FOUND or form == QUERY:
                raise
            # Without permalinks there is no /wp-json/, but there is an API.
            try:
                return (yield from self._poll({}, QUERY))
            except SourceError:
                raise error from None

    def history(self, cursor: Cursor) -> Steps:
        """One page of what was published before, one type after the other; see HistoricalSource.

        Raises:
            SourceError: as for `poll`.
        """
        place, page, form = (
            int(cursor.get("type", 0)),
            int(cursor.get("page", 1)),
            cursor.get("form", self._form),
        )
        door = yield from self._door(form)
        route = f"wp/v2/{self._options.types[place]}"
        listing = self._listing(page) | {"per_page": str(PAST_PAGE)}
        answer: Response = yield door.request(route, listing)
        if answer.status == NOT_FOUND and not cursor and form != QUERY:
            return (yield from self.history({"form": QUERY}))
        posts = [] if ends_here(answer) else posts_of(read_json(answer))
        entries, notes = yield from self._entries(door, [post for post in posts if is_public(post)])
        name = cursor.get("name")
        if name is None:
            name = yield from self._name(door)
        following: Cursor = {"form": form, "name": name, "type": place, "page": page + 1}
        if len(posts) < PAST_PAGE:
            last = place + 1 == len(self._options.types)
            following = {} if last else {"form": form, "name": name, "type": place + 1}
        told = tuple(replace(entry, site_name=name or "") for entry in entries)
        return Harvest(told, following, status=answer.status, notes=tuple(notes))

    def _door(self, form: str) -> Generator[Any, Any, Door]:
        """As whom the API is asked now: a password that is not taken is left out."""
        password = self._options.application_password.get_secret_value()
        door = Door(self._site, form, f"{self._options.username}:{password}" if password else "")
        if password and self._standing.due:
            self._standing = yield from tried(door)
        self._standing = self._standing.later()
        return door.as_stranger() if self._standing.trouble else door

    def _poll(self, known: Mapping[str, Any], form: str) -> Steps:
        door = yield from self._door(form)
        try:
            return (yield from self._types(known, door))
        except SourceError as error:
            if error.status == UNAUTHORIZED and door.login and self._standing.polls > 1:
                self._standing = Standing()  # revoked since it was tried
                return (yield from self._poll(known, form))
            if not (trouble := self._standing.trouble):
                raise
            said = f"{trouble}; without it {error}"
            raise SourceError(said, status=error.status, wait=error.wait, page=error.page) from None

    def _types(self, known: Mapping[str, Any], door: Door) -> Steps:
        before, name = known.get("types", {}), known.get("name")
        harvests = []
        for kind in self._options.types:
            harvest = yield from self._type(kind, before.get(kind, {}), door)
            harvests.append(harvest)
        entries = [entry for harvest in harvests for entry in harvest.entries][:MAX_ENTRIES]
        if name is None and entries:
            name = yield from self._name(door)
        types = dict(zip(self._options.types, (harvest.cursor for harvest in harvests), strict=True))
        trouble = self._standing.trouble
        return Harvest(
            tuple(replace(entry, site_name=name or "") for entry in entries),
            {"for": made_for(self._options.url), "form": door.form, "name": name, "types": types},
            unchanged=all(harvest.unchanged for harvest in harvests),
            status=harvests[0].status,
            wait=max((h.wait for h in harvests if h.wait), default=None),
            notes=tuple(note for harvest in harvests for note in harvest.notes),
            wrong={"password": f"{trouble}. What is public is read without it"} if trouble else {},
            orders=any(harvest.orders for harvest in harvests),
            gone=tuple(guid for harvest in harvests for guid in harvest.gone),
            left=tuple(guid for harvest in harvests for guid in harvest.left),
            back=tuple(guid for harvest in harvests for guid in harvest.back),
        )

    def _type(self, kind: str, known: Mapping[str, Any], door: Door) -> Steps:
        """One type of posts."""
        route = f"wp/v2/{kind}"
        answer: Response = yield door.request(route, self._listing(1), conditions(known))
        same = answer.status == NOT_MODIFIED
        newest = [] if same else posts_of(read_json(answer))
        digest = known.get("sha256") if same else sha256(answer.body).hexdigest()
        same = same or digest == known.get("sha256")
        total = _count(answer, known)
        edited = yield from self._edited(door, route, known)
        wait = fresh_for(answer.headers)
        memory = Recent.of(known)
        if same and not edited and not memory.away and total == known.get("total"):
            return Harvest((), known, unchanged=True, status=answer.status, wait=wait)
        if not same:
            newest += yield from self._further(door, route, newest, memory)
        late = yield from self._late(door, route, total, known, newest)
        full = len(newest) >= self._options.per_page
        missing = memory.away if same else memory.missing([*map(listed, newest)], full=full)
        gone = yield from self._gone(door, route, missing[:ASKED])
        shown = list({number_of(post): post for post in (*newest, *edited, *late)}.values())[:MAX_ENTRIES]
        public = [post for post in shown if is_public(post)]
        hidden = [str(number_of(post)) for post in shown if not is_public(post)]
        entries, notes = yield from self._entries(door, public)
        remembered = memory.after([*map(listed, public)], (*gone, *hidden), missing[ASKED:])
        remembered["edits_from"] = known.get("edits_from") or known.get("changed") or remembered["changed"]
        since = _since(remembered)
        seen = known.get("edits", {}) | {listed(post).id: modified(post) for post in public}
        remembered["edits"] = {id_: at for id_, at in seen.items() if at > since}
        return Harvest(
            tuple(entries),
            remembered | validators(answer) | {"sha256": digest, "total": total},
            status=answer.status,
            wait=wait,
            notes=tuple(notes),
            orders=any(takes_orders(post, self._options.overrides) for post in shown),
            gone=memory.guids((*gone, *hidden)),
            left=memory.guids(missing),
            back=memory.back(map(listed, public)),
        )

    def _edited(self, door: Door, route: str, known: Mapping[str, Any]) -> Posts:
        """Posts changed since the last poll, wherever they stand in the list.

        A little further back, too: what is saved in the second of a poll, or shown late by a replica or a
        cache, must not be overlooked for ever.
        """
        since, met = _since(known), known.get("edits", {})
        if not since:
            return []
        found: list[dict[str, Any]] = []
        for page in range(1, MAX_PAGES + 1):
            parameters = self._listing(page) | {"orderby": "modified", "modified_after": f"{since}Z"}
            answer: Response = yield door.request(route, parameters)
            if answer.status == NOT_MODIFIED or ends_here(answer):
                break
            posts = posts_of(read_json(answer))
            # Before WordPress 5.7 the condition is not known, and ignored.
            fresh = [post for post in posts if modified(post) > since]
            found += [post for post in fresh if met.get(listed(post).id) != modified(post)]
            if len(fresh) < self._options.per_page:
                break
        return found

    def _further(self, door: Door, route: str, newest: list[dict[str, Any]], memory: Recent) -> Posts:
        """The pages behind the first, as far as they hold nothing we know: after an outage."""
        more: list[dict[str, Any]] = []
        for page in range(2, MAX_PAGES + 1):
            if memory.reaches(map(listed, (*newest, *more))) or len(newest) < self._options.per_page:
                break
            answer: Response = yield door.request(route, self._listing(page))
            if ends_here(answer):
                break
            known = {number_of(post) for post in (*newest, *more)}
            fresh = [post for post in posts_of(read_json(answer)) if number_of(post) not in known]
            if not fresh:
                break
            more += fresh
        return more

    def _late(
        self,
        door: Door,
        route: str,
        total: int | None,
        known: Mapping[str, Any],
        newest: list[dict[str, Any]],
    ) -> Posts:
        """Posts that came out behind newer ones: wp-cron may be hours late, and changes no date of theirs.

        They are asked for where there are more posts than those we know and those at the top make up.
        """
        memory, before = Recent.of(known), known.get("total")
        if total is None or before is None or not memory.posts:
            return []
        fresh = sum(is_public(post) and listed(post).id not in memory.posts for post in newest)
        if total - before <= fresh:
            return []
        oldest = min(date for date, _ in memory.posts.values())
        there = dict.fromkeys([*memory.posts, *(listed(post).id for post in newest)])
        found: list[dict[str, Any]] = []
        for page in range(1, MAX_PAGES + 1):
            parameters = self._listing(page) | {"after": f"{oldest}Z", "exclude": ",".join(there)}
            answer: Response = yield door.request(route, parameters)
            posts = [] if ends_here(answer) else posts_of(read_json(answer))
            found += posts
            if len(posts) < self._options.per_page:
                break
        return found

    def _gone(self, door: Door, route: str, missing: Sequence[str]) -> Generator[Any, Any, list[str]]:
        """Which of the missing posts WordPress says are not public any more."""
        gone = []
        for number in missing:
            try:
                answer: Response = yield door.request(f"{route}/{number}", {"_fields": "id,status"})
            except SourceError:
                continue
            if says_hidden(answer) if answer.status != OK else not is_public(_post(answer)):
                gone.append(number)
        return gone

    def _entries(
        self, door: Door, posts: list[dict[str, Any]]
    ) -> Generator[Any, Any, tuple[list[Entry], list[str]]]:
        site = Site(self._site, keys=self._options.overrides)
        made = [found for post in posts if (found := entry_of_post(post, site))]
        lost = len(posts) - len(made)
        notes = [f"{lost} without an address to share left out"] if lost else []
        wanted = sorted({media for _, media in made if media})
        pictures = (yield from self._pictures(door, wanted)) if wanted else {}
        notes += [
            f"the picture {n} that an article orders is not in the library"
            for n in wanted
            if n not in pictures
        ]
        entries = [
            replace(entry, image=pictures[media]) if media in pictures else entry for entry, media in made
        ]
        return entries, notes

    def _pictures(self, door: Door, wanted: list[int]) -> Generator[Any, Any, dict[int, Image]]:
        """Pictures of the library by their numbers; those that it does not show are left out."""
        parameters = {
            "include": ",".join(map(str, wanted[:100])),
            "per_page": "100",
            "_fields": "id,source_url,alt_text,media_type,media_details",
        }
        try:
            answer: Response = yield door.request("wp/v2/media", parameters)
            found = posts_of(read_json(answer))
        except SourceError:
            return {}
        return {number_of(each): image for each in found if (image := picture_of(each))}

    def _name(self, door: Door) -> Generator[Any, Any, str]:
        """What the site calls itself; "" where it does not say."""
        try:
            answer: Response = yield door.request("", {"_fields": "name"})
            said = read_json(answer)
        except SourceError:
            return ""
        name = said.get("name") if isinstance(said, dict) else ""
        return tidy(unescape(name)) if isinstance(name, str) else ""

    def _listing(self, page: int) -> dict[str, str]:
        more = {"page": str(page)} if page > 1 else {}
        return {"per_page": str(self._options.per_page), **more, "_embed": EMBED, "_fields": FIELDS}


def _post(answer: Response) -> Mapping[str, Any]:
    """A post that was asked for by itself; what cannot be read says nothing against it."""
    try:
        post = read_json(answer)
    except SourceError:
        return {}
    return post if isinstance(post, dict) else {}


def _since(known: Mapping[str, Any]) -> str:
    """From when on edits are asked for, "" for never; nothing from before the first poll is news."""
    changed = str(known.get("changed", ""))
    return max(before(changed), str(known.get("edits_from") or changed)) if changed else ""


def _count(answer: Response, known: Mapping[str, Any]) -> int | None:
    """How many posts there are, as WordPress says beside each list; as before where it does not."""
    said = answer.headers.get("x-wp-total", "")
    before: int | None = known.get("total")
    return int(said) if said.isascii() and said.isdigit() else before
