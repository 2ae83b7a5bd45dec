"""An article that its source shows no more in one poll, and under another name in a later one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.services.missing import missing
from tests.fakes.newsroom import NOON, account
from tests.runtime.test_moved import Paper, printed, told
from tests.runtime.test_moved_lists import BODY, ENGLISH, LISTS, Opened, file_of, five, opening

HOUR = timedelta(hours=1)


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    with printed(tmp_path) as paper:
        yield paper


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with opening(tmp_path) as make:
        yield make


def without(paper: Paper, place: int) -> dict[str, str]:
    """The feed shows one item no more."""
    gone = paper.items[place]
    paper.show(*(item for item in paper.items if item is not gone))
    return gone


@pytest.mark.parametrize("between", [0, 1, 3])
@pytest.mark.parametrize("by", ["redirect", "second"])
def test_what_a_feed_shows_again_under_another_name_is_the_same_article(
    paper: Paper, by: str, between: int, asked: list[str]
) -> None:
    gone = without(paper, 2)
    for number in range(between):
        paper.town.desk.clock.forward(HOUR)
        paper.show(paper.item(f"more-{number}", f"More {number}", paper.town.desk.clock.now()), *paper.items)
    assert not asked
    new = paper.item("rain", "Rain in the west, the minister says", paper.town.desk.clock.now())
    new["text"] = gone["text"]
    if by == "redirect":
        new["at"] = gone["at"]
        paper.town.site.redirect("/n2/", "/rain/")
    else:
        new |= {"title": gone["title"], "at": gone["at"]}
        paper.page("n2", status=404)
    paper.show(new, *paper.items)
    paper.town.poll()
    assert told(paper) == (5 + between, 5 + between)
    with paper.town.store.read() as tx:
        article = tx.articles.get(3)
    assert article
    assert (article.url, article.title) == (new["url"], new["title"])


@pytest.mark.parametrize("old", ["redirect", "dead", "alive"])
def test_a_feed_that_is_empty_while_its_site_is_moved_shares_nothing_again(paper: Paper, old: str) -> None:
    kept = list(paper.items)
    paper.show()
    paper.town.poll()
    moved: list[dict[str, str]] = []
    for number, item in enumerate(kept):
        again = paper.item(f"2026/{number}", item["title"], NOON, f"uuid-{number}", item["text"])
        moved.append(again | {"at": item["at"]})
        path = item["url"].removeprefix(paper.town.url_of(""))
        if old == "redirect":
            paper.town.site.redirect(path, f"/2026/{number}/")
        elif old == "dead":
            paper.page(path.strip("/"), status=404)
    paper.show(paper.item("fresh", "A fresh one", paper.town.desk.clock.now(), "uuid-9"), *moved)
    assert told(paper) == (6, 6)
    assert "A fresh one" in paper.town.posts()[-1]


def test_a_feed_that_was_empty_for_once_asks_for_nothing_and_shares_what_is_new(
    paper: Paper, asked: list[str]
) -> None:
    kept = list(paper.items)
    paper.show()
    paper.show(*kept)
    paper.show(paper.item("rain", "Rain in the west", paper.town.desk.clock.now()), *kept)
    assert told(paper) == (6, 6)
    assert not asked


def test_after_a_day_it_is_a_new_article(paper: Paper) -> None:
    gone = without(paper, 2)
    paper.town.desk.clock.forward(timedelta(hours=25))
    new = paper.item("rain", "Rain in the west", paper.town.desk.clock.now(), text=gone["text"])
    paper.town.site.redirect("/n2/", "/rain/")
    paper.show(new, *paper.items)
    assert told(paper) == (6, 6)


@pytest.mark.parametrize(
    ("title", "later"),
    [
        ("Rain in the west", HOUR),  # nothing in common, though the old page leads there
        ("Story number 2", timedelta(hours=20)),  # the next day's of a column
        ("Story number 3 of the day", HOUR),  # the next episode
    ],
)
def test_what_the_page_of_a_gone_one_leads_to_is_new_where_nothing_agrees(
    paper: Paper, title: str, later: timedelta, asked: list[str]
) -> None:
    without(paper, 2)
    paper.town.desk.clock.forward(later)
    paper.town.site.redirect("/n2/", "/new/")
    paper.show(paper.item("new", title, paper.town.desk.clock.now()), *paper.items)
    assert told(paper) == (6, 6)
    assert not asked


@pytest.mark.parametrize("later", [timedelta(0), HOUR, timedelta(hours=23)])
def test_one_of_the_same_title_that_no_old_page_leads_to_is_new(paper: Paper, later: timedelta) -> None:
    gone = without(paper, 2)
    paper.page("n2", status=404)
    paper.town.desk.clock.forward(later)
    new = paper.item("rain", gone["title"], paper.town.desk.clock.now(), text=gone["text"])
    paper.show(new, *paper.items)
    assert told(paper) == (6, 6)


def test_what_came_back_in_between_stands_beside_what_looks_like_it(paper: Paper) -> None:
    every = list(paper.items)
    gone = without(paper, 2)
    paper.show(*every)
    new = paper.item("rain", gone["title"], NOON, text=gone["text"]) | {"at": gone["at"]}
    paper.show(new, *every)
    assert told(paper) == (6, 6)


def test_what_newer_ones_pushed_off_the_end_is_not_asked_for(paper: Paper, asked: list[str]) -> None:
    last = paper.items[-1]
    for number in range(2):
        item = paper.item(f"more-{number}", f"More {number}", paper.town.desk.clock.now())
        paper.show(item, *paper.items[:-1])
    paper.town.site.redirect("/n0/", "/rain/")
    new = paper.item("rain", "Rain", paper.town.desk.clock.now(), text=last["text"])
    paper.show(new, *paper.items[:-1])
    assert told(paper) == (8, 8)
    assert not asked


def test_news_edits_and_nothing_at_all_cost_no_search_for_what_has_moved(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[bool] = []

    def search(*args: Any, **more: Any) -> Any:
        found = missing(*args, **more)
        searched.append(bool(found.ceased or found.articles))
        return found

    monkeypatch.setattr("bot.runtime.pages.missing", search)
    paper.town.desk.newsroom = replace(paper.town.desk.newsroom)  # as wired: without a push
    paper.town.poll()
    paper.show(paper.item("rain", "Rain in the west", paper.town.desk.clock.now()), *paper.items)
    paper.show(paper.item("snow", "Snow in the west", paper.town.desk.clock.now()), *paper.items[:-1])
    assert searched == []
    paper.show(paper.items[0], paper.items[1] | {"title": "Rain in the east"}, *paper.items[2:])
    assert searched == [False]


def test_a_liveblog_whose_second_day_stands_elsewhere_is_shared_once_more(paper: Paper) -> None:
    live = paper.item("live-1", "Live: the count in Huye", paper.town.desk.clock.now(), text="Part 1. " * 40)
    paper.show(live, *paper.items)
    paper.town.desk.clock.forward(timedelta(hours=14))
    without(paper, 0)
    paper.town.site.redirect("/live-1/", "/live-2/")
    for part in range(3):
        paper.town.desk.clock.forward(HOUR)
        text = "The count goes on. " + " ".join(f"Part {n} of the second day." for n in range(part + 12))
        day = paper.item("live-2", live["title"], paper.town.desk.clock.now(), text=text)
        paper.show(day, *(each for each in paper.items if each["url"] != day["url"]))
    assert told(paper) == (7, 7)


@LISTS
@pytest.mark.parametrize("by", ["redirect", "second"])
def test_what_a_list_shows_again_under_another_name_is_the_same_article(
    opened: Opened, kind: str, by: str
) -> None:
    paper = five(opened(kind))
    paper.show(*(path for path in paper.listed if path != "/n2/"))
    paper.came(paper.article("/fresh/", "A fresh one", paper.town.desk.clock.now()))
    text = f"What was said of Story number 2 in the house. {ENGLISH}"
    if by == "redirect":
        new = paper.article("/rain/", "Rain in the west, the minister says", paper.at(9), text=text)
        paper.town.site.redirect("/n2/", new)
    else:
        new = paper.article("/rain/", "Story number 2", paper.at(2))
        paper.dead("/n2/")
    paper.came(new)
    paper.read()
    assert paper.told() == (6, 7)
    assert paper.url(4) == "/rain/"


@LISTS
def test_while_one_is_gone_from_a_list_news_is_shared_and_asks_for_no_old_page(
    opened: Opened, kind: str, asked: list[str]
) -> None:
    paper = five(opened(kind))
    paper.show(*(path for path in paper.listed if path != "/n2/"))
    paper.town.site.redirect("/n2/", "/rain/")
    paper.came(paper.article("/rain/", "Rain in the west", paper.at(9)))
    paper.town.desk.clock.forward(timedelta(hours=14))
    paper.came(paper.article("/more/", "Story number 2", paper.town.desk.clock.now()))
    assert not asked
    assert paper.told() == (7, 8)


@pytest.mark.parametrize("on_withdrawal", ["delete", "alert"])
def test_a_file_that_was_taken_away_is_shared_under_its_new_name_only_if_its_post_is_gone(
    opened: Opened, on_withdrawal: str
) -> None:
    paper = opened("folder")
    wired = account("fedi", paper.town.platform, on_withdrawal=on_withdrawal)
    paper.town.desk.newsroom = replace(paper.town.desk.newsroom, accounts={"fedi": wired})
    paper.town.desk.clock.forward(timedelta(days=1))
    file_of(paper, "a.md", "The road opens", "2026-11-25T11:20:07Z", BODY)
    paper.read()
    (paper.town.folder / "a.md").unlink()
    paper.read()
    file_of(paper, "b.md", "The road opens", "2026-11-25T11:20:07Z", BODY)
    paper.read()
    assert (paper.town.platform.deleted, paper.told()) == (
        ([0], (2, 2)) if on_withdrawal == "delete" else ([], (1, 1))
    )


def test_another_installation_that_comes_a_poll_later_takes_nothing_back(opened: Opened) -> None:
    paper = opened("rest")
    site = paper.town.site
    site.doors.add("api")
    for number in range(1, 9):
        site.add(number, slug=f"a{number}", date=NOON - timedelta(minutes=number, seconds=7))
    paper.read()
    assert paper.told() == (8, 8)
    kept = [site.posts.pop(number) for number in range(1, 9)]
    paper.read()
    for post in kept:
        site.add(900 + post.id, title=post.title, slug=f"elsewhere-{post.slug}", date=post.date)
    for _ in range(3):
        paper.read()
    assert paper.told() == (8, 8)
    assert paper.town.platform.deleted == []
    with paper.town.store.read() as tx:
        known = [tx.articles.get(id_) for id_ in range(1, 9)]
    assert [each.withdrawn_at for each in known if each] == [None] * 8
