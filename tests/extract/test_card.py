from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.limits import Limits, Measure
from bot.extract.card import CardLook
from tests.fakes.site import Page, Site

LIMITS = Limits(text=(Measure("characters", len, 300),), card_bytes=2000)
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        site.pages["/small.png"] = Page(b"x" * 1999)
        site.pages["/large.png"] = Page(b"x" * 2001)
        yield site


def look(site: Site, html: str, limits: Limits = LIMITS, **page: object) -> str:
    site.pages["/a/"] = Page(html.encode(), **{"headers": HTML} | page)  # type: ignore[arg-type]
    return CardLook("Sharewire", lambda: 0.0, allow_private=True)(site.url("/a/"), limits)


def picture(name: str) -> str:
    return f'<html><head><meta property="og:image" content="/{name}.png"></head></html>'


def test_a_page_whose_picture_loads_is_fit(site: Site) -> None:
    assert look(site, picture("small")) == ""


def test_a_page_that_names_no_picture_is_fit(site: Site) -> None:
    assert look(site, "<html><title>A</title></html>") == ""


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (404, "its page answers 404"),
        (500, "its page answers 500"),
        (401, "its page answers 401: it is behind a log-in"),
        (403, "its page answers 403: it is behind a log-in"),
    ],
)
def test_a_page_that_is_not_there_is_not(site: Site, status: int, says: str) -> None:
    assert look(site, "", status=status) == says


def test_a_page_that_stands_in_its_place_is_not_unless_the_article_is_called_so(site: Site) -> None:
    html, card = "<title>Access denied | The Site</title>", CardLook("S", lambda: 0.0, allow_private=True)
    assert look(site, html) == "its page is “Access denied | The Site” in its place"
    assert card(site.url("/a/"), LIMITS, "Access denied") == ""


def test_a_draft_is_not(site: Site) -> None:
    says = "its page is marked noindex: is it a draft?"
    assert look(site, '<meta name="robots" content="NOINDEX, nofollow">') == says
    assert look(site, "<title>A</title>", headers=HTML | {"X-Robots-Tag": "noindex"}) == says


def test_a_page_that_leads_to_a_login_is_not(site: Site) -> None:
    site.pages["/wp-login.php"] = Page(b"<title>Log in</title>", headers=HTML)
    site.pages["/welcome"] = Page(b'<form><input type="password"></form>', headers=HTML)
    for target in ("/wp-login.php?next=/a/", "/welcome"):
        assert look(site, "", status=302, headers={"Location": target}) == "its page is a log-in page"


def test_a_page_with_a_login_form_beside_its_article_is_fit(site: Site) -> None:
    form = '<form action="/login"><input type="password"></form><article>News</article>'
    assert look(site, form) == ""
    site.pages["/b/"] = Page(form.encode(), headers=HTML)
    assert look(site, "", status=301, headers={"Location": "/b/"}) == ""


def test_a_picture_must_load_and_be_small_enough(site: Site) -> None:
    assert look(site, picture("gone")) == "its picture does not load: answered 404"
    assert look(site, picture("large")) == "its picture does not load: larger than 2,000 bytes"


def test_a_platform_without_cards_asks_for_no_picture(site: Site) -> None:
    assert look(site, picture("gone"), Limits(text=LIMITS.text, card="none")) == ""


def test_a_pdf_is_shown_as_it_is(site: Site) -> None:
    assert look(site, "%PDF", headers={"Content-Type": "application/pdf"}) == ""


def test_no_answer_is_told(site: Site) -> None:
    nowhere = site.url("/").replace("127.0.0.1", "127.0.0.1").replace(site.host, "127.0.0.1:1")
    said = CardLook("Sharewire", lambda: 0.0, allow_private=True)(nowhere, LIMITS)
    assert said.startswith("its page cannot be read: could not connect")


def test_a_private_address_is_not_asked_unless_a_source_is_private(site: Site) -> None:
    said = CardLook("Sharewire", lambda: 0.0)(site.url("/a/"), LIMITS)
    assert said == "its page cannot be read: could not connect (NewConnectionError)"
    assert site.asked == []


def test_what_was_fit_is_not_asked_again_for_a_while(site: Site) -> None:
    site.pages["/a/"] = Page(b"<title>A</title>", headers=HTML)
    now = [0.0]
    card = CardLook("Sharewire", lambda: now[0], allow_private=True)
    for at in (0.0, 299.0, 301.0):
        now[0] = at
        assert card(site.url("/a/"), LIMITS) == ""
    assert len(site.asked) == 2


def test_what_was_not_fit_is_asked_again_at_once(site: Site) -> None:
    card = CardLook("Sharewire", lambda: 0.0, allow_private=True)
    assert card(site.url("/a/"), LIMITS) == "its page answers 404"
    site.pages["/a/"] = Page(b"<title>A</title>", headers=HTML)
    assert card(site.url("/a/"), LIMITS) == ""
