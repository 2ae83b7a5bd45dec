"""Polling a feed: conditional requests, redirects, refusals and what is no feed."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.errors import SourceError
from bot.http.drive import drive
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.source import Harvest, Skips
from bot.sources.feed import Connector, FeedOptions
from tests.fakes.site import Page, Site
from tests.sources.polling import poll_once

FEED = """<rss version="2.0"><channel><title>Site</title>{head}<item><title>{title}</title>
<link>https://example.org/1/</link><guid>1</guid></item></channel></rss>"""


def feed(title: str = "One", head: str = "") -> str:
    return FEED.format(title=title, head=head)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        running.feed("/feed", feed())
        yield running


def poll(site: Site, path: str = "/feed", cursor: Mapping[str, Any] | None = None) -> Harvest:
    async def once() -> Harvest:
        connector = Connector(FeedOptions(kind="feed", url=site.url(path)))
        async with Fetcher("") as fetcher, Offloader() as offload:
            return await drive(connector.poll(cursor or {}), fetcher, private=site.host, offload=offload)

    return asyncio.run(once())


def test_a_first_poll_brings_the_entries(site: Site) -> None:
    harvest = poll(site)
    assert [entry.title for entry in harvest.entries] == ["One"]
    assert (harvest.unchanged, harvest.status, harvest.notes) == (False, 200, ())


def test_a_second_poll_asks_conditionally_and_learns_that_nothing_is_new(site: Site) -> None:
    first = poll(site)
    again = poll(site, cursor=first.cursor)
    assert (again.unchanged, again.status, again.entries) == (True, 304, ())
    assert again.cursor == first.cursor
    assert site.asked[1].headers["if-none-match"] == first.cursor["etag"]


def test_last_modified_is_sent_back(site: Site) -> None:
    said = "Mon, 23 Nov 2026 10:00:00 GMT"
    site.pages["/feed"] = Page(feed().encode(), headers={"Last-Modified": said})
    poll(site, cursor=poll(site).cursor)
    assert site.asked[1].headers["if-modified-since"] == said


def test_the_same_body_is_unchanged_also_without_an_etag(site: Site) -> None:
    site.pages["/feed"] = Page(feed().encode())
    again = poll(site, cursor=poll(site).cursor)
    assert (again.unchanged, again.status, again.entries) == (True, 200, ())


def test_a_changed_body_brings_its_entries(site: Site) -> None:
    first = poll(site)
    site.feed("/feed", feed("Two"))
    assert [entry.title for entry in poll(site, cursor=first.cursor).entries] == ["Two"]


def test_a_cursor_of_another_address_is_not_used(site: Site) -> None:
    first = poll(site)
    site.feed("/other", feed())
    assert poll(site, "/other", first.cursor).entries
    assert "if-none-match" not in site.asked[1].headers


def test_a_permanent_move_is_remembered_and_told(site: Site) -> None:
    site.redirect("/old", "/feed", 301)
    first = poll(site, "/old")
    assert first.cursor["url"] == site.url("/feed")
    assert first.notes == (f"moved for good to {site.url('/feed')}: change `url` to that",)
    again = poll(site, "/old", first.cursor)
    assert (again.unchanged, again.notes) == (True, ())
    assert [asked.url for asked in site.asked] == ["/old", "/feed", "/feed"]


def test_a_temporary_move_is_not_remembered(site: Site) -> None:
    site.redirect("/old", "/feed", 302)
    assert poll(site, "/old").cursor["url"] == ""


def test_a_move_that_leads_nowhere_in_the_end_does_not_cut_us_off(site: Site) -> None:
    site.redirect("/old", "/feed", 301)
    first = poll(site, "/old")
    del site.pages["/feed"]
    site.feed("/old", feed("Back"))
    back = poll(site, "/old", first.cursor)
    assert [entry.title for entry in back.entries] == ["Back"]
    assert back.cursor["url"] == ""


def test_a_feed_that_is_gone_says_so(site: Site) -> None:
    site.pages["/feed"] = Page(status=410)
    with pytest.raises(SourceError, match="gone for good") as caught:
        poll(site)
    assert (caught.value.gone, caught.value.status) == (True, 410)


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry-After": "120"}, timedelta(minutes=2)),
        (503, {"Retry-After": "99999999"}, timedelta(days=1)),
        (
            429,
            {"Retry-After": "Mon, 23 Nov 2026 10:05:00 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"},
            timedelta(minutes=5),
        ),
        (503, {"Retry-After": "soon"}, None),
        (500, {}, None),
        (404, {}, None),
    ],
)
def test_a_refusal_carries_its_status_and_how_long_to_wait(
    site: Site, status: int, headers: dict[str, str], wait: timedelta | None
) -> None:
    site.pages["/feed"] = Page(status=status, headers=headers)
    with pytest.raises(SourceError, match=f"answered {status}") as caught:
        poll(site)
    # http.server adds a Date of its own; the scripted one comes after it and is the one read last.
    assert (caught.value.status, caught.value.gone) == (status, False)
    assert caught.value.wait == wait


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "an empty body"),
        (b" \n\t ", "an empty body"),
        (b"<!DOCTYPE html><html><body>Hello</body></html>", "answers a web page, not a feed"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html><head></head></html>", "answers a web page, not a feed"),
        (b"<?xml version='1.0'?><urlset><url/></urlset>", "answers a sitemap, not a feed"),
        (b"<opml version='2.0'><body/></opml>", "answers an OPML list, not a feed"),
        (b'{"posts": []}', "answers JSON, but no JSON Feed"),
        (b'{"posts": [', "answers JSON that cannot be read"),
        (b"just a few words", "nothing that can be read as a feed"),
        (bytes(range(256)) * 40, "nothing that can be read as a feed"),
    ],
)
def test_what_is_no_feed_is_named(site: Site, body: bytes, said: str) -> None:
    site.pages["/feed"] = Page(body)
    with pytest.raises(SourceError, match=said):
        poll(site)


def test_a_web_page_that_names_its_feed_is_the_cure(site: Site) -> None:
    link = b'<link rel="alternate" type="application/rss+xml" href="/rss.xml?a=1&amp;b=2">'
    site.pages["/feed"] = Page(b"<!doctype html><html><head>" + link + b"</head></html>")
    with pytest.raises(SourceError) as caught:
        poll(site)
    assert str(caught.value).endswith(f"a web page, not a feed; it names one: {site.url('/rss.xml?a=1&b=2')}")


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "x-gzip"}])
def test_a_feed_that_is_kept_packed_is_unpacked(site: Site, headers: dict[str, str]) -> None:
    site.pages["/feed"] = Page(gzip.compress(feed().encode()), headers=headers)
    assert [entry.title for entry in poll(site).entries] == ["One"]
    site.pages["/feed"] = Page(b"\x1f\x8bnothing")
    with pytest.raises(SourceError, match="answers a broken gzip file"):
        poll(site)


def test_a_feed_without_items_is_a_feed(site: Site) -> None:
    site.feed("/feed", "<rss version='2.0'><channel><title>New</title></channel></rss>")
    assert poll(site).entries == ()


@pytest.mark.parametrize(
    ("head", "headers", "wait"),
    [
        ("<ttl>60</ttl>", {}, timedelta(hours=1)),
        ("<ttl>99999</ttl>", {}, timedelta(days=1)),
        ("<ttl>soon</ttl>", {}, None),
        ("<ttl>0</ttl>", {}, None),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            {},
            timedelta(hours=6),
        ),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", {}, None),
        ("", {"Cache-Control": "public, max-age=600"}, timedelta(minutes=10)),
        ("", {"Cache-Control": "max-age=600", "Age": "500"}, timedelta(seconds=100)),
        ("", {"Cache-Control": "s-maxage=900"}, None),
        ("", {"Cache-Control": "no-cache, max-age=600"}, None),
        ("<ttl>5</ttl>", {"Cache-Control": "max-age=31536000"}, timedelta(days=1)),
        ("", {}, None),
    ],
)
def test_how_long_the_source_asks_to_be_left_alone(
    site: Site, head: str, headers: dict[str, str], wait: timedelta | None
) -> None:
    site.pages["/feed"] = Page(feed(head=head).encode(), headers=headers)
    assert poll(site).wait == wait


def test_ttl_holds_also_while_nothing_is_new(site: Site) -> None:
    site.feed("/feed", feed(head="<ttl>60</ttl>"))
    assert poll(site, cursor=poll(site).cursor).wait == timedelta(hours=1)


def test_entries_without_an_address_are_left_out_and_counted(site: Site) -> None:
    site.feed(
        "/feed",
        "<rss version='2.0'><channel><item><title>A</title><guid isPermaLink='false'>http://x.org/1</guid></item>"
        "<item><title>B</title><link>https://example.org/2</link></item></channel></rss>",
    )
    harvest = poll(site)
    assert [entry.title for entry in harvest.entries] == ["B"]
    assert harvest.notes == ("1 without an address to share, or behind a password, left out",)


def test_a_thousand_entries_are_the_most(site: Site) -> None:
    one = "<item><title>{0}</title><link>https://example.org/{0}</link></item>"
    site.feed("/feed", f"<rss><channel>{''.join(one.format(n) for n in range(1_200))}</channel></rss>")
    harvest = poll(site)
    assert (len(harvest.entries), harvest.entries[0].title, harvest.entries[-1].title) == (1_000, "0", "999")


def test_a_large_feed_is_read_in_another_process(site: Site) -> None:
    said = f"<description>{'word ' * 250_000}</description>"
    long = f"<item><title>A</title><link>https://example.org/1</link>{said}</item>"
    site.feed("/feed", f"<rss><channel>{long}</channel></rss>")
    assert [entry.title for entry in poll(site).entries] == ["A"]


@pytest.mark.parametrize("compressed", [False, True])
def test_a_body_without_end_that_is_no_feed_is_refused(site: Site, compressed: bool) -> None:
    site.endless("/feed", compressed=compressed)
    with pytest.raises(SourceError, match="more than 5,000,000 bytes, and no feed"):
        poll(site)


def test_a_feed_over_the_cap_is_read_as_far_as_it(site: Site) -> None:
    item = "<item><title>{}</title><link>https://example.org/{}/</link><description>{}</description></item>"
    items = "".join(item.format(n, n, "x" * 20_000) for n in range(400))
    site.pages["/feed"] = Page(
        f"<rss version='2.0'><channel><title>S</title>{items}</channel></rss>".encode()
    )
    harvest = poll(site)
    assert 200 < len(harvest.entries) < 400
    assert harvest.notes == (f"very long: only its first {len(harvest.entries)} items are read",)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


ONE = "<rss><channel><item><title>{}</title><link>https://example.org/1</link></item></channel></rss>"
FILE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    "body",
    [
        f"<!DOCTYPE r [<!ENTITY l0 'ha'>{LAUGHS}]>{ONE.format('&l9;')}",
        f"{FILE}{ONE.format('a&x;b')}",
        ONE.format("<b>" * 20_000),
    ],
    ids=["billion laughs", "external entity", "deep nesting"],
)
def test_a_hostile_feed_neither_hangs_nor_reads_a_file(site: Site, body: str) -> None:
    site.feed("/feed", body)
    harvest = poll(site)
    assert all(len(entry.title) <= 5_000 for entry in harvest.entries)
    assert all(
        entry.title in {"", "ab"} or set(entry.title) <= set("ha&l0123456789;") for entry in harvest.entries
    )


def test_no_secret_of_the_address_stands_in_an_error(site: Site) -> None:
    site.pages["/feed"] = Page(status=500)
    with pytest.raises(SourceError) as caught:
        poll(site, "/feed?token=s3cret")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "example.org/feed", "file:///etc/passwd", "https://a b/"]
)
def test_only_http_addresses_can_be_configured(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        FeedOptions(kind="feed", url=url)


def days(*names: str) -> str:
    return f"<skipDays>{''.join(f'<day>{name}</day>' for name in names)}</skipDays>"


def hours(*numbers: int | str) -> str:
    return f"<skipHours>{''.join(f'<hour>{number}</hour>' for number in numbers)}</skipHours>"


@pytest.mark.parametrize(
    ("head", "skips"),
    [
        (hours(0, 1, 24), Skips(frozenset({0, 1}))),
        (hours(22) + days("Saturday", "sunday"), Skips(frozenset({22}), frozenset({5, 6}))),
        (hours("noon", -1, 100) + days("Someday"), None),
        (hours(*range(24)), None),
        ("<skipHours></skipHours><skipDays/>", None),
        ("", None),
    ],
)
def test_hours_and_days_to_be_skipped_are_read_and_kept(site: Site, head: str, skips: Skips | None) -> None:
    site.feed("/feed", feed(head=head))
    first = poll(site)
    assert first.skips == skips
    assert poll(site, cursor=first.cursor).skips == skips


def test_a_password_in_the_address_is_not_in_what_is_remembered(site: Site) -> None:
    address = site.url("/feed").replace("http://", "http://desk:hunter2-s3cret@")
    connector = Connector(FeedOptions(kind="feed", url=address, allow_private=True))
    harvest = poll_once(connector, site)
    assert len(harvest.entries) == 1
    assert "hunter2-s3cret" not in json.dumps(dict(harvest.cursor))
    assert poll_once(connector, site, harvest.cursor).unchanged
