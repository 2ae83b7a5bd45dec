"""What `init` finds on sites of every kind, and what it writes for each."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.fakes.ghost import Ghost
from tests.fakes.site import Page, Site
from tests.fakes.wordpress import WordPress

HTML = {"Content-Type": "text/html; charset=utf-8"}
WRITTEN = Path("config/bot.toml")
KINYARWANDA = (
    "<p>Abaturage bo mu karere ka Nyagatare bavuze ko umuhanda mushya uzabafasha kugeza umusaruro wabo "
    "ku isoko kandi ko bishimiye ibyo ubuyobozi bwakoze muri uyu mwaka.</p>"
)


def init(command: Run, site: Site) -> dict[str, Any]:
    code, out, err = command("init", site.url("/"), "--allow-private", "--json")
    assert (code, err) == (0, "")
    said: dict[str, Any] = json.loads(out)
    return said


def source() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(WRITTEN.read_text())["sources"]["site"]
    return table


@pytest.fixture
def wordpress() -> Iterator[WordPress]:
    with WordPress() as site:
        for number in range(1, 6):
            site.add(number, title=f"News of the day {number}", content=KINYARWANDA, excerpt=KINYARWANDA)
        head = (
            f'<meta name="generator" content="WordPress 6.8.1"><link rel="https://api.w.org/" '
            f'href="{site.url("/wp-json/")}"><link rel="alternate" type="application/rss+xml" href="/feed/">'
        )
        site.pages["/"] = Page(f"<html><head>{head}</head></html>".encode(), headers=HTML)
        robots = f"User-agent: *\nSitemap: {site.url('/wp-sitemap.xml')}\n"
        site.pages["/robots.txt"] = Page(robots.encode())
        yield site


def test_wordpress_is_read_by_its_api(command: Run, wordpress: WordPress) -> None:
    said = init(command, wordpress)
    assert said["source"] == {"kind": "wordpress", "url": wordpress.url("/")}
    assert said["generator"] == "WordPress 6.8.1"
    assert said["others"] == [
        {"kind": "feed", "url": wordpress.url("/feed/")},
        {"kind": "sitemap", "url": wordpress.url("/wp-sitemap.xml")},
    ]
    assert said["titles"] == [f"News of the day {n}" for n in (5, 4, 3)]
    assert source() == {"kind": "wordpress", "url": wordpress.url("/"), "every": "5m", "allow_private": True}


def test_the_language_is_read_where_none_is_declared(command: Run, wordpress: WordPress) -> None:
    assert init(command, wordpress)["languages"] == ["rw"]


def test_the_last_three_are_shown_as_posts_on_every_account(command: Run, wordpress: WordPress) -> None:
    posts = init(command, wordpress)["posts"]
    assert [(post["article"]["title"][-1], post["account"]) for post in posts] == [
        (number, account) for number in "543" for account in ("main_x", "fedi", "bluesky")
    ]
    assert all(post["parts"] and "error" not in post for post in posts)


def test_people_see_what_was_found_and_how_it_would_look(command: Run, wordpress: WordPress) -> None:
    code, out, _ = command("init", wordpress.url("/"), "--allow-private")
    assert code == 0
    assert f"Articles are read from WordPress at {wordpress.url('/')} (by WordPress 6.8.1)" in out
    assert "Also found, a sitemap that robots.txt names:" in out
    assert out.count("News of the day") == 3


def test_what_it_writes_runs_without_credentials(command: Run, wordpress: WordPress) -> None:
    init(command, wordpress)
    assert command("check")[0] == 0
    assert command("run", "--once")[0] == 0
    wordpress.add(9, title="Fresh news of today", date=datetime.now(UTC))
    assert command("run", "--once")[0] == 0
    assert sum("Fresh news" in path.read_text() for path in Path("out").rglob("*") if path.is_file()) >= 3


@pytest.mark.parametrize("api", ["login", "off", "closed"])
def test_a_wordpress_whose_api_is_closed_is_read_by_its_feed(
    command: Run, wordpress: WordPress, api: str
) -> None:
    wordpress.api = api
    assert init(command, wordpress)["source"] == {"kind": "feed", "url": wordpress.url("/feed/")}


def test_a_link_header_will_do(command: Run, wordpress: WordPress) -> None:
    link = {"Link": f'<{wordpress.url("/wp-json/")}>; rel="https://api.w.org/"', **HTML}
    wordpress.pages["/"] = Page(b"<html></html>", headers=link)
    assert init(command, wordpress)["source"]["kind"] == "wordpress"


def test_ghost_is_read_by_its_feed_until_there_is_a_key(command: Run) -> None:
    with Ghost() as site:
        head = '<meta name="generator" content="Ghost 5.89">'
        feed = '<link rel="alternate" type="application/rss+xml" href="/rss/">'
        site.pages["/"] = Page(
            f"<html><head>{head}{feed}</head></html>".encode(),
            headers=HTML,
        )
        item = f"<item><title>A title of today</title><link>{site.url('/a/')}</link></item>"
        site.feed("/rss/", f'<rss version="2.0"><channel>{item}</channel></rss>')
        said = init(command, site)
        assert (said["source"]["kind"], said["generator"]) == ("feed", "Ghost 5.89")
        assert "# With a Content API key Ghost tells more" in WRITTEN.read_text()


def test_a_site_without_a_feed_is_read_by_its_sitemap(command: Run) -> None:
    with Site() as site:
        site.pages["/"] = Page(b"<html><head><title>Site</title></head></html>", headers=HTML)
        site.pages["/robots.txt"] = Page(f"Sitemap: {site.url('/map.xml')}".encode())
        url = f"<url><loc>{site.url('/a/')}</loc><lastmod>2026-11-24</lastmod></url>"
        site.feed("/map.xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{url}</urlset>')
        page = "<html lang='en'><head><title>The road opens</title></head><body class='single'></body></html>"
        site.pages["/a/"] = Page(page.encode(), headers=HTML)
        said = init(command, site)
        assert said["source"] == {"kind": "sitemap", "url": site.url("/map.xml")}
        assert said["posts"][0]["article"]["title"] == "The road opens"
        assert source()["every"] == "15m"


def test_a_feed_that_lists_nothing_is_said_to(command: Run) -> None:
    with Site() as site:
        site.feed("/feed/", '<rss version="2.0"><channel><title>Comments</title></channel></rss>')
        code, out, _ = command("init", site.url("/feed/"), "--allow-private")
    assert code == 0
    assert "It lists no article yet: is it the address you meant?" in out


@pytest.mark.parametrize(
    ("name", "hours", "written", "beside"),
    [
        ("Africa/Kigali", 2, "Africa/Kigali", "as WordPress is set"),
        ("", 2, "Etc/GMT-2", "the hours from UTC that WordPress is set to"),
        ("", "-3", "Etc/GMT+3", "the hours from UTC that WordPress is set to"),
        ("", 5.5, "UTC", "such as"),
        ("", 0, "UTC", "such as"),
        ("Mars/Olympus", 2, "UTC", "such as"),
        (["a"], {}, "UTC", "such as"),
    ],
)
def test_a_wordpress_says_the_desks_time_zone(
    command: Run, wordpress: WordPress, name: Any, hours: Any, written: str, beside: str
) -> None:
    wordpress.zone = {"timezone_string": name, "gmt_offset": hours}
    assert init(command, wordpress)["timezone"] == written
    text = WRITTEN.read_text()
    assert tomllib.loads(text)["timezone"] == written
    assert f'timezone = "{written}"  # of all times below, {beside}' in text


def test_an_order_comes_before_what_the_site_says(command: Run, wordpress: WordPress) -> None:
    wordpress.zone = {"timezone_string": "Africa/Kigali"}
    code, out, _ = command("init", wordpress.url("/"), "--allow-private", "--timezone", "Europe/Paris")
    assert (code, tomllib.loads(WRITTEN.read_text())["timezone"]) == (0, "Europe/Paris")
    assert "Africa/Kigali" not in out


def test_a_site_whose_api_names_no_zone_is_on_utc(command: Run, wordpress: WordPress) -> None:
    wordpress.api = "off"
    assert init(command, wordpress)["timezone"] == "UTC"
