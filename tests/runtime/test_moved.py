"""An article that its feed shows under another guid and address: a new slug, another CMS over night."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.storage.store import open_store
from tests.fakes.newsroom import NOON
from tests.fakes.site import Page
from tests.fakes.wordpress import WordPress
from tests.runtime.test_one_article import Town

BODY = "Good morning from the town. "
RSS = '<rss version="2.0"><channel><title>Town</title><language>en</language>{}</channel></rss>'
ITEM = """<item><title>{title}</title><link>{url}</link><guid isPermaLink="false">{guid}</guid>
<pubDate>{at}</pubDate><description>{text}</description>
<enclosure url="https://example.org/a.jpg" type="image/jpeg"/></item>"""


@dataclass
class Paper:
    """A town with one feed, whose items are moved about."""

    town: Town
    items: list[dict[str, str]] = field(default_factory=list)

    def item(self, slug: str, title: str, at: datetime, guid: str = "", text: str = "") -> dict[str, str]:
        url = self.town.url_of(f"/{slug}/")
        self.page(slug)
        text = text or f"What the minister said of {title} on Monday in the house this morning."
        return {"title": title, "url": url, "guid": guid or url, "at": format_datetime(at), "text": text}

    def page(self, slug: str, head: str = "", status: int = 200) -> None:
        html = {"Content-Type": "text/html"}
        self.town.site.pages[f"/{slug}/"] = Page(f"<html><head>{head}</head></html>".encode(), status, html)

    def show(self, *items: dict[str, str]) -> None:
        self.items = list(items)
        self.town.site.feed("/other.xml", RSS.format("".join(map(ITEM.format_map, items))))
        self.town.poll()


@contextmanager
def printed(tmp_path: Path) -> Iterator[Paper]:
    """A paper that has shown five stories, one by one."""
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    store.enlist("worker")
    with WordPress() as site:
        site.feed("/other.xml", RSS.format(""))
        paper = Paper(Town(site, tmp_path, store))
        feeds = [each for each in paper.town.desk.newsroom.sources.values() if each.id == "other"]
        paper.town.desk.newsroom.sources.clear()  # type: ignore[attr-defined]
        paper.town.desk.newsroom.sources.update({each.id: each for each in feeds})  # type: ignore[attr-defined]
        paper.town.poll()
        for number in range(5):
            at = paper.town.desk.clock.now()
            paper.show(paper.item(f"n{number}", f"Story number {number}", at), *paper.items)
            paper.town.desk.clock.forward(timedelta(minutes=20))
        yield paper
    store.close()


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    with printed(tmp_path) as paper:
        yield paper


def told(paper: Paper) -> tuple[int, int]:
    return len(paper.town.posts()), paper.town.articles()


def test_a_new_slug_and_title_are_the_same_article_where_the_old_page_leads_to_it(paper: Paper) -> None:
    new = paper.item("rain", "Rain in the west, the minister says", NOON + timedelta(hours=2))
    new["text"] = paper.items[2]["text"]
    paper.town.site.redirect("/n2/", "/rain/")
    paper.show(*paper.items[:2], new, *paper.items[3:])
    assert told(paper) == (5, 5)
    with paper.town.store.read() as tx:
        article = tx.articles.get(3)
    assert article
    assert (article.url, article.title) == (new["url"], "Rain in the west, the minister says")


def test_a_static_site_leads_on_by_the_canonical_of_what_it_left_behind(paper: Paper) -> None:
    new = paper.item("rain", "Rain in the west", NOON, text=paper.items[2]["text"])
    paper.page("n2", head=f'<meta http-equiv="refresh" content="0"><link rel=canonical href="{new["url"]}">')
    paper.show(*paper.items[:2], new, *paper.items[3:])
    assert told(paper) == (5, 5)


def test_a_page_that_leads_to_what_has_nothing_in_common_with_it_is_no_proof(paper: Paper) -> None:
    new = paper.item("rain", "Rain in the west", paper.town.desk.clock.now())
    paper.town.site.redirect("/n2/", "/rain/")
    paper.show(new, *paper.items[:2], *paper.items[3:])
    assert told(paper) == (6, 6)
    assert "Rain in the west" in paper.town.posts()[-1]


@pytest.mark.parametrize("text", ["", BODY])
def test_a_column_whose_old_pages_lead_to_its_newest_is_shared_each_day(paper: Paper, text: str) -> None:
    usual = "All that you need to know this morning before you leave your house."
    for day in range(3):
        now, slug = paper.town.desk.clock.now(), f"briefing-{day}"
        body = f"{text} " + f"Number {day} of what was new in town. " * (20 if text else 0)
        item = paper.item(slug, "Morning briefing", now, text=body.strip() or usual)
        if day:
            paper.town.site.redirect(f"/briefing-{day - 1}/", f"/{slug}/")
        paper.show(item, *(each for each in paper.items if each["title"] != "Morning briefing"))
        paper.town.desk.clock.forward(timedelta(days=1))
    assert told(paper) == (8, 8)


def test_where_all_items_have_one_text_it_is_no_proof(paper: Paper) -> None:
    motto = "Read the whole story on the site of the town, which is free for all."
    paper.show(*(item | {"text": motto} for item in paper.items))
    new = paper.item("rain", "Rain in the west", paper.town.desk.clock.now(), text=motto)
    paper.town.site.redirect("/n2/", "/rain/")
    paper.show(new, *paper.items[:2], *paper.items[3:])
    assert told(paper) == (6, 6)


@pytest.mark.parametrize("old", ["redirect", "dead", "alive"])
def test_another_cms_over_night_shares_nothing_again(paper: Paper, old: str) -> None:
    moved: list[dict[str, str]] = []
    for number, item in enumerate(reversed(paper.items)):
        moved.insert(
            0, paper.item(f"2026/{number}", item["title"], NOON, f"uuid-{number}") | {"at": item["at"]}
        )
        if old == "redirect":
            paper.town.site.redirect(f"/n{number}/", f"/2026/{number}/")
        elif old == "dead":
            paper.page(f"n{number}", status=404)
    paper.show(paper.item("fresh", "A fresh one", paper.town.desk.clock.now(), "uuid-9"), *moved)
    paper.town.poll()
    assert told(paper) == (6, 6)
    assert "A fresh one" in paper.town.posts()[-1]
    with paper.town.store.read() as tx:
        assert [tx.articles.get(id_).url for id_ in (1, 5)] == [  # type: ignore[union-attr]
            paper.town.url_of("/2026/0/"),
            paper.town.url_of("/2026/4/"),
        ]
        compared = tx.following.to_check(paper.town.desk.clock.now() + timedelta(hours=1), 100)
    assert len(compared) == (5 if old == "dead" else 0)


def test_what_only_fell_off_the_end_is_not_asked_for(paper: Paper) -> None:
    asked = len([each for each in paper.town.site.asked if "/n0/" in each.url])
    new = paper.item("rain", "Rain in the west", paper.town.desk.clock.now())
    paper.town.site.redirect("/n0/", "/rain/")
    paper.show(new, *paper.items[:-1])
    assert told(paper) == (6, 6)
    assert len([each for each in paper.town.site.asked if "/n0/" in each.url]) == asked


def test_one_that_was_taken_away_as_another_came_is_not_taken_for_it(paper: Paper) -> None:
    paper.page("n2", status=404)
    new = paper.item("rain", "Rain in the west", paper.town.desk.clock.now())
    paper.show(new, *paper.items[:2], *paper.items[3:])
    assert told(paper) == (6, 6)


def test_two_of_one_title_and_date_are_not_told_apart_by_them(paper: Paper) -> None:
    twice = [paper.item(f"r{n}", "Results", NOON + timedelta(hours=1, seconds=7)) for n in (1, 2)]
    paper.show(*paper.items[:2], *twice, *paper.items[2:])
    assert told(paper) == (7, 7)
    again = [paper.item(f"s{n}", "Results", NOON + timedelta(hours=1, seconds=7)) for n in (1, 2)]
    paper.show(*paper.items[:2], *again, *paper.items[4:])
    assert told(paper) == (9, 9)


def test_an_old_page_that_cannot_be_read_keeps_nothing_else_from_being_read(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trips(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("bot.services.moved.read_head", trips)
    new = paper.item("rain", "Rain in the west", paper.town.desk.clock.now())
    paper.show(new, *paper.items[:2], *paper.items[3:])
    assert told(paper) == (6, 6)


def test_permalinks_that_are_changed_back_are_followed_and_ones_in_turns_are_not(paper: Paper) -> None:
    def at(slug: str) -> str:
        item = paper.item(slug, paper.items[2]["title"], NOON, "g2") | {"at": paper.items[2]["at"]}
        paper.show(*paper.items[:2], item, *paper.items[3:])
        with paper.town.store.read() as tx:
            article = tx.articles.get(3)
        assert article
        return article.url.rstrip("/").rpartition("/")[2]

    paper.show(*[item | {"guid": f"g{number}"} for number, item in enumerate(paper.items)])
    assert [at(slug) for slug in ("rain", "n2", "rain", "n2")] == ["rain"] * 4
    assert at("rain") == "rain"
    paper.page("rain", status=404)
    assert at("n2") == "n2"
    for _ in range(60):
        paper.town.desk.clock.forward(timedelta(minutes=5))
        paper.town.poll()
    assert told(paper) == (5, 5)


@pytest.mark.parametrize("old", ["dead", "redirect"])
def test_a_new_slug_under_the_same_guid_is_followed(paper: Paper, old: str) -> None:
    items = [item | {"guid": f"g{number}"} for number, item in enumerate(paper.items)]
    paper.show(*items)
    new = paper.item("rain", items[2]["title"], NOON, "g2") | {"at": items[2]["at"]}
    paper.town.site.redirect("/n2/", "/rain/")
    if old == "dead":
        paper.page("n2", status=404)
    paper.show(*items[:2], new, *items[3:])
    for _ in range(60):
        paper.town.desk.clock.forward(timedelta(minutes=5))
        paper.town.poll()
    assert told(paper) == (5, 5)
    with paper.town.store.read() as tx:
        article = tx.articles.get(3)
        compared = tx.following.to_check(paper.town.desk.clock.now(), 100)
    assert article
    assert (article.url, article.withdrawn_at) == (new["url"], None)
    assert [each.article for each in compared] == ([3] if old == "dead" else [])


def test_a_new_slug_and_headline_at_once_under_the_same_guid_are_the_same_article(paper: Paper) -> None:
    at = paper.town.desk.clock.now()
    paper.show(paper.item("storm", "A storm", at, "g9"), *paper.items)
    paper.show(paper.item("storm-over-huye", "Six hurt as a storm hits Huye", at, "g9"), *paper.items[1:])
    assert told(paper) == (6, 6)
    with paper.town.store.read() as tx:
        (article,) = tx.articles.latest(1)
    assert (article.url, article.title) == (
        paper.town.url_of("/storm-over-huye/"),
        "Six hurt as a storm hits Huye",
    )
    later = at + timedelta(seconds=1)
    paper.show(paper.item("snow", "Snow", later, "g9"), *paper.items[1:])
    assert told(paper) == (7, 7)


def test_a_guid_that_another_article_has_as_well_does_not_say_that_the_first_is_still_listed(
    paper: Paper,
) -> None:
    at = paper.town.desk.clock.now()
    first = paper.item("first", "The first of them", at, guid="g")
    paper.show(first, *paper.items)
    paper.town.desk.clock.forward(timedelta(minutes=20))
    moved = paper.item("rain", "Rain in the west, the minister says", at, guid="g", text=first["text"])
    other = paper.item("snow", "Snow everywhere in the east", paper.town.desk.clock.now(), guid="g")
    paper.town.site.redirect("/first/", "/rain/")
    paper.show(other, moved, *paper.items[1:])
    assert told(paper) == (7, 7)


def test_what_a_cache_shows_of_an_older_guid_is_put_right_as_the_newer_one_is_shown_again(
    paper: Paper,
) -> None:
    """The guid changes with the summary; a cache shows the edition before once more, and both are undated."""
    before = list(paper.items)
    edited = before[2] | {"guid": "new-2", "text": "What the minister said of it at last, in the evening."}
    after = [*before[:2], edited, *before[3:]]
    for items in (after, before, after):
        paper.show(*items)
        with paper.town.store.read() as tx:
            article = tx.articles.get(3)
        assert article
        assert article.summary == items[2]["text"]
    assert told(paper) == (5, 5)


def test_an_item_that_stands_twice_in_a_feed_takes_no_turns(paper: Paper) -> None:
    again = paper.items[2] | {
        "guid": "new-2",
        "text": "What the minister said of it at last, in the evening.",
    }
    said = set()
    for number in range(4):
        paper.items[0]["text"] = f"What was said at {number} in the evening of it in the house by them."
        paper.show(*paper.items[:3], again, *paper.items[-2:])
        with paper.town.store.read() as tx:
            article = tx.articles.get(3)
        assert article
        said.add(article.summary)
    assert len(said) == 1
    assert told(paper) == (5, 5)
