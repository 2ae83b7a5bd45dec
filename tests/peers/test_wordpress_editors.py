"""A real WordPress in the hands of editors: what they do to posts that are out, and what comes of it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.fakes.gallery import picture
from tests.peers.newsroom import Newsroom
from tests.peers.wordpress import AS_FEED, RAIN, ROAD, WordPress, ago, newsroom

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1200)]

FIRST, SECOND = "/%year%/%monthnum%/%day%/%postname%/", "/archive/%post_id%/"


def links(desk: Newsroom, account: str) -> dict[str, str]:
    return {post["title"]: post["link"] for post in desk.posts(account)}


def state(desk: Newsroom) -> tuple[int, int, list[str]]:
    """How much stands on either account, and what is wrong."""
    return len(desk.posts("fedi")), len(desk.posts("blue")), desk.ask("status")["problems"]


def test_a_scheduled_post_comes_by_wp_cron_be_it_late(site: WordPress, desk: Newsroom) -> None:
    """What wp-cron publishes counts as of when it was due, and as unchanged since."""
    desk.config.write_text(desk.config.read_text().replace("enrich = false", "enrich = false\nper_page = 3"))
    site.write("Of yesterday", date_gmt=ago(hours=30))
    desk.pass_()
    begun = time.monotonic()
    time.sleep(1.1)
    due, missed = (
        site.write(title, status="future", date_gmt=ago(hours=-3))
        for title in ("On time", "Behind the others")
    )
    for number in range(4):
        site.write(f"News {number}")
    desk.pass_()
    assert desk.titles("fedi") == [f"News {number}" for number in range(4)]
    site.come(due)
    desk.pass_()
    assert "On time" in desk.titles("fedi")
    site.come(missed, late=time.monotonic() - begun)
    desk.pass_()
    assert "Behind the others" in desk.titles("fedi")
    desk.pass_()
    assert state(desk) == (6, 6, [])


def test_where_all_addresses_change_nothing_is_told_twice_and_what_waits_has_the_new_one(
    site: WordPress, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.domain.following.CALM", timedelta(0))
    desk = newsroom(site, tmp_path, AS_FEED, '"site", "rss"')
    site.write("Before we came")
    desk.pass_()
    told = [site.write(f"Told {number}") for number in range(2)]
    desk.pass_()
    desk("pause", "--account", "fedi", "--for", "1h", "--reason", "a storm")
    site.write("Waits")
    desk.pass_()
    site.settle(SECOND)
    try:
        desk.pass_()
        desk("resume", "--account", "fedi")
        desk.pass_()
        now = {post["title"]["rendered"]: post["link"] for post in site.api("GET", "posts")}
        assert links(desk, "fedi")["Waits"] == now["Waits"]
        assert "/archive/" in now["Waits"]
        assert links(desk, "blue")["Told 0"] == told[0]["link"]
        assert desk.ask("explain", now["Told 0"])["article"]["url"] == now["Told 0"]
    finally:
        site.settle(FIRST)
    desk.pass_()
    assert state(desk) == (3, 3, [])


def test_what_editors_do_to_posts_that_are_out_posts_nothing_anew(site: WordPress, desk: Newsroom) -> None:
    news, tag = site.term("categories", "Amakuru"), site.term("tags", "Imvura")
    before, after = (site.picture(picture(1200, 630 + more), f"Hill {more}") for more in (0, 1))
    desk.pass_()
    titles = ("Renamed", "With another picture", "Dated back", "Dated anew", "Pinned to the top")
    first = {
        title: site.write(title, categories=[news], tags=[tag], featured_media=before["id"])
        for title in titles
    }
    desk.pass_()
    assert state(desk) == (5, 5, [])
    time.sleep(1.1)  # WordPress tells edits apart by the second
    site.api("POST", f"categories/{news}", json={"name": "Politiki"})
    site.api("POST", f"tags/{tag}", json={"name": "Umwuzure"})
    site.change(first["With another picture"], featured_media=after["id"])
    site.change(first["Dated back"], date_gmt=ago(days=30))
    site.change(first["Dated anew"], date_gmt=ago(seconds=0))
    site.change(first["Pinned to the top"], sticky=True)
    for _ in range(2):
        desk.pass_()
    assert state(desk) == (5, 5, [])
    assert all("#Politiki" in post["text"] for post in desk.posts("fedi"))
    assert all("#Amakuru" in post["text"] for post in desk.posts("blue"))  # it is not to be corrected


def test_posts_of_one_second_are_told_in_their_own_letters(site: WordPress, desk: Newsroom) -> None:
    desk.pass_()
    now = ago(seconds=0)
    site.write("Ubuyobozi bw'akarere n'abaturage: \"n'ubu\"", f"<p>{RAIN}</p>", date_gmt=now)
    site.write("L'été & l'hiver : « 5 &lt; 6 » -- déjà", f"<p>{ROAD}</p>", date_gmt=now)
    for _ in range(2):
        desk.pass_()
    said = {post["lang"]: post["text"].split("\n\n")[:2] for post in desk.posts("fedi")}
    assert said == {
        "rw": ["Ubuyobozi bw’akarere n’abaturage: “n’ubu”", RAIN.replace("'", "’")],
        "fr": ["L’été & l’hiver : « 5 < 6 » — déjà", ROAD],
    }
    assert len(desk.posts("blue")) == 2


def test_reports_are_read_as_posts_are(site: WordPress, desk: Newsroom) -> None:
    """A type of posts that the site's owner has registered."""
    types = 'enrich = false\ntypes = ["posts", "reports"]'
    desk.config.write_text(desk.config.read_text().replace("enrich = false", types))
    desk.pass_()
    said = {"title": "The report", "content": f"<p>{ROAD}</p>", "status": "publish"}
    report = site.api("POST", "reports", json=said)
    site.write("Of the day")
    desk.pass_()
    assert desk.titles("fedi") == ["Of the day", "The report"]
    time.sleep(1.1)
    site.api(
        "POST", f"reports/{report['id']}", json={"slug": "of-the-year", "title": "The report of the year"}
    )
    desk.pass_()
    assert desk.titles("fedi") == ["Of the day", "The report of the year"]
    site.api("DELETE", f"reports/{report['id']}")
    for _ in range(2):
        desk.pass_()
    assert (desk.titles("fedi"), len(desk.posts("blue"))) == (["Of the day"], 2)


def test_a_feed_of_excerpts_is_told_by_the_first_paragraph_of_the_page(
    site: WordPress, tmp_path: Any
) -> None:
    site.shorten(brief=True)
    desk = newsroom(site, tmp_path, AS_FEED, '"rss"')
    before, _, rest = desk.config.read_text().partition("[sources.site]")
    desk.config.write_text(before + rest[rest.index("[sources.rss]") :])
    desk.pass_()
    site.write("In short", f"<p>{RAIN} {RAIN} {ROAD}</p>")
    item = requests.get(f"{site.url}/feed/", timeout=300).text.partition("<item>")[2]
    assert ("[&#8230;]" in item, "content:encoded" in item) == (True, False)
    desk.start()
    desk.wait(lambda: desk.posts("fedi"))
    desk.close()
    (post,) = desk.posts("fedi")
    assert "Le gouvernement a annoncé lundi" in post["text"]  # the excerpt ends in "Le gouvernement a […]"
