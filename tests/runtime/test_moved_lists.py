"""An article that a sitemap, a list page, a folder or a CMS shows under another name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.storage.store import open_store
from tests.fakes.newsroom import NOON
from tests.fakes.site import Page
from tests.fakes.wordpress import WordPress
from tests.runtime.test_one_article import XMLNS, Town

HTML = {"Content-Type": "text/html; charset=utf-8"}
BODY = "The minister of infrastructure said on Monday in the house that the road would open. " * 4
PAGE = """<html lang="{lang}"><head><title>{title}</title><meta property="og:type" content="{kind}">
<meta property="og:title" content="{title}"><meta property="article:published_time" content="{at}">{head}
</head><body><p>{text}</p></body></html>"""
ENGLISH = "What the minister said on Monday in the house was heard by everybody there this morning."
FRENCH = "Le ministre a dit lundi matin devant les députés que la route de Kigali sera ouverte au public."


@dataclass
class Paper:
    """A town with one source of one kind, and what that lists: paths, the newest first."""

    town: Town
    kind: str
    listed: list[str] = field(default_factory=list)
    asked: int = 0

    def article(self, path: str, title: str, at: datetime, **more: str) -> str:
        text = f"What was said of {title} in the house. {ENGLISH}"
        values = {"lang": "en", "kind": "article", "head": "", "text": text, **more}
        html = PAGE.format(title=title, at=at.isoformat(), **values)
        self.town.site.pages[path] = Page(html.encode(), headers=HTML)
        return path

    def dead(self, path: str) -> None:
        self.town.site.pages[path] = Page(b"gone", 410)

    def show(self, *paths: str) -> None:
        """List these from now on, and have the list read."""
        self.listed = list(paths)
        url = self.town.url_of
        if self.kind == "list":
            body = "".join(f'<h2><a href="{path}">{path}</a></h2>' for path in paths)
            self.town.site.feed("/list/", body, kind="text/html")
        else:
            body = "".join(f"<url><loc>{url(path)}</loc></url>" for path in paths)
            self.town.site.feed("/map.xml", f"<urlset {XMLNS}>{body}</urlset>")
        self.read()

    def read(self) -> None:
        before = len(self.town.site.asked)
        self.town.poll()
        self.asked = len([each for each in self.town.site.asked[before:] if self.is_page(each.url)])

    def is_page(self, url: str) -> bool:
        return not url.startswith(("/list/", "/map", "/wp-json"))

    def came(self, *paths: str) -> None:
        self.show(*paths, *self.listed)

    def told(self) -> tuple[int, int]:
        return len(self.town.posts()), self.town.articles()

    def at(self, number: int) -> datetime:
        return NOON + timedelta(minutes=5 * number - 55, seconds=7)

    def url(self, article: int) -> str:
        with self.town.store.read() as tx:
            known = tx.articles.get(article)
        assert known
        return known.url.removeprefix(self.town.url_of(""))


Opened = Callable[[str], Paper]


@contextmanager
def opening(tmp_path: Path) -> Iterator[Opened]:
    """Opens a paper of one kind."""
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    store.enlist("worker")
    (tmp_path / "content").mkdir()
    with WordPress() as site:

        def make(kind: str) -> Paper:
            paper = Paper(Town(site, tmp_path / "content", store), kind)
            every: dict[str, Any] = paper.town.desk.newsroom.sources  # type: ignore[assignment]
            only = every[kind]
            every.clear()
            every[kind] = only
            if kind in {"sitemap", "list"}:
                paper.show(paper.article("/about/", "About us", NOON - timedelta(days=900), kind="website"))
            else:
                paper.read()
            return paper

        yield make
    store.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with opening(tmp_path) as make:
        yield make


def five(paper: Paper) -> Paper:
    for number in range(5):
        paper.came(paper.article(f"/n{number}/", f"Story number {number}", paper.at(number)))
        paper.town.desk.clock.forward(timedelta(minutes=1))
    assert paper.told()[0] == 5
    return paper


LISTS = pytest.mark.parametrize("kind", ["sitemap", "list"])


@LISTS
@pytest.mark.parametrize("old", ["redirect", "canonical"])
def test_where_an_old_page_leads_tells_under_any_name(opened: Opened, kind: str, old: str) -> None:
    paper = five(opened(kind))
    text = f"What was said of Story number 2 in the house. {ENGLISH}"
    new = paper.article("/rain/", "Rain in the west, the minister says", paper.at(9), text=text)
    if old == "redirect":
        paper.town.site.redirect("/n2/", new)
    else:
        head = f'<link rel="canonical" href="{paper.town.url_of(new)}">'
        paper.article("/n2/", "Moved", paper.at(9), head=head)
    paper.show(*(new if path == "/n2/" else path for path in paper.listed))
    assert paper.told() == (5, 6)
    assert paper.url(4) == "/rain/"
    with paper.town.store.read() as tx:
        article = tx.articles.get(4)
    assert article
    assert article.title == "Rain in the west, the minister says"


@LISTS
@pytest.mark.parametrize("old", ["dead", "alive"])
def test_another_cms_over_night_shares_nothing_again(opened: Opened, kind: str, old: str) -> None:
    paper = five(opened(kind))
    moved = [
        paper.article(f"/2026/{number}/", f"Story number {number}", paper.at(number)) for number in range(5)
    ]
    if old == "dead":
        for number in range(5):
            paper.dead(f"/n{number}/")
    fresh = paper.article("/2026/fresh/", "A fresh one", paper.town.desk.clock.now())
    paper.show(fresh, *reversed(moved))
    paper.read()
    assert paper.told() == (6, 7)
    assert "A fresh one" in paper.town.posts()[-1]
    assert [paper.url(2), paper.url(6)] == ["/2026/0/", "/2026/4/"]


@LISTS
def test_pages_that_answer_late_are_known_then(opened: Opened, kind: str) -> None:
    paper = five(opened(kind))
    new = paper.article("/2026/3/", "Story number 3", paper.at(3))
    kept = paper.town.site.pages.pop(new)
    paper.dead("/n3/")
    paper.show(*(new if path == "/n3/" else path for path in paper.listed))
    assert paper.told() == (5, 7)
    paper.town.site.pages[new] = kept
    paper.town.desk.clock.forward(timedelta(minutes=2))
    paper.read()
    assert paper.told() == (5, 6)
    assert paper.url(5) == "/2026/3/"


@LISTS
def test_a_news_day_asks_no_old_pages(opened: Opened, kind: str) -> None:
    paper = five(opened(kind))
    paper.show(paper.article("/rain/", "Rain in the west", paper.at(9)), *paper.listed[:-2])
    assert paper.told() == (6, 7)
    assert paper.asked == 1


@LISTS
def test_what_has_nothing_in_common_is_another_article(opened: Opened, kind: str) -> None:
    paper = five(opened(kind))
    paper.dead("/n2/")
    paper.town.site.redirect("/n3/", "/")
    same_title = paper.article("/rain/", "Story number 2", paper.at(9))
    same_time = paper.article("/wind/", "Wind in the west", paper.at(3))
    paper.show(same_title, same_time, "/n4/", "/n1/", "/n0/", "/about/")
    assert paper.told() == (7, 8)


@LISTS
def test_where_all_that_is_gone_leads_to_the_newest_proves_nothing(opened: Opened, kind: str) -> None:
    paper = five(opened(kind))
    new = paper.article("/rain/", "Rain in the west", paper.at(9))
    for path in ("/n2/", "/n3/"):
        paper.town.site.redirect(path, new)
    paper.show(new, "/n4/", "/n1/", "/n0/", "/about/")
    assert paper.told() == (6, 7)


@LISTS
def test_a_page_that_leads_to_what_has_nothing_in_common_with_it_is_no_proof(
    opened: Opened, kind: str
) -> None:
    paper = five(opened(kind))
    new = paper.article("/rain/", "Rain in the west", paper.at(9))
    paper.town.site.redirect("/n2/", new)
    paper.show(new, "/n4/", "/n3/", "/n1/", "/n0/", "/about/")
    assert paper.told() == (6, 7)
    assert paper.asked == 1


@LISTS
def test_a_slug_that_the_site_guessed_proves_nothing(opened: Opened, kind: str) -> None:
    paper = five(opened(kind))
    new = paper.article("/n2-the-follow-up/", "What became of it", paper.at(9))
    paper.town.site.redirect("/n2/", new)
    paper.show(new, "/n4/", "/n3/", "/n1/", "/n0/", "/about/")
    assert paper.told() == (6, 7)


@LISTS
def test_a_section_to_which_an_old_page_leads_is_no_article(opened: Opened, kind: str) -> None:
    paper = five(opened(kind))
    listing = (
        "<html><head><meta property='og:type' content='website'></head><body class='archive'></body></html>"
    )
    paper.town.site.pages["/topic/"] = Page(listing.encode(), headers=HTML)
    paper.town.site.redirect("/n2/", "/topic/")
    paper.show("/topic/", "/n4/", "/n3/", "/n1/", "/n0/", "/about/")
    assert paper.told()[0] == 5
    assert paper.url(4) == "/n2/"


@LISTS
def test_a_translation_of_the_same_second_is_another_article(opened: Opened, kind: str) -> None:
    paper = five(opened(kind))
    new = paper.article("/fr/n2/", "Story number 2", paper.at(2), lang="fr", text=FRENCH)
    paper.show(new, "/n4/", "/n3/", "/n1/", "/n0/", "/about/")
    assert paper.told() == (6, 7)


@LISTS
def test_a_day_is_no_second_in_the_desks_zone_either(opened: Opened, kind: str) -> None:
    paper = opened(kind)
    paper.town.desk.newsroom = replace(paper.town.desk.newsroom, timezone="Africa/Kigali")
    paper.town.desk.clock.forward(timedelta(hours=11))
    day = datetime.fromisoformat("2026-11-25T00:00:00+02:00")
    paper.came(paper.article("/r1/", "Results", day))
    paper.show(paper.article("/r2/", "Results", day), "/about/")
    assert paper.told() == (2, 3)


@LISTS
def test_many_old_pages_are_not_asked_for_at_once(opened: Opened, kind: str) -> None:
    paper = opened(kind)
    paper.came(*(paper.article(f"/m{n}/", f"Piece {n}", NOON) for n in range(30)))
    paper.town.desk.clock.forward(timedelta(minutes=1))
    paper.show(paper.article("/rain/", "Rain in the west", NOON), "/about/")
    assert paper.asked == 1 + 10
    assert paper.told()[0] == 31


def test_a_sitemap_that_is_split_anew_moves_nothing(opened: Opened) -> None:
    paper = five(opened("sitemap"))
    parts = {"/map1.xml": ["/n0/", "/n1/", "/about/"], "/map2.xml": ["/n2/", "/n3/", "/n4/", "/rain/"]}
    paper.article("/rain/", "Rain in the west", paper.at(9))
    site = paper.town.site
    for part, paths in parts.items():
        urls = "".join(f"<url><loc>{paper.town.url_of(path)}</loc></url>" for path in paths)
        site.feed(part, f"<urlset {XMLNS}>{urls}</urlset>")
    named = "".join(f"<sitemap><loc>{site.url(part)}</loc></sitemap>" for part in parts)
    site.feed("/map.xml", f"<sitemapindex {XMLNS}>{named}</sitemapindex>")
    paper.read()
    assert paper.told() == (6, 7)
    assert paper.asked == 1


def file_of(paper: Paper, name: str, title: str, date: str, text: str = "Text.", more: str = "") -> None:
    """A file, and its page."""
    (paper.town.folder / name).write_text(f"---\ntitle: {title}\ndate: {date}\n{more}---\n{text}\n")
    slug = more.removeprefix("slug: ").strip() if more.startswith("slug") else name.removesuffix(".md")
    paper.article(f"/{slug}/", title, datetime.fromisoformat(date))


@pytest.mark.parametrize("told_by", ["alias", "redirect_from", "second", "text", "redirect"])
def test_a_file_that_was_renamed_is_neither_taken_back_nor_shared_again(opened: Opened, told_by: str) -> None:
    paper = opened("folder")
    paper.town.desk.clock.forward(timedelta(days=1))
    date = "2026-11-25T11:20:07Z" if told_by in {"second", "redirect"} else "2026-11-25"
    file_of(paper, "a.md", "The road opens", date, BODY)
    paper.read()
    assert paper.told() == (1, 1)
    (paper.town.folder / "a.md").unlink()
    title, text, more = "The road opens on Monday", "Other words.", ""
    if told_by in {"alias", "redirect_from"}:
        more = "aliases: [/a/]\n" if told_by == "alias" else "redirect_from: /a/\n"
    elif told_by == "redirect":
        paper.town.site.redirect("/a/", "/b/")
    else:
        title, text = ("The road opens", text) if told_by == "second" else (title, BODY)
    file_of(paper, "b.md", title, date, text, more)
    paper.read()
    paper.read()
    assert paper.told() == (1, 1)
    assert paper.url(1) == "/b/"
    with paper.town.store.read() as tx:
        article = tx.articles.get(1)
    assert article
    assert (article.withdrawn_at, article.title) == (None, title)


def test_a_file_whose_slug_follows_its_title_is_the_same_article(opened: Opened) -> None:
    paper = opened("folder")
    paper.town.desk.clock.forward(timedelta(days=1))
    file_of(paper, "a.md", "The road", "2026-11-25T11:20:07Z", more="slug: the-road\n")
    paper.read()
    file_of(paper, "a.md", "The bridge is closed", "2026-11-25T11:20:07Z", more="slug: the-bridge\n")
    paper.read()
    assert paper.told() == (1, 1)
    assert paper.url(1) == "/the-bridge/"


def test_a_file_that_is_written_anew_each_day_is_another_article(opened: Opened) -> None:
    paper = opened("folder")
    paper.town.desk.clock.forward(timedelta(days=1))
    file_of(paper, "today.md", "Weather on Tuesday", "2026-11-25T11:20:07Z", more="slug: tuesday\n")
    paper.read()
    file_of(paper, "today.md", "Weather on Wednesday", "2026-11-25T11:50:07Z", more="slug: wednesday\n")
    paper.read()
    assert paper.told() == (2, 2)


def test_a_folder_that_was_just_swapped_goes_on(opened: Opened) -> None:
    paper = opened("folder")
    paper.town.desk.clock.forward(timedelta(days=1))
    for number in range(3):
        file_of(paper, f"{number}.md", f"The road {number}", f"2026-11-25T11:2{number}:07Z")
    paper.read()
    files = {path: path.read_text() for path in paper.town.folder.iterdir()}
    for path in files:
        path.unlink()
    paper.read()

    def withdrawn() -> int:
        with paper.town.store.read() as tx:
            return len([each for each in tx.articles.latest(9) if each.withdrawn_at])

    assert withdrawn() == 3
    for path, text in files.items():
        path.write_text(text)
    paper.read()
    assert (withdrawn(), paper.told()) == (0, (3, 3))
    with paper.town.store.read() as tx:
        assert not tx.following.held("folder")


def test_a_file_that_is_taken_away_as_another_comes_is_taken_back(opened: Opened) -> None:
    paper = opened("folder")
    paper.town.desk.clock.forward(timedelta(days=1))
    file_of(paper, "a.md", "The road opens", "2026-11-25T11:20:07Z", BODY)
    paper.read()
    (paper.town.folder / "a.md").unlink()
    file_of(paper, "b.md", "The bridge is closed", "2026-11-25T11:40:07Z", BODY)
    paper.read()
    assert paper.told() == (2, 2)
    with paper.town.store.read() as tx:
        article = tx.articles.get(1)
    assert article
    assert article.withdrawn_at


@pytest.mark.parametrize("slug", ["", "elsewhere-"])
def test_another_installation_gives_new_numbers_and_takes_nothing_back(opened: Opened, slug: str) -> None:
    paper = opened("rest")
    site = paper.town.site
    site.doors.add("api")
    for number in range(1, 9):
        site.add(number, slug=f"a{number}", date=NOON - timedelta(minutes=number, seconds=7))
    paper.read()
    assert paper.told() == (8, 8)
    for number in range(1, 9):
        post = site.posts.pop(number)
        site.add(900 + number, title=post.title, slug=f"{slug}{post.slug}", date=post.date)
    for _ in range(3):
        paper.read()
    assert paper.told() == (8, 8)
    with paper.town.store.read() as tx:
        known = [tx.articles.get(id_) for id_ in range(1, 9)]
    assert [each.withdrawn_at for each in known if each] == [None] * 8


def test_a_post_that_is_binned_as_another_comes_is_taken_back_and_the_other_shared(opened: Opened) -> None:
    paper = opened("rest")
    site = paper.town.site
    site.doors.add("api")
    site.add(1, slug="the-road", date=NOON - timedelta(minutes=1, seconds=7))
    paper.read()
    site.posts[1].status = "trash"
    site.add(2, slug="a-bridge", date=NOON - timedelta(minutes=2, seconds=7))
    site.redirect("/the-road/", "/a-bridge/")
    paper.read()
    assert paper.told() == (2, 2)
    with paper.town.store.read() as tx:
        article = tx.articles.get(1)
    assert article
    assert article.withdrawn_at


@pytest.mark.parametrize("to", ["list", "other", "rest"])
def test_a_source_that_is_read_elsewhere_from_now_on_shares_nothing_again(opened: Opened, to: str) -> None:
    paper = five(opened("sitemap"))
    site, items = paper.town.site, []
    for number in range(5):
        title, path, date = f"Story number {number}", f"/2026/{number}/", paper.at(number)
        items.append({"title": title, "link": paper.town.url_of(paper.article(path, title, date))})
        if to == "rest":
            site.add(number + 1, title=title, slug=path.strip("/"), date=date)
    site.doors.add("api")
    site.feed(
        "/list/", "".join(f'<h2><a href="{each["link"]}">…</a></h2>' for each in items), kind="text/html"
    )
    paper.town.rss("other", *items)
    dated = site.pages["/other.xml"].body.decode()
    for number in range(5):
        dated = dated.replace("Tue, 24 Nov 2026 12:01:00 GMT", format_datetime(paper.at(number)), 1)
    site.feed("/other.xml", dated)
    sources: dict[str, Any] = paper.town.desk.newsroom.sources  # type: ignore[assignment]
    sources["sitemap"] = paper.town.wired("sitemap", **paper.town.tables()[to])
    paper.read()
    paper.read()
    assert paper.told() == (5, 6)
    assert [paper.url(2), paper.url(6)] == ["/2026/0/", "/2026/4/"]


def test_a_file_that_is_set_back_to_an_older_edition_is_believed_at_once(opened: Opened) -> None:
    paper = opened("folder")
    paper.town.desk.clock.forward(timedelta(days=1))
    date, titles = "2026-11-25T11:20:07Z", []
    for number, (title, edited) in enumerate((("The road", 20), ("The street", 50), ("The road", 20))):
        file_of(paper, "a.md", title, date, "x" * number, f"lastmod: 2026-11-25T11:{edited}:07Z\n")
        paper.read()
        with paper.town.store.read() as tx:
            titles += [each.title for each in tx.articles.latest(9)]
    assert titles == ["The road", "The street", "The road"]
