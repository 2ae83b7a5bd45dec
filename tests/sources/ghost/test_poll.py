"""Polling Ghost: what its Content API answers, refuses and hides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.domain.errors import SourceError
from bot.domain.post import Image
from bot.ports.source import Harvest
from bot.sources.ghost import Connector, GhostOptions
from tests.fakes.ghost import KEY, Ghost, object_id
from tests.fakes.site import Page
from tests.sources.polling import poll_once

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = "2026-11-24T13:00:00.000+00:00"


@pytest.fixture
def site() -> Iterator[Ghost]:
    with Ghost() as running:
        running.add(1)
        yield running


def poll(
    site: Ghost, cursor: Mapping[str, Any] | None = None, *, past: bool = False, **options: Any
) -> Harvest:
    table = {"kind": "ghost", "url": site.url("/"), "allow_private": True, "content_key": KEY, **options}
    return poll_once(Connector(GhostOptions.model_validate(table)), site, cursor, past=past)


def titles(harvest: Harvest) -> list[str]:
    return [entry.title for entry in harvest.entries]


def test_a_post_becomes_an_entry(site: Ghost) -> None:
    site.add(
        2,
        title="Roads & bridges",
        feature_image=site.url("/content/images/road.jpg"),
        feature_image_alt="A road",
        custom_excerpt="The road opens.",
        tags=[{"name": "News"}, {"name": "Kigali"}, {"name": "#internal"}],
        primary_tag={"name": "News"},
        canonical_url="https://example.org/first/",
    )
    entry = poll(site).entries[0]
    assert (entry.title, entry.summary) == ("Roads & bridges", "The road opens.")
    assert (entry.guid, entry.cms_id) == (object_id(2), f"ghost:{object_id(2)}")
    assert (entry.categories, entry.tags, entry.authors) == (("News",), ("News", "Kigali"), ("Jane Doe",))
    assert entry.image == Image(site.url("/content/images/road.jpg"), "A road")
    assert entry.canonical_url == "https://example.org/first/"
    assert entry.published_at is not None
    assert entry.published_at.isoformat() == "2026-11-24T12:00:02+00:00"


def test_an_internal_tag_keeps_a_post_back(site: Ghost) -> None:
    site.add(2, tags=[{"name": "#NoSocial"}])
    assert poll(site).entries[0].skip == "its tag #nosocial says not to share it"


def test_an_unchanged_list_is_not_read_again(site: Ghost) -> None:
    first = poll(site)
    again = poll(site, first.cursor)
    assert (again.unchanged, again.status, again.cursor) == (True, 304, first.cursor)


def test_an_edit_to_a_post_that_left_the_list_is_seen(site: Ghost) -> None:
    for number in range(2, 9):
        site.add(number)
    first = poll(site, per_page=3)
    site.posts[1] |= {"title": "Corrected", "updated_at": LATER}
    assert titles(poll(site, first.cursor, per_page=3)) == ["Corrected"]


def at(minutes: float, *, hours: int = 0) -> str:
    """So long after noon, as a site tells it whose clock is so many hours ahead of UTC."""
    zone = timezone(timedelta(hours=hours))
    return (NOON + timedelta(minutes=minutes)).astimezone(zone).isoformat(timespec="milliseconds")


def test_an_edit_that_is_shown_late_behind_later_ones_is_not_overlooked(site: Ghost) -> None:
    for number in range(2, 40):
        site.add(number, published_at=at(number), updated_at=at(number))
    cursor = poll(site).cursor
    site.posts[5] |= {"title": "Corrected", "updated_at": at(60)}
    second = poll(site, cursor)
    site.posts[3] |= {"title": "In the same second", "updated_at": at(60)}
    site.posts[4] |= {"title": "Shown late", "updated_at": at(59)}
    third = poll(site, second.cursor)
    assert (titles(second), titles(third)) == (["Corrected"], ["In the same second", "Shown late"])
    assert poll(site, third.cursor).unchanged


def test_what_was_published_just_before_the_first_poll_behind_its_page_is_no_edit(site: Ghost) -> None:
    for number in range(2, 60):
        site.add(number, title=f"Number {number}", published_at=at(number / 60), updated_at=at(number / 60))
    first = poll(site)
    site.add(60, title="News", published_at=at(2), updated_at=at(2))
    second = poll(site, first.cursor)
    site.posts[3] |= {"title": "Corrected", "updated_at": at(3)}
    third = poll(site, second.cursor)
    assert {*titles(second), *titles(third)} - {*titles(first)} == {"News", "Corrected"}


def test_what_an_earlier_release_remembers_begins_no_flood(site: Ghost) -> None:
    for number in range(2, 60):
        site.add(number, published_at=at(number / 60), updated_at=at(number / 60))
    cursor = {name: value for name, value in poll(site).cursor.items() if name not in ("edits_from", "edits")}
    site.posts[3] |= {"title": "Corrected", "updated_at": at(3)}
    assert titles(poll(site, cursor)) == ["Corrected"]


def test_of_edits_to_many_posts_at_once_none_is_overlooked(site: Ghost) -> None:
    for number in range(2, 60):
        site.add(number, published_at=at(number), updated_at=at(number))
    first = poll(site)
    for number in range(2, 47):
        site.posts[number] |= {"title": "Corrected", "updated_at": at(100)}
    again = poll(site, first.cursor)
    assert titles(again).count("Corrected") == 45
    assert poll(site, again.cursor).unchanged


def test_an_edit_of_the_same_day_is_seen_wherever_the_site_is(site: Ghost) -> None:
    for number in range(1, 30):
        site.add(number, published_at=at(number, hours=2), updated_at=at(number, hours=2))
    first = poll(site)
    site.posts[1] |= {"title": "Corrected", "updated_at": at(40, hours=2)}
    again = poll(site, first.cursor)
    assert titles(again) == ["Corrected"]
    # The clocks go back: an hour that comes twice.
    site.posts[2] |= {"title": "After it", "updated_at": at(50, hours=1)}
    assert titles(poll(site, again.cursor)) == ["After it"]


def test_after_an_outage_it_goes_back_to_what_it_knows(site: Ghost) -> None:
    first = poll(site, per_page=3)
    for number in range(2, 12):
        site.add(number)
    assert titles(poll(site, first.cursor, per_page=3)) == [f"Article {n}" for n in range(11, 0, -1)][:12]


def test_its_past_is_told_page_by_page_to_the_end(site: Ghost) -> None:
    for number in range(2, 8):
        site.add(number)
    cursor: dict[str, Any] = {}
    told: list[str] = []
    for _ in range(5):
        page = poll(site, cursor, per_page=3, past=True)
        told += titles(page)
        cursor = dict(page.cursor)
        if not cursor:
            break
    assert (told, cursor) == ([f"Article {n}" for n in range(7, 0, -1)], {})


def test_without_a_key_its_past_is_not_asked_for(site: Ghost) -> None:
    with pytest.raises(SourceError, match="there is no content_key"):
        poll(site, past=True, content_key="")


@pytest.mark.parametrize("status", ["draft", "scheduled"])
def test_a_post_that_is_a_draft_again_is_gone(site: Ghost, status: str) -> None:
    site.add(2)
    first = poll(site)
    site.posts[2]["status"] = status
    harvest = poll(site, first.cursor)
    assert (harvest.gone, titles(harvest)) == ((object_id(2),), ["Article 1"])


def test_a_wrong_key_is_named_and_no_key_is_ever_shown(site: Ghost) -> None:
    with pytest.raises(SourceError, match="UnauthorizedError") as caught:
        poll(site, content_key="badc0ffee0ddf00d")
    assert caught.value.status == 401
    assert "badc0ffee0ddf00d" not in str(caught.value)
    assert KEY not in str(poll(site).cursor)


def test_the_key_does_not_stand_in_what_the_wire_complains_of(site: Ghost) -> None:
    site.broken = Page(b"{" + b" " * 6_000_000)
    with pytest.raises(SourceError, match="more than 5,000,000 bytes") as caught:
        poll(site)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><html><title>Sign in</title></html>", "answers a web page, not JSON"),
        (b'{"posts": [{"id": "6', "answers no list of posts"),
        (b"[]", "answers no list of posts"),
        (b'{"posts": {}}', "answers no list of posts"),
    ],
)
def test_what_is_no_list_is_an_error(site: Ghost, body: bytes, said: str) -> None:
    site.broken = Page(body)
    with pytest.raises(SourceError, match=said):
        poll(site)


def test_without_a_key_nothing_is_asked(site: Ghost) -> None:
    with pytest.raises(SourceError, match="no content_key"):
        poll(site, content_key="")
    assert site.asked == []
