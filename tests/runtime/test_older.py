"""A feed that shows an older edition than before: a cache that is behind, or an edit that was taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.storage.store import open_store
from tests.fakes.site import Page
from tests.fakes.wordpress import NOON, WordPress
from tests.runtime.test_one_article import Town

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Town</title>{}</feed>'
ITEM = """<entry><id>{id}</id><title>{title}</title><link href="{url}"/><published>{published}</published>
<updated>{updated}</updated><summary>What the minister said on Monday in the house this morning.</summary>
<link rel="enclosure" type="image/jpeg" href="https://example.org/a.jpg"/></entry>"""


@dataclass
class Paper:
    """A town with one Atom feed."""

    town: Town
    headers: dict[str, str] = field(default_factory=dict)

    def show(self, edition: str, *news: datetime) -> None:
        """The feed has this edition of its article, and what else came out, from now on."""
        edited = {"first": 1, "second": 30, "third": 45}[edition]
        items = [self.item(f"news-{at:%H%M}", "News", at, at) for at in sorted(news, reverse=True)]
        items.append(self.item("a", edition, NOON, NOON + edited * MINUTE))
        body = ATOM.format("".join(items)).encode()
        headers = {"Content-Type": "application/atom+xml", **self.headers}
        self.town.site.pages["/other.xml"] = Page(body, headers=headers, etag=True)

    def item(self, name: str, title: str, published: datetime, updated: datetime) -> str:
        dates = {"published": published.isoformat(), "updated": updated.isoformat()}
        return ITEM.format(id=name, title=title, url=self.town.url_of(f"/{name}/"), **dates)

    def after(self, hours: float) -> str:
        """A pass every twenty minutes for so long; what the article says then."""
        for _ in range(max(1, round(hours * 3))):
            self.town.poll()
            self.town.desk.clock.forward(19 * MINUTE)
        with self.town.store.read() as tx:
            article = tx.articles.get(1)
        assert article
        return article.title

    @property
    def now(self) -> datetime:
        return self.town.desk.clock.now()


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    """The second edition is known, of half past; it is one o'clock."""
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    store.enlist("worker")
    (tmp_path / "content").mkdir()
    with WordPress() as site:
        paper = Paper(Town(site, tmp_path / "content", store))
        for id_ in [*paper.town.desk.newsroom.sources]:
            if id_ != "other":
                del paper.town.desk.newsroom.sources[id_]  # type: ignore[attr-defined]
        site.feed("/other.xml", ATOM.format(""))
        paper.town.poll()
        paper.show("first")
        paper.town.desk.clock.at = NOON + 2 * MINUTE
        paper.after(0.2)
        paper.town.desk.clock.at = NOON + 40 * MINUTE
        paper.show("second")
        assert paper.after(0.2) == "second"
        paper.town.desk.clock.at = NOON + HOUR
        yield paper
    store.close()


def test_what_a_cache_shows_for_hours_undoes_nothing(paper: Paper) -> None:
    paper.show("first")
    assert paper.after(11) == "second"
    paper.show("second")
    assert paper.after(1) == "second"
    paper.show("first")
    assert paper.after(11) == "second"


def test_caches_that_take_turns_undo_nothing(paper: Paper) -> None:
    for _ in range(9):
        paper.show("first")
        assert paper.after(2) == "second"
        paper.show("second")
        assert paper.after(0.2) == "second"


def test_what_stands_for_longer_than_any_cache_keeps_it_is_the_newsrooms_word(paper: Paper) -> None:
    paper.show("first")
    assert paper.after(13) == "first"
    assert len(paper.town.posts()) == 1
    paper.show("third")
    assert paper.after(0.2) == "third"


def test_a_feed_that_knows_of_later_things_is_no_cache(paper: Paper) -> None:
    paper.show("first", paper.now)
    assert paper.after(0.6) == "second"
    assert paper.after(1) == "first"


def test_news_that_come_while_it_is_shown_prove_it_too(paper: Paper) -> None:
    paper.show("first")
    assert paper.after(5) == "second"
    paper.show("first", paper.now)
    assert paper.after(0.7) == "first"


def test_an_answer_that_says_it_is_older_is_never_believed(paper: Paper) -> None:
    paper.headers = {"Last-Modified": format_datetime(NOON + 10 * MINUTE)}
    paper.show("first")
    assert paper.after(30) == "second"


def test_one_that_may_be_kept_for_a_day_is_not_believed_before_two(paper: Paper) -> None:
    paper.headers = {"Cache-Control": "max-age=72000"}
    paper.show("first")
    assert paper.after(30) == "second"
    assert paper.after(18) == "first"


def test_the_feed_is_not_read_anew_all_the_time(paper: Paper) -> None:
    paper.show("first")
    paper.after(0.7)
    before = len(paper.town.site.asked)
    paper.after(10)
    unconditional = [
        each
        for each in paper.town.site.asked[before:]
        if each.url == "/other.xml" and "if-none-match" not in each.headers
    ]
    assert 1 <= len(unconditional) <= 5


def test_what_fell_off_the_feed_is_forgotten(paper: Paper) -> None:
    paper.show("first")
    paper.after(0.7)
    paper.town.site.feed("/other.xml", ATOM.format(""))
    assert paper.after(14) == "second"
    with paper.town.store.read() as tx:
        assert not tx.sources.rows()["other"].health["older"]
