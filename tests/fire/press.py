"""A news site whose articles appear through six ways at once, each with its own caches and bad spells."""

from __future__ import annotations

import copy
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from bot.ports.source import Request
from tests.fakes.gallery import picture
from tests.fakes.hub import FakeHub
from tests.fakes.server import Request as Asked
from tests.fakes.site import Page
from tests.fakes.wordpress import LOGIN, Post, WordPress
from tests.fire.ways import LISTS
from tests.fire.weather import Outage, Weather

__all__ = ["FAULTS", "WAYS", "Press", "Story"]

WAYS = ("rss", "api", "sitemap", "page", "push", "hub")
"""The sources, by their ids."""
FAULTS = ("stale", "stale", "stale", 500, 503, "html", "login", "empty", "drop", "slow")
LONGEST = (12.0, 8.0)
"""Seconds that a way is well, and is not, at most."""
PAGES = (503, "login", "drop", "slow")
"""What goes wrong with the article's own pages."""
SLOW = 1.5
BEHIND = (2.0, 30.0)
"""Seconds that a stale answer is old when its spell begins."""
SORRY = b"<!DOCTYPE html><html><head><title>News</title></head><body><p>We are back soon.</p></body></html>"


@dataclass
class Story(Post):
    """An article as the newsroom knows it: what is true of it."""

    ways: frozenset[str] = frozenset()
    guid: str = ""
    """What the RSS feed calls it."""
    was: list[str] = field(default_factory=list)
    """The slugs that lead to it, the present one left out."""
    born: bool = False
    """It was there before the bot started."""
    public_at: datetime | None = None
    """When it came out first."""
    away: bool = False
    """It was taken back at some time."""
    gone: int = 404
    """What its page answers when it is not public."""
    updated: datetime | None = None

    @property
    def public(self) -> bool:
        return self.status == "publish"


class Hub(FakeHub):
    """The hub of the site's Atom feed."""

    def __init__(self, press: Press) -> None:
        self.press = press
        super().__init__()

    @property
    def topic(self) -> str:
        return self.press.url("/atom")


class Press(WordPress):
    """`stories` are the truth; what a way shows of it may be older for a while, or an answer of its own."""

    def __init__(self, seed: int) -> None:
        self._sight = threading.local()
        self.stories: dict[int, Story] = {}
        self.editions: list[tuple[float, dict[int, Story]]] = []
        self.dice = random.Random(f"{seed} press")
        asked = {way: FAULTS for way in WAYS if way != "push"} | {"pages": PAGES}
        self.weathers = {way: Weather(f"{seed} {way}", None, bad, LONGEST) for way, bad in asked.items()}
        self.began: float | None = None
        self.shown: set[int] = set()
        """What has been shown by any of the ways that are asked."""
        super().__init__()
        self.hub = Hub(self)
        self.told = self._told
        self.library[1] = {}
        self.picture(1)
        self.pages["/wp-content/uploads/1.jpg"] = Page(picture(), headers={"Content-Type": "image/png"})

    @property
    def host(self) -> str:
        return f"news.test:{self._server.server_port}"

    @property
    def posts(self) -> dict[int, Post]:
        """What the way that is being asked may show."""
        return getattr(self._sight, "posts", {})

    @posts.setter
    def posts(self, value: dict[int, Post]) -> None:
        self._sight.posts = value

    def issue(self) -> None:
        """What is true now is public from now on."""
        stories = copy.deepcopy(self.stories)
        self.editions.append((time.monotonic(), stories))

    def edition(self, at: float) -> dict[int, Story]:
        """The site as it was at a moment."""
        return next((shown for when, shown in reversed(self.editions) if when <= at), self.editions[0][1])

    def story_at(self, path: str) -> Story | None:
        """Whose address a path is, or ever was."""
        slug = path.strip("/")
        for story in self.stories.values():
            if slug == story.slug or slug in story.was:
                return story
        return None

    def over(self) -> None:
        """From now on every way is well, and shows what is true."""
        for weather in self.weathers.values():
            weather.over = True

    def _spell(self, way: str) -> tuple[float, Outage | None]:
        if self.began is None:
            return 0.0, None
        second = time.monotonic() - self.began
        return second, self.weathers[way].at(second)

    def _respond(self, request: Request) -> Page | None:
        parts = urlsplit(request.url)
        lists = {"/rss": "rss", "/atom": "hub", "/news-sitemap.xml": "sitemap", "/latest/": "page"}
        if parts.path in lists:
            return self._way(lists[parts.path], lambda: None, LISTS[lists[parts.path]])
        if parts.path.startswith(("/wp-json", "/feed/")):
            # What names its moment, or one post, no cache has kept.
            fresh = "after" in parts.query or parts.path.rpartition("/")[2].isdigit()
            asked = super()._respond
            return self._way("api", lambda: asked(request), fresh=fresh)
        return self._article(parts.path, parse_qs(parts.query))

    def _way(
        self,
        way: str,
        api: Callable[[], Page | None],
        made: Callable[[Press, list[Story], random.Random], Page] | None = None,
        *,
        fresh: bool = False,
    ) -> Page | None:
        _, spell = self._spell(way)
        fault = spell.fault if spell else None
        at = time.monotonic()
        if spell and self.began is not None:
            spell.requests += 1
            if fault == "stale" and not fresh:
                behind = random.Random(f"{way} {spell.begins}").uniform(*BEHIND)
                at = self.began + spell.begins - behind
        shown = {id_: story for id_, story in self.edition(at).items() if way in story.ways}
        if isinstance(fault, int):
            return Page(SORRY, fault, headers={"Content-Type": "text/html"})
        if fault in ("html", "login"):
            return Page(LOGIN if fault == "login" else SORRY, headers={"Content-Type": "text/html"})
        if fault == "drop":
            raise ConnectionResetError
        if fault == "slow":
            self.closing.wait(SLOW)
        if fault == "empty" and not fresh:
            shown = {}
        self.posts = dict(shown)
        listed = sorted((each for each in shown.values() if each.public), key=lambda each: each.date)
        return made(self, listed, self.dice) if made else api()

    def _article(self, path: str, query: dict[str, list[str]]) -> Page | None:
        """An article's page, or where it is now."""
        if path == "/" and "p" in query:
            story = self.stories.get(int(query["p"][0]))
            if story is not None and story.public:
                return Page(status=301, headers={"Location": self.link(story)})
            return None
        story = self.story_at(path)
        if story is None:
            return None
        _, spell = self._spell("pages")
        if spell is not None:
            spell.requests += 1
            if spell.fault == "drop":
                raise ConnectionResetError
            if spell.fault == "slow":
                self.closing.wait(SLOW)
            elif spell.fault == "login":
                return Page(LOGIN, headers={"Content-Type": "text/html"})
            else:
                return Page(SORRY, 503, headers={"Content-Type": "text/html"})
        if not story.public:
            return Page(b"<html><body>not here</body></html>", story.gone, {"Content-Type": "text/html"})
        if path != f"/{story.slug}/":
            return Page(status=301, headers={"Location": self.link(story)})
        return LISTS["article"](self, [story], self.dice)

    def _told(self, request: Request, body: bytes) -> Page:
        """A wish for the hub, which verifies it."""
        answer = self.hub.respond(Asked("POST", "/hub", {}, request.headers, body))
        return Page(status=answer.status)

    def now(self) -> datetime:
        return datetime.now(UTC)
