"""A new article whose own page is not found: it is not shared before that is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.services.explain import explain
from bot.services.share import share
from tests.runtime.test_moved import Paper, printed, told

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    """One that has shared five stories, and lists a sixth whose page answers 404."""
    with printed(tmp_path) as paper:
        title = "Rain in the west"
        new = paper.item("rain", title, paper.town.desk.clock.now(), text=title)
        paper.page("rain", status=404)
        paper.show(new, *paper.items)
        assert told(paper) == (5, 6)
        yield paper


def after(paper: Paper, *waits: timedelta) -> int:
    """The posts after so many polls."""
    for wait in waits:
        paper.town.desk.clock.forward(wait)
        paper.town.poll()
    return len(paper.town.posts())


def alerts(paper: Paper) -> list[str]:
    with paper.town.store.read() as tx:
        return [each.text for each in tx.alerts.open() if each.key == "article:6:missing"]


def why(paper: Paper) -> str:
    document = explain(paper.town.store, paper.town.desk.newsroom, "6", paper.town.desk.clock.now())
    assert document
    said = (document.get("page_trouble"), *(each["rule"] for each in document["decisions"]))
    return f"{said} {document.get('page_at')}"


@pytest.mark.parametrize("then", [404, 503])
def test_it_waits_one_alert_says_so_and_it_is_shared_once_it_is_there(paper: Paper, then: int) -> None:
    assert after(paper, MINUTE, 4 * MINUTE, 10 * MINUTE) == 5
    (told_of,) = alerts(paper)
    assert "“Rain in the west”" in told_of
    assert "its page is not there (it answers 404)" in told_of
    paper.page("rain", status=then)
    assert after(paper, *[20 * MINUTE] * 9) == 5
    assert alerts(paper) == [told_of]
    assert f"it answers {then}" in why(paper)
    paper.page("rain")
    assert after(paper, HOUR) == 6
    assert alerts(paper) == []


def test_where_the_site_finds_no_page_for_a_program_it_is_shared_without(paper: Paper) -> None:
    for number in range(5):
        paper.page(f"n{number}", status=404)
    assert after(paper, MINUTE, 4 * MINUTE, 10 * MINUTE) == 6
    assert alerts(paper) == []


def test_of_one_that_would_not_be_shared_anyway_nobody_is_told(paper: Paper) -> None:
    with paper.town.store.write() as tx:
        article = tx.articles.get(6)
        assert article
        tx.articles.change(replace(article, skip="the desk says so"), undecide=False)
    assert after(paper, MINUTE, 4 * MINUTE, 10 * MINUTE) == 5
    assert alerts(paper) == []


def test_one_that_never_comes_is_not_shared_and_explained(paper: Paper) -> None:
    assert after(paper, *[20 * MINUTE] * 75) == 5
    assert "its page was not there for a day: it answers 404" in why(paper)
    assert alerts(paper) == []


def test_what_turns_out_to_be_another_waits_no_more(paper: Paper) -> None:
    assert after(paper, MINUTE, 4 * MINUTE, 10 * MINUTE) == 5
    assert len(alerts(paper)) == 1
    paper.town.site.redirect("/rain/", "/n3/")
    paper.page("n3", head=f'<link rel="canonical" href="{paper.town.url_of("/n3/")}">')
    with paper.town.store.write() as tx:
        article = tx.articles.get(4)
        assert article
        tx.articles.change(replace(article, title="Rain in the west"), undecide=False)
    assert after(paper, HOUR) == 5
    assert (told(paper), alerts(paper)) == ((5, 5), [])


def test_a_person_shares_it_all_the_same(paper: Paper) -> None:
    assert after(paper, MINUTE, 4 * MINUTE, 10 * MINUTE) == 5
    desk = paper.town.desk
    with desk.store.read() as tx:
        article = tx.articles.get(6)
    assert article
    share(desk.store, desk.newsroom, article, ("fedi",), desk.clock.now())
    assert after(paper, MINUTE) == 6
    paper.page("rain")
    assert after(paper, HOUR) == 6
