"""An article that its source shows again where it stood before, while its site does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.newsroom import NOON
from tests.runtime.test_moved import Paper, printed, told


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    """Story 2 has moved to /rain/, and is shown at /n2/ again as the site answers nothing but 503."""
    with printed(tmp_path) as paper:
        paper.show(*[item | {"guid": f"g{number}"} for number, item in enumerate(paper.items)])
        kept = paper.items[2]
        moved = paper.item("rain", kept["title"], NOON, "g2") | {"at": kept["at"]}
        paper.show(*paper.items[:2], moved, *paper.items[3:])
        assert url(paper) == "/rain/"
        paper.page("rain", status=503)
        paper.show(*paper.items[:2], kept, *paper.items[3:])
        assert url(paper) == "/rain/"
        yield paper


def url(paper: Paper) -> str:
    with paper.town.store.read() as tx:
        article = tx.articles.get(3)
    assert article
    assert article.withdrawn_at is None
    return article.url.removeprefix(paper.town.url_of(""))


def wait(paper: Paper, hours: float) -> None:
    for _ in range(round(hours * 60 / 10)):
        paper.town.desk.clock.forward(timedelta(minutes=9))
        paper.town.poll()


@pytest.mark.parametrize("answers", ["404", "redirect"])
@pytest.mark.parametrize("hours", [0.2, 3])
def test_it_is_asked_again_and_turned_where_that_is_gone_or_leads_back(
    paper: Paper, answers: str, hours: float
) -> None:
    wait(paper, hours)
    assert url(paper) == "/rain/"
    paper.page("rain", status=404)
    if answers == "redirect":
        paper.town.site.redirect("/rain/", "/n2/")
    wait(paper, 2)
    assert url(paper) == "/n2/"
    assert told(paper) == (5, 5)


def test_it_stays_where_its_present_page_is_there_until_that_is_gone(paper: Paper) -> None:
    paper.page("rain")
    wait(paper, 2)
    assert url(paper) == "/rain/"
    paper.page("rain", status=404)
    wait(paper, 24)
    assert url(paper) == "/n2/"


def test_a_site_that_never_answers_is_not_asked_for_ever(paper: Paper) -> None:
    before = len(paper.town.site.asked)
    for _ in range(72):
        paper.town.desk.clock.forward(timedelta(minutes=59))
        paper.town.poll()
    assert url(paper) == "/rain/"
    assert len([each for each in paper.town.site.asked[before:] if each.url == "/rain/"]) < 40
    before = len(paper.town.site.asked)
    wait(paper, 6)
    assert len([each for each in paper.town.site.asked[before:] if each.url == "/rain/"]) < 4
