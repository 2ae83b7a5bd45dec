"""Polling a list page: which of its links are articles, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.errors import SourceError
from bot.ports.source import Harvest
from bot.sources.page import Connector, PageOptions
from tests.fakes.site import Page, Site
from tests.sources.polling import poll_once

HTML = {"Content-Type": "text/html; charset=utf-8"}
LIST = """<!doctype html><html lang="fr"><head><title>Actualités</title></head>
<body><nav><a href="/">Accueil</a></nav>
<article><h2><a href="/a/?utm_source=home">La route de Kigali ouvre</a></h2>
<a href="/a/">Lire la suite</a></article>
<article><h2><a href="b.html#top">Le pont est fermé &amp; réparé</a></h2></article>
<article><h2><a href="https://ads.example/">Une offre d’un autre site</a></h2></article>
<article><h2><a href="mailto:desk@example.org">Écrivez à la rédaction</a></h2></article></body></html>"""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        show(running, LIST)
        yield running


def show(site: Site, html: str) -> None:
    site.pages["/news/"] = Page(html.encode(), headers=HTML)


def poll(site: Site, cursor: Mapping[str, Any] | None = None, links: str = "article h2 a") -> Harvest:
    table = {"kind": "page", "url": site.url("/news/"), "links": links, "allow_private": True}
    return poll_once(Connector(PageOptions.model_validate(table)), site, cursor)


def found(harvest: Harvest) -> list[tuple[str, str]]:
    return [(entry.url, entry.title) for entry in harvest.entries]


def test_the_links_of_the_site_itself_are_its_articles(site: Site) -> None:
    harvest = poll(site)
    assert found(harvest) == [
        (site.url("/a/?utm_source=home"), "La route de Kigali ouvre"),
        (site.url("/news/b.html"), "Le pont est fermé & réparé"),
    ]
    assert {(entry.lang, entry.bare) for entry in harvest.entries} == {("fr", True)}


def test_an_article_keeps_its_guid_whatever_is_appended_to_its_address(site: Site) -> None:
    before = [entry.guid for entry in poll(site).entries]
    show(site, LIST.replace("utm_source=home", "utm_source=menu"))
    assert [entry.guid for entry in poll(site).entries] == before


def test_a_short_text_is_no_title(site: Site) -> None:
    show(site, '<article><a href="/a/">Lire la suite</a></article><article><a href="/b/">Suite</a></article>')
    assert [title for _, title in found(poll(site, links="article a"))] == ["", ""]


def test_a_selector_may_name_what_holds_the_link(site: Site) -> None:
    assert [url for url, _ in found(poll(site, links="article"))][:1] == [site.url("/a/?utm_source=home")]


def test_what_changes_around_the_list_is_no_change(site: Site) -> None:
    first = poll(site)
    show(site, LIST.replace("</body>", "<p>17 visitors</p></body>"))
    assert poll(site, first.cursor).unchanged


@pytest.mark.parametrize(
    "html",
    ["<html><body><form id=login></form></body></html>", "", "<html><main><p>New design</p></main></html>"],
)
def test_a_page_without_any_such_element_is_an_error_that_says_so(site: Site, html: str) -> None:
    show(site, html)
    with pytest.raises(SourceError, match=r"has nothing that `links` \(article h2 a\) finds"):
        poll(site)


def test_a_selector_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="is no CSS selector"):
        PageOptions(kind="page", url="https://example.org/", links="h2 >>")


def test_a_base_and_a_charset_are_kept_to(site: Site) -> None:
    head = '<base href="/fr/"><meta charset=iso-8859-1>'
    html = f'{head}<article><h2><a href="a/">L’été à Butare est là</a></h2></article>'
    site.pages["/news/"] = Page(html.encode("cp1252"), headers={"Content-Type": "text/html"})
    assert found(poll(site)) == [(site.url("/fr/a/"), "L’été à Butare est là")]


def test_what_stood_above_others_and_is_listed_no_more_has_left(site: Site) -> None:
    def links(*paths: str) -> str:
        return "".join(f'<article><h2><a href="{path}">{path}</a></h2></article>' for path in paths)

    show(site, links("/d/", "/c/", "/b/", "/a/"))
    first = poll(site)
    show(site, links("/e/", "/d/", "/b/"))
    second = poll(site, first.cursor)
    assert [guid.rpartition("/")[2] for guid in second.left] == ["c"]
    again = poll(site, second.cursor)
    assert again.unchanged
    show(site, links("/f/", "/g/"))
    assert [guid.rpartition("/")[2] for guid in poll(site, again.cursor).left] == ["e", "d", "b"]
