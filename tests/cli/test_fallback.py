"""A WordPress whose API goes away in the middle: its feed is read, which knows less of each article."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cli.conftest import Desk
from tests.fakes.site import Page
from tests.fakes.wordpress import WordPress

TERMS: dict[str, Any] = {"categories": ("Politiki",), "tags": ("Umuganda",)}


@pytest.fixture
def site() -> Iterator[WordPress]:
    with WordPress() as site:
        site.add(1)
        yield site


@pytest.fixture
def desk(working: Desk, site: WordPress, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("bot.domain.following.CALM", timedelta(0))
    feed = f'kind = "feed"\nurl = "{working.site.url("/feed/")}"'
    working.configure((feed, f'kind = "wordpress"\nurl = "{site.url("/")}"'))
    working.configure(('as = "mastodon"', 'as = "mastodon"\non_update = "edit"'))
    passes(working)
    return working


def passes(desk: Desk, number: int = 1) -> None:
    for _ in range(number):
        code, out, err = desk("run", "--once")
        assert code == 0, out + err


def shares(desk: Desk) -> list[tuple[str, str, str]]:
    rows = desk.json("queue", "list")
    return sorted((row["title"], row["occasion"], row["state"]) for row in rows if row["account"] == "fedi")


def test_what_the_api_said_of_an_article_stands_while_the_feed_is_read(desk: Desk, site: WordPress) -> None:
    now = datetime.now(UTC)
    site.add(2, title="With terms", date=now, **TERMS)
    site.add(3, title="Not this", date=now, meta={"sharewire_skip": "1"})
    site.add(4, title="Later", date=now, meta={"sharewire_embargo": "2030-01-01 08:00"})
    passes(desk)
    before = shares(desk)
    assert [each for each in before if each[2] == "published"] == [("With terms", "new", "published")]
    site.api = "off"
    passes(desk, 3)
    assert shares(desk) == before
    site.api = "on"
    passes(desk, 13)
    assert shares(desk) == before


def test_what_only_the_feed_has_shown_waits_where_the_desk_orders_in_its_posts(
    desk: Desk, site: WordPress
) -> None:
    site.add(2, title="As ever", date=datetime.now(UTC), meta={"sharewire_skip": ""})
    passes(desk)
    site.api = "off"
    site.add(3, title="Perhaps not", date=datetime.now(UTC), meta={"sharewire_skip": "1"})
    site.add(4, title="News", date=datetime.now(UTC), meta={"sharewire_skip": ""})
    passes(desk, 2)
    assert [each for each in shares(desk) if each[0] in ("News", "Perhaps not")] == []
    assert "cannot be asked: its feed alone is read" in desk("explain", site.url("/article-4/"))[1]
    site.api = "on"
    passes(desk, 12)
    assert [each for each in shares(desk) if each[2] == "published"] == [
        ("As ever", "new", "published"),
        ("News", "new", "published"),
    ]


def test_it_waits_too_where_the_fields_are_configured_and_the_api_has_never_answered(
    desk: Desk, site: WordPress
) -> None:
    desk.configure(('kind = "wordpress"', 'kind = "wordpress"\noverrides = { skip = "sharewire_skip" }'))
    site.api = "off"
    site.add(2, title="Perhaps not", date=datetime.now(UTC), meta={"sharewire_skip": "1"})
    site.add(3, title="News", date=datetime.now(UTC), meta={"sharewire_skip": ""})
    passes(desk, 2)
    assert shares(desk) == []
    assert "cannot be asked: its feed alone is read" in desk("explain", site.url("/article-3/"))[1]
    site.api = "on"
    passes(desk, 13)
    assert [each for each in shares(desk) if each[2] == "published"] == [("News", "new", "published")]


def test_elsewhere_news_goes_out_by_the_feed_and_follows_it(desk: Desk, site: WordPress) -> None:
    site.api = "off"
    post = site.add(2, title="The brigde opens", date=datetime.now(UTC), **TERMS)
    passes(desk)
    post.title = "The bridge opens"
    passes(desk, 2)
    assert [each[1:] for each in shares(desk)] == [("edit:1", "published"), ("new", "published")]
    assert "its feed is read instead" in " ".join(desk("status")[1].split())


def test_an_update_of_the_site_is_waited_for_and_its_feed_is_left_alone(desk: Desk, site: WordPress) -> None:
    page = b"<!DOCTYPE html><html><body>Check back in a minute.</body></html>"
    site.live = lambda _: Page(page, 503, headers={"Retry-After": "600"})
    site.add(2, title="Before it", date=datetime.now(UTC))
    site.asked.clear()
    for _ in range(2):
        assert desk("run", "--once")[0] == 1
    (source,) = desk.json("status")["sources"]
    assert source["error"].endswith("/wp-json/wp/v2/posts answered 503; asks to wait 600 s")
    assert not any("/feed/" in request.url for request in site.asked)
    site.live = site._respond
    passes(desk)
    assert [each[0] for each in shares(desk)] == ["Before it"]
