"""Polling WordPress: what its REST API answers, refuses and hides."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from bot.domain.errors import SourceError
from bot.domain.post import Image
from bot.http.drive import drive
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.source import Cursor, Harvest, HistoricalSource
from bot.services.fallback import Either
from bot.sources.feed import Connector as FeedConnector
from bot.sources.feed import FeedOptions
from bot.sources.wordpress import Connector, WordPressOptions
from bot.sources.wordpress.door import Door
from tests.fakes.site import Page
from tests.fakes.wordpress import NOON, WordPress
from tests.sources.polling import poll_once

MINUTE = timedelta(minutes=1)


@pytest.fixture
def site() -> Iterator[WordPress]:
    with WordPress() as running:
        running.add(1)
        yield running


def connector(site: WordPress, **options: Any) -> Connector:
    table = {"kind": "wordpress", "url": site.url("/"), "allow_private": True, **options}
    return Connector(WordPressOptions.model_validate(table))


def poll(site: WordPress, cursor: Mapping[str, Any] | None = None, **options: Any) -> Harvest:
    return poll_once(connector(site, **options), site, cursor)


def titles(harvest: Harvest) -> list[str]:
    return [entry.title for entry in harvest.entries]


def test_a_post_becomes_an_entry(site: WordPress) -> None:
    site.picture(9, alt_text="A road &amp; a bridge")
    site.add(
        7,
        title="Kigali&#8217;s &#038; <em>other</em> roads",
        date=NOON,
        modified=NOON + MINUTE,
        categories=("News", "R &amp; D"),
        tags=("roads",),
        media=9,
    )
    entry = poll(site).entries[0]
    assert (entry.title, entry.url) == ("Kigali’s & other roads", site.url("/article-7/"))
    assert (entry.guid, entry.cms_id) == (site.url("/?p=7"), "wp:/7")
    assert (entry.published_at, entry.updated_at) == (NOON, NOON + MINUTE)
    assert (entry.categories, entry.tags) == (("News", "R & D"), ("roads",))
    assert (entry.authors, entry.site_name) == (("Jane Doe",), "The Site & Co")
    assert entry.image == Image(site.url("/wp-content/uploads/9.jpg"), "A road & a bridge", 1200, 800)
    assert entry.summary == "What the minister said on Monday in the house."
    assert "heard by everybody" in entry.html


def test_a_cut_excerpt_gives_way_to_the_first_paragraph(site: WordPress) -> None:
    site.add(2, excerpt="<p>What the minister said on Monday in the [&hellip;]</p>")
    assert poll(site).entries[0].summary.endswith("everybody there.")


def test_what_may_not_be_embedded_is_left_out(site: WordPress) -> None:
    site.add(2, author="", media=99)
    entry = poll(site).entries[0]
    assert (entry.authors, entry.image) == ((), None)


def test_only_what_is_public_is_an_entry(site: WordPress) -> None:
    site.add(2, status="future", date=NOON + timedelta(days=1))
    site.add(3, status="draft")
    site.add(4, protected=True)
    assert titles(poll(site)) == ["Article 1"]


def test_a_scheduled_post_comes_once_it_is_out(site: WordPress) -> None:
    post = site.add(2, status="future", date=NOON + timedelta(days=1))
    first = poll(site)
    post.status = "publish"
    assert titles(poll(site, first.cursor))[0] == "Article 2"


def test_an_unchanged_list_is_not_read_again(site: WordPress) -> None:
    first = poll(site)
    again = poll(site, first.cursor)
    assert (again.unchanged, again.entries, again.status) == (True, (), 304)
    assert again.cursor == first.cursor


def test_an_edit_to_a_post_that_left_the_list_is_seen(site: WordPress) -> None:
    for number in range(2, 40):
        site.add(number, date=NOON + number * MINUTE)
    first = poll(site)
    assert len(first.entries) == 20
    site.posts[3].title, site.posts[3].modified = "Corrected", NOON + 60 * MINUTE
    again = poll(site, first.cursor)
    assert titles(again) == ["Corrected"]
    assert poll(site, again.cursor).unchanged


def test_of_edits_to_many_posts_at_once_none_is_overlooked(site: WordPress) -> None:
    for number in range(2, 60):
        site.add(number, date=NOON + number * MINUTE)
    first = poll(site)
    for number in range(2, 47):
        site.posts[number].title, site.posts[number].modified = "Corrected", NOON + 100 * MINUTE
    again = poll(site, first.cursor)
    assert titles(again).count("Corrected") == 45
    assert poll(site, again.cursor).unchanged


def test_an_edit_that_is_shown_late_behind_later_ones_is_not_overlooked(site: WordPress) -> None:
    for number in range(2, 40):
        site.add(number, date=NOON + number * MINUTE)
    cursor = poll(site).cursor
    site.posts[5].title, site.posts[5].modified = "Corrected", NOON + 60 * MINUTE
    second = poll(site, cursor)
    for number, title in ((3, "In the same second"), (4, "Shown late")):
        site.posts[number].title, site.posts[number].modified = title, NOON + (63 - number) * MINUTE
    third = poll(site, second.cursor)
    assert (titles(second), titles(third)) == (["Corrected"], ["In the same second", "Shown late"])
    assert poll(site, third.cursor).unchanged


def test_what_was_published_just_before_the_first_poll_behind_its_page_is_no_edit(site: WordPress) -> None:
    for number in range(2, 60):
        site.add(number, title=f"Number {number}", date=NOON + timedelta(seconds=number))
    first = poll(site)
    site.add(60, title="News", date=NOON + 2 * MINUTE)
    second = poll(site, first.cursor)
    site.posts[3].title, site.posts[3].modified = "Corrected", NOON + 3 * MINUTE
    third = poll(site, second.cursor)
    assert {*titles(second), *titles(third)} - {*titles(first)} == {"News", "Corrected"}


def test_a_wordpress_that_does_not_know_modified_after_shows_edits_all_the_same(site: WordPress) -> None:
    site.knows_modified_after = False
    first = poll(site)
    assert poll(site, first.cursor).unchanged
    site.posts[1].modified = NOON + MINUTE
    assert titles(poll(site, first.cursor)) == ["Article 1"]


def test_after_an_outage_it_goes_back_to_what_it_knows(site: WordPress) -> None:
    first = poll(site)
    for number in range(2, 60):
        site.add(number, date=NOON + number * MINUTE)
    harvest = poll(site, first.cursor)
    assert titles(harvest) == [f"Article {number}" for number in range(59, 0, -1)]


def test_where_there_was_nothing_yet_all_that_comes_at_once_is_met(site: WordPress) -> None:
    del site.posts[1]
    first = poll(site)
    for number in range(2, 60):
        site.add(number, date=NOON + number * MINUTE)
    assert len(titles(poll(site, first.cursor))) == 58


@pytest.mark.parametrize("etags", [True, False])
def test_a_scheduled_post_that_comes_out_late_is_met_behind_all_newer_ones(
    site: WordPress, etags: bool
) -> None:
    """WordPress publishes it as of when it was due, and calls it unchanged since."""
    for number in range(2, 60):
        site.add(number, date=NOON + number * MINUTE)
    late = [site.add(number, date=NOON + 45.5 * MINUTE, status="future") for number in range(60, 85)]
    site.add(90, date=NOON + 90 * MINUTE, protected=True)
    cursor: Cursor = {}
    for number in range(100, 104):
        site.add(number, date=NOON + number * MINUTE)
        cursor = poll(site, cursor).cursor
    site.posts[40].status = "trash"
    cursor = poll(site, cursor).cursor
    for post in late:
        post.status = "publish"
    kept = cursor if etags else {**cursor, "types": {"posts": {**cursor["types"]["posts"], "etag": ""}}}
    asked = len(site.asked)
    harvest = poll(site, kept)
    assert {f"Article {post.id}" for post in late} <= set(titles(harvest))
    assert len(site.asked) - asked == 4
    assert poll(site, harvest.cursor).unchanged


def test_a_page_past_the_end_is_the_end(site: WordPress) -> None:
    first = poll(site, per_page=1)
    del site.posts[1]
    site.add(2)
    harvest = poll(site, first.cursor, per_page=1)
    assert titles(harvest) == ["Article 2"]
    assert any("page=2" in request.url for request in site.asked)


@pytest.mark.parametrize("status", ["trash", "draft", "private"])
def test_a_post_that_is_withdrawn_is_told_as_gone_once(site: WordPress, status: str) -> None:
    site.add(2, date=NOON + MINUTE)
    first = poll(site)
    site.posts[2].status = status
    harvest = poll(site, first.cursor)
    assert harvest.gone == (site.url("/?p=2"),)
    assert poll(site, harvest.cursor).gone == ()


def test_a_deleted_post_is_gone(site: WordPress) -> None:
    site.add(2, date=NOON + MINUTE)
    first = poll(site)
    del site.posts[2]
    assert poll(site, first.cursor).gone == (site.url("/?p=2"),)


def test_many_that_are_binned_at_once_are_all_told_as_gone_by_and_by(site: WordPress) -> None:
    for number in range(2, 14):
        site.add(number, date=NOON + number * MINUTE)
    harvest = poll(site)
    for number in range(2, 14):
        site.posts[number].status = "trash"
    told: list[str] = []
    for _ in range(3):
        harvest = poll(site, harvest.cursor)
        told += harvest.gone
    assert sorted(told) == sorted(site.url(f"/?p={number}") for number in range(2, 14))
    assert poll(site, harvest.cursor).unchanged


def test_one_that_comes_back_from_the_bin_is_told_as_back_once(site: WordPress) -> None:
    site.add(2, date=NOON + MINUTE)
    first = poll(site)
    site.posts[2].status = "trash"
    gone = poll(site, first.cursor)
    assert gone.back == ()
    site.posts[2].status, site.posts[2].modified = "publish", NOON + 9 * MINUTE
    again = poll(site, gone.cursor)
    assert (again.back, again.gone) == ((site.url("/?p=2"),), ())
    site.add(3, date=NOON + 2 * MINUTE)
    assert poll(site, again.cursor).back == ()


def test_a_post_that_was_only_pushed_off_the_list_is_not_gone(site: WordPress) -> None:
    first = poll(site, per_page=5)
    for number in range(2, 12):
        site.add(number, date=NOON + number * MINUTE)
    assert poll(site, first.cursor, per_page=5).gone == ()


def test_a_missing_post_that_still_answers_is_not_gone(site: WordPress) -> None:
    site.add(2, date=NOON + MINUTE)
    first = poll(site)
    site.posts[2].date = NOON - timedelta(days=9)
    assert poll(site, first.cursor).gone == ()


def test_a_post_behind_a_password_now_is_gone(site: WordPress) -> None:
    first = poll(site)
    site.posts[1].protected = True
    site.posts[1].modified = NOON + MINUTE
    assert poll(site, first.cursor).gone == (site.url("/?p=1"),)


def test_a_site_without_permalinks_has_its_api_elsewhere(site: WordPress) -> None:
    site.plain = True
    first = poll(site)
    assert titles(first) == ["Article 1"]
    site.asked.clear()
    poll(site, first.cursor)
    assert all("rest_route" in request.url for request in site.asked)


@pytest.mark.parametrize("address", ["/wp-json/", "/wp-json/wp/v2/posts", "/?rest_route=/", ""])
def test_the_apis_own_address_will_do(site: WordPress, address: str) -> None:
    assert titles(poll(site, url=site.url(address))) == ["Article 1"]


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ("login", "answers a web page, not JSON: is the REST API switched off, or behind a log-in?"),
        ("off", "answered 404 (rest_no_route)"),
        ("closed", "answered 401 (rest_login_required)"),
        ("html", "answered 503"),
        ("truncated", "answers JSON that cannot be read"),
        ("object", "answers something else than a list of posts"),
    ],
)
def test_a_refusal_says_what_it_is(site: WordPress, api: str, said: str) -> None:
    site.api = api
    with pytest.raises(SourceError, match=r"REST|wp-json") as caught:
        poll(site)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_phps_notices_do_not_hide_the_posts(site: WordPress) -> None:
    site.api = "notices"
    assert titles(poll(site)) == ["Article 1"]


class TestPassword:
    MINE: ClassVar[dict[str, Any]] = {"username": "desk", "application_password": "abcd efgh"}
    WRONG: ClassVar[dict[str, Any]] = {"username": "desk", "application_password": "wrong-s3cret"}

    @pytest.fixture(autouse=True)
    def known(self, site: WordPress) -> None:
        site.password = "desk:abcd efgh"

    def test_it_opens_a_closed_api_and_is_never_shown(self, site: WordPress) -> None:
        site.api = "closed"
        harvest = poll(site, **self.MINE)
        assert (titles(harvest), harvest.wrong) == (["Article 1"], {})
        with pytest.raises(SourceError, match="rest_login_required") as caught:
            poll(site, **self.WRONG)
        assert "the application password of desk is not taken (rest_login_required)" in str(caught.value)
        assert "wrong-s3cret" not in str(caught.value)
        made = connector(site, **self.MINE)
        assert "abcd" not in repr(made._options) + repr(Door(site.url(), "pretty", "desk:abcd efgh"))

    @pytest.mark.parametrize("strict", [False, True])
    def test_a_wrong_one_is_told_of_though_the_posts_are_public(self, site: WordPress, strict: bool) -> None:
        site.strict = strict
        made = connector(site, **self.WRONG)
        harvest = poll_once(made, site)
        assert titles(harvest) == ["Article 1"]
        code = "incorrect_password" if strict else "rest_not_logged_in"
        assert harvest.wrong["password"].startswith(
            f"the application password of desk is not taken ({code}):"
        )
        assert harvest.wrong["password"].endswith(". What is public is read without it")
        again = poll_once(made, site, harvest.cursor)
        assert (again.unchanged, again.wrong) == (True, harvest.wrong)

    def test_a_wrong_one_is_not_sent_again_and_again(self, site: WordPress) -> None:
        made = connector(site, **self.WRONG)
        cursor: Mapping[str, Any] = {}
        for _ in range(13):
            cursor = poll_once(made, site, cursor).cursor
        assert sum("authorization" in request.headers for request in site.asked) == 2

    def test_one_that_is_taken_is_asked_about_once(self, site: WordPress) -> None:
        made = connector(site, **self.MINE)
        cursor: Mapping[str, Any] = {}
        for _ in range(20):
            cursor = poll_once(made, site, cursor).cursor
        assert sum("users/me" in request.url for request in site.asked) == 1

    def test_one_that_is_revoked_is_told_of_and_a_new_one_ends_it(self, site: WordPress) -> None:
        site.strict = True
        made = connector(site, **self.MINE)
        cursor = poll_once(made, site).cursor
        site.password = "desk:another"
        harvest = poll_once(made, site, cursor)
        assert (harvest.unchanged, [*harvest.wrong]) == (True, ["password"])
        site.password = "desk:abcd efgh"
        for _ in range(12):
            harvest = poll_once(made, site, harvest.cursor)
        assert harvest.wrong == {}

    def test_a_site_that_hides_its_users_says_nothing_against_it(self, site: WordPress) -> None:
        hidden = Page(b'{"code": "rest_no_route"}', 404)
        site.live = lambda request: hidden if "users" in request.url else site._respond(request)
        harvest = poll(site, **self.MINE)
        assert (titles(harvest), harvest.wrong) == (["Article 1"], {})

    def test_its_past_is_told_by_who_is_known(self, site: WordPress) -> None:
        site.api = "closed"
        assert past(connector(site, **self.MINE), site) == [["Article 1"]]
        site.api = "on"
        assert past(connector(site, **self.WRONG), site) == [["Article 1"]]


def test_a_password_goes_over_https_only() -> None:
    table = {"kind": "wordpress", "url": "http://example.org", "username": "a", "application_password": "b"}
    with pytest.raises(ValidationError, match="https://"):
        WordPressOptions.model_validate(table)


def test_a_password_needs_a_name() -> None:
    table = {"kind": "wordpress", "url": "https://example.org", "application_password": "b"}
    with pytest.raises(ValidationError, match="username"):
        WordPressOptions.model_validate(table)


def test_guest_authors_come_before_the_account(site: WordPress) -> None:
    document = {
        "_embedded": {
            "author": [{"name": "admin"}],
            "wp:term": [[{"name": "Aline Uwase", "taxonomy": "author"}]],
        }
    }
    site.add(2, more=document)
    assert poll(site).entries[0].authors == ("Aline Uwase",)


def test_what_yoast_knows_is_read(site: WordPress) -> None:
    yoast = {
        "canonical": "https://example.org/a/",
        "og_locale": "rw_RW",
        "og_image": [{"url": "https://example.org/a.jpg", "width": 1200, "height": 630}],
    }
    site.add(2, more={"yoast_head_json": yoast})
    entry = poll(site).entries[0]
    assert (entry.canonical_url, entry.lang) == ("https://example.org/a/", "rw-RW")
    assert entry.image == Image("https://example.org/a.jpg", "", 1200, 630)


class TestOverrides:
    def test_the_desk_orders_in_the_posts_own_fields(self, site: WordPress) -> None:
        meta = {
            "sharewire_text": "Our own  words",
            "sharewire_image": "https://example.org/own.jpg",
            "sharewire_embargo": "2026-11-25 06:00",
        }
        site.add(2, meta=meta)
        entry = poll(site).entries[0]
        assert (entry.override_text, entry.skip) == ("Our own words", "")
        assert entry.image == Image("https://example.org/own.jpg")
        assert entry.not_before is not None
        assert entry.not_before.isoformat() == "2026-11-25T04:00:00+00:00"

    @pytest.mark.parametrize("value", [True, "1", 1, ["yes"], "true"])
    def test_a_ticked_box_skips(self, site: WordPress, value: Any) -> None:
        site.add(2, acf={"sharewire_skip": value})
        assert poll(site).entries[0].skip == "the article's own sharewire_skip says not to share it"

    @pytest.mark.parametrize("value", [False, "0", "", [], None, "no"])
    def test_an_empty_box_does_not(self, site: WordPress, value: Any) -> None:
        site.add(2, acf={"sharewire_skip": value})
        assert poll(site).entries[0].skip == ""

    def test_an_embargo_that_cannot_be_read_is_never_broken(self, site: WordPress) -> None:
        site.add(2, meta={"sharewire_embargo": "next Friday"})
        assert poll(site).entries[0].skip.endswith("is no time that can be read: write 2026-11-30T06:00")

    def test_the_fields_may_have_other_names(self, site: WordPress) -> None:
        site.add(2, meta={"social_text": "Ours"})
        entry = poll(site, overrides={"text": "social_text"}).entries[0]
        assert entry.override_text == "Ours"

    def test_a_picture_may_be_named_by_its_number(self, site: WordPress) -> None:
        site.picture(12, alt_text="Ours")
        site.add(2, acf={"sharewire_image": 12})
        site.add(3, acf={"sharewire_image": 13}, date=NOON - MINUTE)
        harvest = poll(site)
        assert harvest.entries[0].image == Image(site.url("/wp-content/uploads/12.jpg"), "Ours", 1200, 800)
        assert harvest.notes == ("the picture 13 that an article orders is not in the library",)


class TestFeedInstead:
    def either(self, site: WordPress) -> Either:
        first = connector(site)
        table = first._options.instead()
        return Either(first, FeedConnector(FeedOptions.model_validate(table)))

    @pytest.mark.parametrize("api", ["login", "off", "closed", "truncated", "object"])
    def test_the_feed_is_read_while_the_api_fails(self, site: WordPress, api: str) -> None:
        site.api = api
        harvest = poll_once(self.either(site), site)
        assert titles(harvest) == ["Article 1"]
        assert harvest.notes[0].endswith(": its feed is read instead")

    def test_both_give_an_article_the_same_marks(self, site: WordPress) -> None:
        by_api = poll_once(self.either(site), site).entries[0]
        site.api = "off"
        by_feed = poll_once(self.either(site), site).entries[0]
        assert (by_api.guid, by_api.cms_id, by_api.url) == (by_feed.guid, by_feed.cms_id, by_feed.url)

    def test_one_bad_answer_is_nothing_and_the_api_is_asked_again_at_once(self, site: WordPress) -> None:
        either = self.either(site)
        site.api = "login"
        harvest = poll_once(either, site)
        assert harvest.wrong == {}
        site.api = "on"
        harvest = poll_once(either, site, harvest.cursor)
        assert "failed" not in harvest.cursor

    def test_the_api_is_asked_again_after_a_while_and_told_of_until_then(self, site: WordPress) -> None:
        either = self.either(site)
        site.api = "off"
        harvest = poll_once(either, site)
        harvest = poll_once(either, site, harvest.cursor)
        site.api = "on"
        polls = 2
        while "failed" in harvest.cursor:
            assert harvest.wrong["instead"].endswith("(rest_no_route): its feed is read instead")
            harvest = poll_once(either, site, harvest.cursor)
            polls += 1
        assert (polls, harvest.wrong, harvest.unchanged) == (13, {}, False)

    def test_a_busy_site_is_left_alone(self, site: WordPress) -> None:
        site.api = "html"
        with pytest.raises(SourceError, match="503"):
            poll_once(self.either(site), site)
        assert not any(request.url == "/feed/" for request in site.asked)

    def test_where_both_answer_a_page_it_is_told_as_one(self, site: WordPress) -> None:
        page = Page(b"<!DOCTYPE html><html><body>We are back on Monday.</body></html>")
        site.live = lambda _: page
        with pytest.raises(SourceError, match="answers a web page") as caught:
            poll_once(self.either(site), site)
        assert caught.value.page

    def test_where_both_fail_both_are_named(self, site: WordPress) -> None:
        site.api = "off"
        site.live = lambda request: None if "/feed" in request.url else site._respond(request)
        with pytest.raises(SourceError, match=r"rest_no_route.*/feed/ answered 404"):
            poll_once(self.either(site), site)


def past(made: HistoricalSource, site: WordPress) -> list[list[str]]:
    """The titles of each page of its past."""

    async def walk() -> list[list[str]]:
        out: list[list[str]] = []
        cursor: Cursor = {}
        async with Fetcher("") as fetcher, Offloader() as offload:
            while not out or cursor:
                page = await drive(made.history(cursor), fetcher, private=site.host, offload=offload)
                out.append(titles(page))
                cursor = page.cursor
        return out

    return asyncio.run(walk())


def test_its_past_is_told_a_hundred_posts_a_page(site: WordPress) -> None:
    for number in range(2, 251):
        site.add(number, title=f"T{number}", date=NOON + number * MINUTE)
    told = past(connector(site), site)
    assert [len(page) for page in told] == [100, 100, 50]
    assert [told[0][0], told[1][0], told[2][-2]] == ["T250", "T150", "T2"]
    assert len({title for page in told for title in page}) == 250


def test_its_past_ends_where_the_last_page_is_full(site: WordPress) -> None:
    for number in range(2, 101):
        site.add(number, date=NOON + number * MINUTE)
    assert [len(page) for page in past(connector(site), site)] == [100, 0]
