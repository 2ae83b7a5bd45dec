"""Polling sitemaps: news and plain ones, indexes, gzip, and what is none."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.errors import SourceError
from bot.domain.post import Image
from bot.http.answer import inflate
from bot.ports.source import Harvest
from bot.sources.sitemap import Connector, SitemapOptions
from bot.sources.sitemap.xml import parse_sitemap
from tests.fakes.site import Page, Site
from tests.sources.polling import poll_once

XMLNS = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
NEWS = """<url><loc>{url}</loc><news:news><news:publication><news:name>The Times</news:name>
<news:language>en</news:language></news:publication><news:publication_date>2026-11-24T09:00:00+02:00
</news:publication_date><news:title>The road &amp; the bridge</news:title>
<news:keywords>roads, Kigali</news:keywords></news:news>
<image:image><image:loc>https://example.org/road.jpg</image:loc><image:title>A road</image:title>
</image:image></url>"""


def urlset(*urls: str) -> str:
    return f"<?xml version='1.0' encoding='UTF-8'?><urlset {XMLNS}>{''.join(urls)}</urlset>"


def plain(url: str, lastmod: str = "") -> str:
    return f"<url><loc>{url}</loc>" + (f"<lastmod>{lastmod}</lastmod>" if lastmod else "") + "</url>"


def index(*parts: tuple[str, str]) -> str:
    inner = "".join(f"<sitemap>{plain(url, at)[5:-6]}</sitemap>" for url, at in parts)
    return f"<sitemapindex {XMLNS}>{inner}</sitemapindex>"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def poll(site: Site, cursor: Mapping[str, Any] | None = None, **options: Any) -> Harvest:
    table = {"kind": "sitemap", "url": site.url("/sitemap.xml"), "allow_private": True, **options}
    return poll_once(Connector(SitemapOptions.model_validate(table)), site, cursor)


def urls(harvest: Harvest) -> list[str]:
    return [entry.url for entry in harvest.entries]


def test_a_news_sitemap_says_all_that_it_knows(site: Site) -> None:
    site.feed("/sitemap.xml", urlset(NEWS.format(url=site.url("/1/"))))
    (entry,) = poll(site).entries
    assert (entry.title, entry.lang, entry.tags) == ("The road & the bridge", "en", ("roads", "Kigali"))
    assert entry.image == Image("https://example.org/road.jpg", "A road")
    assert entry.published_at is not None
    assert entry.published_at.isoformat() == "2026-11-24T07:00:00+00:00"
    assert not entry.bare


def test_a_plain_one_gives_addresses_whose_pages_must_say_what_they_are(site: Site) -> None:
    site.feed("/sitemap.xml", urlset(plain(site.url("/1/"), "2026-11-24"), plain(site.url("/2/"))))
    first, second = poll(site).entries
    assert (first.bare, first.title, first.published_at) == (True, "", None)
    assert first.updated_at is not None
    assert (second.updated_at, second.guid) == (None, site.url("/2/"))


def test_an_index_leads_to_the_parts_that_list_articles(site: Site) -> None:
    parts = (
        "post-sitemap.xml",
        "post-sitemap2.xml",
        "page-sitemap.xml",
        "category-sitemap.xml",
        "author-sitemap.xml",
    )
    site.feed("/sitemap.xml", index(*((site.url(f"/{part}"), "2026-11-24") for part in parts)))
    for part in parts:
        site.feed(f"/{part}", urlset(plain(site.url(f"/of-{part}/"))))
    assert urls(poll(site)) == [site.url("/of-post-sitemap2.xml/"), site.url("/of-post-sitemap.xml/")]


def test_the_newest_parts_are_read_and_no_more_than_five(site: Site) -> None:
    parts = [(site.url(f"/{n}.xml"), f"2026-11-{n:02}") for n in range(1, 20)]
    site.feed("/sitemap.xml", index(*parts))
    for n in range(1, 20):
        site.feed(f"/{n}.xml", urlset(plain(site.url(f"/a{n}/"))))
    assert urls(poll(site)) == [site.url(f"/a{n}/") for n in (19, 18, 17, 16, 15)]


def test_of_undated_parts_the_last_are_the_newest(site: Site) -> None:
    site.feed(
        "/sitemap.xml", index(*((site.url(f"/wp-sitemap-posts-post-{n}.xml"), "") for n in range(1, 13)))
    )
    for n in range(1, 13):
        site.feed(f"/wp-sitemap-posts-post-{n}.xml", urlset(plain(site.url(f"/a{n}/"))))
    assert urls(poll(site))[0] == site.url("/a12/")


def test_only_the_parts_that_changed_are_read_again(site: Site) -> None:
    site.feed("/sitemap.xml", index((site.url("/1.xml"), ""), (site.url("/2.xml"), "")))
    site.feed("/1.xml", urlset(plain(site.url("/a/"))))
    site.feed("/2.xml", urlset(plain(site.url("/b/"))))
    first = poll(site)
    assert poll(site, first.cursor).unchanged
    site.feed("/1.xml", urlset(plain(site.url("/a/")), plain(site.url("/c/"))))
    again = poll(site, first.cursor)
    assert urls(again) == [site.url("/a/"), site.url("/c/")]


def test_a_part_that_fails_does_not_keep_the_others(site: Site) -> None:
    site.feed("/sitemap.xml", index((site.url("/1.xml"), ""), (site.url("/2.xml"), "")))
    site.feed("/1.xml", urlset(plain(site.url("/a/"))))
    harvest = poll(site)
    assert urls(harvest) == [site.url("/a/")]
    assert harvest.notes == (f"{site.url('/2.xml')} answered 404",)


def test_an_index_of_which_no_part_answers_is_an_error(site: Site) -> None:
    site.feed("/sitemap.xml", index((site.url("/1.xml"), "")))
    with pytest.raises(SourceError, match=r"/1\.xml answered 404"):
        poll(site)


@pytest.mark.parametrize("kind", ["file", "transfer"])
def test_a_gzipped_one_is_inflated(site: Site, kind: str) -> None:
    body = urlset(plain(site.url("/1/"))).encode()
    if kind == "file":
        site.pages["/sitemap.xml"] = Page(gzip.compress(body), headers={"Content-Type": "application/gzip"})
    else:
        site.gzipped("/sitemap.xml", body)
    assert urls(poll(site)) == [site.url("/1/")]


def test_a_gzip_bomb_is_refused(site: Site) -> None:
    site.pages["/sitemap.xml"] = Page(gzip.compress(bytes(60_000_000)))
    with pytest.raises(SourceError, match="more than 20,000,000 bytes when inflated"):
        poll(site)


def test_a_bomb_inside_the_transfer_is_refused_too(site: Site) -> None:
    site.endless("/sitemap.xml", compressed=True)
    with pytest.raises(SourceError, match="more than 20,000,000 bytes"):
        poll(site)


def test_broken_gzip_is_named() -> None:
    with pytest.raises(ValueError, match="a broken gzip file"):
        inflate(b"\x1f\x8b" + bytes(range(200)), 1_000)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "answers a web page, not a sitemap"),
        (b"<rss version='2.0'><channel/></rss>", "answers no sitemap"),
        (b'{"a": 1}', "answers no sitemap"),
        (b"", "answers no sitemap"),
    ],
)
def test_what_is_no_sitemap_is_an_error(site: Site, body: bytes, said: str) -> None:
    site.pages["/sitemap.xml"] = Page(body)
    with pytest.raises(SourceError, match=said):
        poll(site)


def test_a_truncated_one_gives_what_is_there(site: Site) -> None:
    whole = urlset(plain(site.url("/1/")), plain(site.url("/2/")))
    site.feed("/sitemap.xml", whole[: whole.index("/2/") - 20])
    assert urls(poll(site)) == [site.url("/1/")]


def test_a_list_of_addresses_will_do(site: Site) -> None:
    site.feed("/sitemap.xml", f"{site.url('/1/')}\r\n\r\n{site.url('/2/')}\n", kind="text/plain")
    assert urls(poll(site)) == [site.url("/1/"), site.url("/2/")]


def test_only_what_is_wanted(site: Site) -> None:
    site.feed("/sitemap.xml", urlset(plain(site.url("/2026/11/a/")), plain(site.url("/about/"))))
    assert urls(poll(site, only=r"/20\d\d/")) == [site.url("/2026/11/a/")]


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="is no regular expression"):
        SitemapOptions(kind="sitemap", url="https://example.org/s.xml", only="(")


def test_of_very_many_the_newest_are_taken() -> None:
    many = urlset(*(plain(f"https://example.org/{n}/", f"2026-{1 + n % 12:02}-01") for n in range(5_000)))
    found = parse_sitemap(many.encode(), 1_000)
    assert (len(found.items), found.count) == (1_000, 5_000)
    assert {item.updated for item in found.items[:400]} == {"2026-12-01"}


def test_of_very_many_without_dates_both_ends_are_taken() -> None:
    many = urlset(*(plain(f"https://example.org/{n}/") for n in range(5_000)))
    found = [item.link for item in parse_sitemap(many.encode(), 1_000).items]
    assert (found[0], found[-1]) == ("https://example.org/0/", "https://example.org/4999/")


def test_an_entity_bomb_does_not_go_off() -> None:
    bomb = '<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" if n else "&a;"}{"&a;" * 9}">' for n in range(9)
    )
    body = f"{bomb}]><urlset {XMLNS}><url><loc>https://example.org/&a8;</loc></url></urlset>"
    found = parse_sitemap(body.encode(), 10)
    assert len(repr(found)) < 1_000


def news(url: str, hour: int) -> str:
    return NEWS.format(url=url).replace("T09:00:00", f"T{hour:02}:00:00")


def test_what_stood_between_others_and_is_listed_no_more_has_left(site: Site) -> None:
    named = [site.url(f"/{n}/") for n in range(4)]
    site.feed("/sitemap.xml", urlset(*(news(url, 9 + n) for n, url in enumerate(named))))
    first = poll(site)
    assert first.left == ()
    site.feed("/sitemap.xml", urlset(news(named[1], 10), news(named[3], 12), news(site.url("/4/"), 13)))
    second = poll(site, first.cursor)
    assert second.left == (named[2],)  # the oldest, whose time was over, only fell off the end
    assert poll(site, second.cursor).left == ()


def test_an_address_that_is_only_written_otherwise_has_not_left(site: Site) -> None:
    site.feed("/sitemap.xml", urlset(*(plain(site.url(f"/{n}/?utm_source=map")) for n in range(3))))
    first = poll(site)
    site.feed("/sitemap.xml", urlset(*(plain(site.url(f"/{n}")) for n in range(3))))
    assert poll(site, first.cursor).left == ()


def test_a_part_that_cannot_be_read_or_is_not_asked_for_has_lost_nothing(site: Site) -> None:
    parts = [site.url(f"/posts-{n}.xml") for n in range(1, 7)]
    for part in parts:
        site.feed(part.removeprefix(site.url("")), urlset(plain(f"{part}/a/"), plain(f"{part}/b/")))
    site.feed("/sitemap.xml", index(*((part, "2026-11-01") for part in parts[:5])))
    first = poll(site)
    site.pages["/posts-3.xml"] = Page(status=503)
    site.feed("/posts-5.xml", urlset(plain(f"{parts[4]}/a/"), plain(f"{parts[4]}/c/")))
    site.feed("/sitemap.xml", index((parts[5], "2026-11-24"), *((part, "2026-11-01") for part in parts[:5])))
    second = poll(site, first.cursor)
    assert second.left == ()  # the last of the fifth only fell off the end, the first part made room
    site.feed("/posts-3.xml", urlset(plain(f"{parts[2]}/b/")))
    site.feed("/sitemap.xml", index(*((part, "2026-11-01") for part in (*parts[1:4], parts[5]))))
    gone = {f"{parts[2]}/a/", f"{parts[4]}/a/", f"{parts[4]}/c/"}
    assert {*poll(site, second.cursor).left} == gone
