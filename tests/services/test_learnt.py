"""Two articles that turn out to be one: what it says from then on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.routing import Route
from bot.services.learnt import merge
from tests.fakes.newsroom import Desk, account, entry
from tests.fakes.platform import FakePlatform


@pytest.mark.parametrize(
    ("title", "edited", "reads"),
    [
        ("Rain in the west", False, "https://news.example/2/"),  # told last, under another title: an edit
        ("Article 1", False, "https://news.example/1/"),  # one title: it may stand in two places
        ("Rain in the west", True, "https://news.example/1/"),  # the first was told after the second
    ],
)
def test_it_reads_as_its_source_told_it_last(
    desk_of: Callable[..., Desk], everything: Route, title: str, edited: bool, reads: str
) -> None:
    desk = desk_of([account("fedi", FakePlatform())], [everything])
    desk.poll(entry(1, title="Article 1"))
    desk.clock.forward(timedelta(minutes=5))
    desk.poll(entry(2, title=title))
    desk.clock.forward(timedelta(minutes=5))
    if edited:
        desk.poll(entry(1, title="Article 1, edited"))
    with desk.store.write() as tx:
        merge(tx, 1, 2, desk.clock.now())
    with desk.store.read() as tx:
        article = tx.articles.get(1)
    assert article
    assert article.url == reads
