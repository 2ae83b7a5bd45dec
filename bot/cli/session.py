"""Opens what a command needs: the configuration, the database, the wired newsroom."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.bootstrap import House, open_house, renderer_of
from bot.domain.article import Article, Entry
from bot.domain.errors import SourceError, UserError
from bot.domain.identity import fingerprints
from bot.domain.occasion import EDITION
from bot.domain.wallclock import WallClock
from bot.observe.logs import configure
from bot.ports.newsroom import Newsroom
from bot.ports.records import SourceRow
from bot.ports.source import Harvest
from bot.ports.store import Store
from bot.rendering.environment import TemplateRenderer
from bot.runtime.clock import SystemClock
from bot.services.edition import draft, is_edition
from bot.services.late import completed
from bot.services.pages import entry_of, pages, read_page
from bot.services.share import BY_HAND, article_at, find_article
from bot.services.shown import article_of
from bot.services.unread import wants_page

__all__ = ["Session"]

T = TypeVar("T")


class Session:
    """One command's view of the house. The database is opened at first use, and never created here."""

    def __init__(self, config: Path | None, *, level: str = "WARNING") -> None:
        self.clock = SystemClock()
        self.house: House = open_house(config, self.clock)
        configure(self.house.settings.log, level)
        self._newsroom: Newsroom | None = None

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def wall(self) -> WallClock:
        """The desk's clock, for people."""
        return WallClock(ZoneInfo(self.newsroom.timezone), self.now)

    @property
    def store(self) -> Store:
        """The database.

        Raises:
            UserError: there is none yet.
        """
        return self.house.store or self.house.open_store()

    @property
    def store_if_any(self) -> Store | None:
        """The database, None where there is none yet."""
        with suppress(UserError):
            return self.store
        return None

    @property
    def newsroom(self) -> Newsroom:
        if self._newsroom is None:
            self._newsroom = self.house.newsroom()
        return self._newsroom

    def newsroom_for_templates(self) -> tuple[Newsroom, TemplateRenderer]:
        """The newsroom whatever its templates are like, and what tries them."""
        return self.house.newsroom(templates=False), renderer_of(self.house.loaded)

    def fetch(
        self, steps: Generator[Any, Any, T], *, private: str | None = None, folder: Path | None = None
    ) -> T:
        """Drive a generator of requests to its end."""
        from bot.cli.asking import fetched

        answer: T = fetched(steps, self.house.settings.contact, private, folder)
        return answer

    def articles(self, name: str, last: int = 1, *, as_shared: bool = False) -> list[Article]:
        """The articles a person means: an address, a number, "latest"; read live where the store has none.

        `as_shared`: with what the page of an old one says, which is read before it is shared; stores nothing.

        Raises:
            UserError: nothing is there by that name.
            SourceError: it had to be read live, and could not be.
        """
        if name.startswith(EDITION):
            return [self._next_edition(name.removeprefix(EDITION))]
        store = self.store_if_any
        if store is not None:
            with store.read() as tx:
                if name == "latest":
                    stored = tx.articles.latest(last)
                else:
                    found = find_article(tx, name)
                    stored = [found] if found else []
                unread = {each.id for each in stored if as_shared and wants_page(tx, self.newsroom, each)}
            if stored:
                return [self._with_page(each, unread=each.id in unread) for each in stored]
        if "://" in name:
            return [self.fetch(article_at(name, self.now), private=self._private_for(name))]
        if name != "latest":
            raise UserError(f"there is no article {name}: give its number, its address, or `latest`")
        return self.newest(last)

    def _next_edition(self, name: str) -> Article:
        digest = self.newsroom.digest(name)
        if digest is None:
            names = ", ".join(each.name for each in self.newsroom.digests)
            raise UserError(
                f"there is no digest {name!r}: " + (f"choose among {names}" if names else "there is none yet")
            )
        return draft(self.newsroom, digest, self.now)

    def unseen(self, name: str) -> tuple[Article, str]:
        """An article that the store does not know, and what kept its page from being read.

        Raises:
            UserError: that is neither an address nor an article.
        """
        try:
            return self.articles(name)[0], ""
        except SourceError as error:
            bare = Article(0, BY_HAND, name, "", first_seen_at=self.now, changed_at=self.now)
            return bare, str(error)

    def listed(self, url: str) -> dict[str, Entry | str | None]:
        """By source, what it lists under an address at this moment; a text says why it did not answer."""
        marks = set(fingerprints(BY_HAND, Entry(guid=url, url=url, title="")))
        return {
            id_: str(said)
            if isinstance(said, SourceError)
            else next((entry for entry in said.entries if marks & set(fingerprints(id_, entry))), None)
            for id_, said in self.harvests(self.newsroom.sources).items()
        }

    def harvests(self, sources: Iterable[str]) -> dict[str, Harvest | SourceError]:
        """By source, what it shows at this moment to whoever comes new, or why it does not answer."""
        from bot.cli.asking import harvested

        return harvested([self.newsroom.sources[id_] for id_ in sources], self.house.settings.contact)

    def _with_page(self, article: Article, *, unread: bool) -> Article:
        """An article of which only the address is stored, or whose page is unread, as its page tells it."""
        if unread:
            steps = read_page(entry_of(article))
            full, trouble = self.fetch(steps, private=self.newsroom.sources[article.source].private)
            asked = replace(article, page_asked_at=self.now, page_trouble=str(trouble))
            return completed(asked, full, self.newsroom) if full else asked
        if is_edition(article) or article.title or article.source == BY_HAND:
            return article
        with suppress(SourceError):
            page = self.fetch(article_at(article.url, self.now), private=self._private_for(article.url))
            return replace(page, id=article.id, source=article.source, first_seen_at=article.first_seen_at)
        return article

    def _private_for(self, url: str) -> str | None:
        hosts = [feed.private for feed in self.newsroom.sources.values() if feed.private]
        return next((host for host in hosts if f"//{host}/" in f"{url}/"), None)

    def newest(self, last: int) -> list[Article]:
        """The newest articles of the first source that answers, read live and stored nowhere.

        Raises:
            UserError: none answers, or none has an article; it says why.
        """
        troubles = []
        for feed in self.newsroom.sources.values():
            try:
                steps = feed.connector.poll(SourceRow(feed.id).cursor)
                harvest = self.fetch(steps, private=feed.private, folder=feed.folder)
                entries = sorted(harvest.entries, key=_dated, reverse=True)[:last]
                full = self.fetch(pages(entries), private=feed.private)
            except SourceError as error:
                troubles.append(f"{feed.id}: {error}")
                continue
            if entries:
                return [article_of(feed, full[e.guid] or e, self.newsroom, self.now) for e in entries]
            troubles.append(f"{feed.id}: has no articles yet")
        raise UserError("no article to show: " + ("; ".join(troubles) or "no source is configured"))


def _dated(entry: Entry) -> datetime:
    """When it is of, as far as its source says; what has no date keeps its place behind the others."""
    return entry.published_at or entry.updated_at or datetime.min.replace(tzinfo=UTC)
