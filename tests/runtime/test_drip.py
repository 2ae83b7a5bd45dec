"""Pages that are not found, one after the other: an article that was deleted, or a site that is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.article import Article
from bot.services.status import status
from bot.storage.store import open_store
from tests.fakes.newsroom import account
from tests.fakes.site import Page
from tests.fakes.wordpress import WordPress
from tests.runtime.test_one_article import Town

MINUTE = timedelta(minutes=1)
Opened = Callable[[int], Town]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """A town whose one feed has told so many articles, a quarter of an hour apart; the account deletes."""
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    store.enlist("worker")
    (tmp_path / "content").mkdir()
    with WordPress() as site:

        def make(count: int) -> Town:
            town = Town(site, tmp_path / "content", store)
            town.desk.newsroom.accounts["fedi"] = account(  # type: ignore[index]
                "fedi", town.platform, on_withdrawal="delete"
            )
            for id_ in [*town.desk.newsroom.sources]:
                if id_ != "other":
                    del town.desk.newsroom.sources[id_]  # type: ignore[attr-defined]
            town.rss("other")
            town.poll()
            for number in range(1, count + 1):
                site.pages[path(number)] = Page(b"<html><head></head><body>There.</body></html>")
                links = [town.url_of(path(each)) for each in range(number, 0, -1)]
                town.rss("other", *({"link": link, "title": f"Story {link[-2]}"} for link in links))
                town.poll()
                town.desk.clock.forward(15 * MINUTE)
            assert len(town.posts()) == count
            return town

        yield make
    store.close()


def path(number: int) -> str:
    return f"/n{number}/"


def gone(town: Town, *numbers: int) -> None:
    for number in numbers:
        town.site.pages[path(number)] = Page(b"not here", 404)


def back(town: Town, *numbers: int) -> None:
    for number in numbers:
        town.site.pages[path(number)] = Page(b"<html><body>There.</body></html>")


def hours(town: Town, count: float) -> None:
    """The worker goes on, a pass every twelve minutes."""
    for _ in range(round(count * 5)):
        town.poll()
        town.desk.clock.forward(11 * MINUTE)


def articles(town: Town) -> list[Article]:
    with town.store.read() as tx:
        return sorted(tx.articles.latest(50), key=lambda each: each.id)


def withdrawn(town: Town) -> list[int]:
    return [each.id for each in articles(town) if each.withdrawn_at]


def problems(town: Town) -> list[str]:
    found: list[str] = status(town.store, town.desk.newsroom, town.desk.clock.now())["problems"]
    return found


def asked(town: Town) -> list[str]:
    return [each.url for each in town.site.asked if each.url.startswith("/n")]


@pytest.mark.parametrize("count", [2, 3, 6])
def test_where_no_page_is_found_any_more_nothing_is_taken_back(opened: Opened, count: int) -> None:
    town = opened(count)
    gone(town, *range(1, count + 1))
    hours(town, 12)
    assert town.platform.deleted == []
    (told,) = [each for each in problems(town) if "has lost" in each]
    assert "and so do others of its source" in told
    assert "sharewire sources withdraw other" in told
    back(town, *range(1, count + 1))
    hours(town, 2)
    assert withdrawn(town) == []
    assert not [each for each in problems(town) if "has lost" in each]
    assert town.platform.deleted == []


@pytest.mark.parametrize(("status", "body"), [(200, b"There."), (503, b""), (403, b"")])
def test_one_that_was_deleted_is_taken_back_at_the_second_look(
    opened: Opened, status: int, body: bytes
) -> None:
    town = opened(6)
    gone(town, 6)
    for number in range(1, 6):
        town.site.pages[path(number)] = Page(body, status)
    hours(town, 0.6)
    assert withdrawn(town) == [6]
    assert town.platform.deleted == [5]
    assert asked(town)[-40:].count(path(6)) == 2
    assert problems(town) == []


def test_two_that_were_deleted_are_both_taken_back(opened: Opened) -> None:
    town = opened(6)
    gone(town, 5, 6)
    hours(town, 6)
    assert withdrawn(town) == [5, 6]
    assert sorted(town.platform.deleted) == [4, 5]


def test_the_only_article_of_a_source_is_taken_back(opened: Opened) -> None:
    town = opened(1)
    gone(town, 1)
    hours(town, 3)
    assert withdrawn(town) == [1]


def test_a_page_that_a_cache_still_has_is_outvoted(opened: Opened) -> None:
    town = opened(6)
    gone(town, 1, 2, 3, 4, 5)
    hours(town, 12)
    assert town.platform.deleted == []


def test_few_pages_are_asked_before_one_is_taken_back(opened: Opened) -> None:
    town = opened(6)
    gone(town, 6)
    town.poll()
    town.desk.clock.forward(11 * MINUTE)
    before = len(asked(town))
    town.poll()
    assert withdrawn(town) == [6]
    assert len(asked(town)) - before <= 1 + 3 + 2
