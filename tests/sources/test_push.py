"""What a CMS may send, and what it hears when it sends something else."""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.errors import SourceError
from bot.domain.post import Image
from bot.ports.receiver import Receiver
from bot.ports.source import Harvest
from bot.sources.push import Connector, PushOptions

FULL = {
    "id": "7",
    "url": "https://news.example/rain/",
    "title": "Rain &amp; <b>wind</b>",
    "summary": "<p>It rains.</p>",
    "content_html": "<p>It rains a lot.</p><script>x()</script>",
    "published_at": "2026-11-25T08:00:00+02:00",
    "updated_at": "2026-11-25T09:00:00Z",
    "categories": ["Weather"],
    "tags": ["rain"],
    "authors": ["Jane Doe"],
    "image": {"url": "/rain.jpg", "alt": "A street"},
    "lang": "rw",
    "a key of their own": True,
}


@pytest.fixture
def connector() -> Connector:
    return Connector(PushOptions(kind="push"))


def end(steps: Generator[Any, Any, Harvest]) -> Harvest:
    with pytest.raises(StopIteration) as done:
        next(steps)
    harvest: Harvest = done.value.value
    return harvest


def receive(connector: Connector, document: Any) -> Harvest:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return end(connector.receive(body, {}))


def test_an_article_is_read_whole(connector: Connector) -> None:
    (entry,) = receive(connector, {"articles": [FULL]}).entries
    assert (entry.guid, entry.url, entry.title) == ("7", FULL["url"], "Rain & wind")
    assert (entry.summary, entry.html) == ("It rains.", "<p>It rains a lot.</p>")
    assert (entry.categories, entry.tags, entry.authors) == (("Weather",), ("rain",), ("Jane Doe",))
    assert entry.image == Image("https://news.example/rain.jpg", "A street")
    assert entry.published_at == datetime(2026, 11, 25, 6, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert entry.lang == "rw"


def test_an_address_alone_is_an_article(connector: Connector) -> None:
    (entry,) = receive(connector, {"url": "https://news.example/rain/"}).entries
    assert (entry.guid, entry.title, entry.published_at) == ("https://news.example/rain/", "", None)


def test_it_says_what_the_desk_orders(connector: Connector) -> None:
    orders = {"skip": True, "text": " Our \n words ", "embargo": "2026-11-26T06:00:00+02:00"}
    (entry,) = receive(connector, {**FULL, **orders}).entries
    assert (entry.skip, entry.override_text) == ("the push says not to share it", "Our words")
    assert entry.not_before == datetime(2026, 11, 26, 4, tzinfo=UTC)
    assert entry.image == Image("https://news.example/rain.jpg", "A street")
    (entry,) = receive(connector, FULL).entries
    assert (entry.skip, entry.override_text, entry.not_before) == ("", "", None)


def test_it_tells_what_is_gone(connector: Connector) -> None:
    harvest = receive(connector, {"gone": ["7"]})
    assert (harvest.entries, harvest.gone) == ((), ("7",))


def test_it_is_met_once_and_never_asked(connector: Connector) -> None:
    assert isinstance(connector, Receiver)
    first = end(connector.poll({}))
    assert not first.unchanged
    assert end(connector.poll(first.cursor)).unchanged


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"<rss/>", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ([], "must be an object"),
        ({}, "articles.0.url: Field required"),
        ({"url": "javascript:x()"}, "articles.0.url: "),
        ({"url": "https://n.example/", "published_at": "2026-11-25T08:00:00"}, "with their zone"),
        ({"url": "https://n.example/", "published_at": "soon"}, "articles.0.published_at: "),
        ({"url": "https://n.example/", "embargo": "2026-11-25T08:00:00"}, "with their zone"),
        ({"url": "https://n.example/", "embargo": "9999-12-31T23:00:00-12:00"}, "no time that can be waited"),
        ({"url": "https://n.example/", "tags": "one"}, "articles.0.tags: "),
        ({"articles": [{"url": "https://n.example/"}] * 101}, "articles: "),
    ],
)
def test_what_it_cannot_read_names_the_key(connector: Connector, document: Any, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        receive(connector, document)
    assert says in str(caught.value)
    assert caught.value.status == 400
