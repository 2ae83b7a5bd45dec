"""Nine ways of meeting one article make one post, and what only looks like one article makes two.

All of it over the wire: real sources, the poller, identity, routing, the outbox and a platform in memory.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from bot import registry
from bot.domain.cadence import Cadence
from bot.domain.routing import Route
from bot.domain.schedule import Schedule
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.newsroom import Feed
from bot.ports.records import Pause
from bot.ports.store import Store
from bot.runtime.poller import Poller
from bot.services.explain import explain
from bot.services.follow import follow
from bot.storage.store import open_store
from bot.web.app import Door
from bot.web.serve import bind, serve
from tests.fakes.newsroom import Desk, StoppedClock, account, newsroom
from tests.fakes.platform import FakePlatform
from tests.fakes.site import Page
from tests.fakes.wordpress import LOGIN, NOON, WordPress

TITLE = "The road from Kigali to Butare opens"
TEXT = "<p>The road from Kigali to Butare opens on Monday, the minister said in the house this morning.</p>"
SECRET = "s3cret-of-the-cms"
FEEDS = ("tracked", "amp", "short", "other", "series")
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
RSS = """<rss version="2.0"><channel><language>en</language>{}</channel></rss>"""
AT = "Tue, 24 Nov 2026 12:01:00 GMT"
ITEM = """<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">{guid}</guid>
<pubDate>{at}</pubDate><description>{text}</description>
<enclosure url="https://example.org/a.jpg" type="image/jpeg"/></item>"""


@dataclass
class Town:
    """A site, a folder beside it, and a worker that reads both."""

    site: WordPress
    folder: Path
    store: Store
    platform: FakePlatform = field(default_factory=FakePlatform)
    desk: Desk = field(init=False)
    mail: list[dict[str, Any]] = field(default_factory=list)
    """What the CMS will push before the next poll."""

    def __post_init__(self) -> None:
        sources = [self.wired(id_, **table) for id_, table in self.tables().items()]
        route = Route("all", tuple(feed.id for feed in sources), ("fedi",))
        room = newsroom([account("fedi", self.platform)], [route], sources=sources)
        self.desk = Desk(self.store, room, StoppedClock(NOON))
        self.platform.now = self.desk.clock.now
        with self.store.write() as tx:
            tx.sources.ensure(dict.fromkeys(room.sources, ()))
            tx.accounts.ensure(dict.fromkeys(room.accounts, ()))

    def tables(self) -> dict[str, dict[str, Any]]:
        return {
            "feed": {"kind": "feed", "url": self.site.url("/feed/")},
            "rest": {"kind": "wordpress", "url": self.site.url("/")},
            "sitemap": {"kind": "sitemap", "url": self.site.url("/map.xml")},
            "list": {"kind": "page", "url": self.site.url("/list/"), "links": "h2 a"},
            "push": {"kind": "push", "hook_secret": SECRET},
            "folder": {"kind": "directory", "path": str(self.folder), "url": self.site.url("/")},
            **{name: {"kind": "feed", "url": self.site.url(f"/{name}.xml")} for name in FEEDS},
        }

    def wired(self, id_: str, **table: Any) -> Feed:
        made = registry.source(table["kind"])
        options = made.Options.model_validate({**table, "allow_private": True})
        cadence = Cadence(timedelta(minutes=5), "", "UTC")
        folder = Path(table["path"]) if "path" in table else None
        return Feed(id_, options, made(options), cadence, private=self.site.host, folder=folder)

    def poll(self) -> None:
        """Every source is read, whatever is new is decided, whatever is due is sent."""

        async def once() -> None:
            async with Fetcher("") as fetcher, Offloader() as offload:
                desk, nobody = self.desk, lambda: None
                poller = Poller(
                    self.store, lambda: desk.newsroom, "worker", desk.clock, fetcher, offload, nobody
                )
                await self.push(poller)
                await poller.everything()
                await poller.close()

        asyncio.run(once())
        self.desk.send_all()
        self.desk.clock.forward(timedelta(minutes=1))

    async def push(self, poller: Poller) -> None:
        """The CMS sends its messages through the door."""
        if not self.mail:
            return
        desk = self.desk
        door = Door(self.store, lambda: desk.newsroom, desk.clock, "worker", poller.pushed, poller.hurry)
        listening = bind("127.0.0.1", 0, {})
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/hooks/push"
        serving = asyncio.create_task(serve(door.app(), listening))
        async with ClientSession() as session:
            for message in self.mail:
                body = json.dumps(message).encode()
                signature = f"sha256={hmac.digest(SECRET.encode(), body, 'sha256').hex()}"
                async with session.post(url, data=body, headers={"x-hub-signature-256": signature}) as answer:
                    assert answer.status == 200, await answer.text()
        self.mail.clear()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    def rss(self, name: str, *items: dict[str, str]) -> None:
        usual = {"title": TITLE, "text": TEXT.replace("<", "&lt;"), "at": AT}
        full = [{**usual, "guid": item["link"], **item} for item in items]
        self.site.feed(f"/{name}.xml", RSS.format("".join(ITEM.format_map(item) for item in full)))

    def url_of(self, path: str = "/article-7/") -> str:
        return self.site.url(path)

    def posts(self) -> list[str]:
        return list(map(str, self.platform.sent))

    def articles(self) -> int:
        with self.store.read() as tx:
            return tx.articles.count()

    def sightings(self) -> int:
        with self.store.read() as tx:
            return len(tx.articles.sources_of(1))

    def later(self) -> None:
        """From now on shares wait for a slot tomorrow."""
        slow = Schedule("slow", slots=((time(11),),) * 7)
        route = replace(self.desk.newsroom.routes[0], schedule="slow", timing="slot")
        self.desk.newsroom = replace(self.desk.newsroom, routes=(route,), schedules={"slow": slow})


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = open_store(f"sqlite:///{tmp_path}/test.db", create=True, migrate=True)
    store.enlist("worker")
    (tmp_path / "content").mkdir()
    with WordPress() as site:
        site.feed("/map.xml", f"<urlset {XMLNS}></urlset>")
        site.feed("/list/", '<h2><a href="/list/">News</a></h2>', kind="text/html")
        town = Town(site, tmp_path / "content", store)
        for name in FEEDS:
            town.rss(name)
        site.doors.clear()
        town.poll()
        yield town
    store.close()


def publish(town: Town, number: int = 7, **values: Any) -> None:
    """The site publishes; no source shows it yet."""
    town.site.add(number, title=TITLE, content=TEXT, excerpt=TEXT, date=NOON + timedelta(minutes=1), **values)


def by_feed(town: Town) -> None:
    town.site.doors.add("feed")


def by_rest(town: Town) -> None:
    town.site.doors.add("api")


def by_sitemap(town: Town, *paths: str) -> None:
    urls = "".join(f"<url><loc>{town.url_of(path)}</loc></url>" for path in paths or ("/article-7/",))
    town.site.feed("/map.xml", f"<urlset {XMLNS}>{urls}</urlset>")


def by_list(town: Town) -> None:
    town.site.feed("/list/", f'<h2><a href="/article-7?utm_source=home">{TITLE}</a></h2>', kind="text/html")


def by_folder(town: Town) -> None:
    text = f"---\ntitle: {TITLE}\nurl: /article-7/\ndate: 2026-11-24T12:01:00Z\n---\n{TEXT}"
    (town.folder / "road.md").write_text(text)


def by_push(town: Town) -> None:
    """Under the CMS's own number, with a tracking parameter."""
    town.mail.append({"id": "7", "url": town.url_of("/article-7/?utm_source=cms"), "title": TITLE})


def by_tracked(town: Town) -> None:
    """https for http, www, another guid, tracking parameters, no trailing slash, a fragment."""
    link = town.url_of("/article-7").replace("http://", "https://www.")
    town.rss("tracked", {"link": f"{link}?utm_source=rss&amp;fbclid=1#more"})


def by_amp(town: Town) -> None:
    town.rss("amp", {"link": town.url_of("/article-7/amp/")})


def by_short(town: Town) -> None:
    """Another guid and another address, whose page names the same canonical one."""
    link = town.url_of("/go/7")
    town.site.redirect("/go/7", town.url_of(), status=302)
    item = ITEM.replace('<enclosure url="https://example.org/a.jpg" type="image/jpeg"/>', "")
    town.site.feed("/short.xml", RSS.format(item.format(title=TITLE, link=link, guid="s-7", text="", at=AT)))


WAYS: dict[str, Callable[[Town], None]] = {
    "a feed": by_feed,
    "WordPress's REST API": by_rest,
    "a sitemap": by_sitemap,
    "a list page": by_list,
    "a folder": by_folder,
    "a push": by_push,
    "https, www, tracking": by_tracked,
    "AMP": by_amp,
    "another guid, one canonical": by_short,
}


@pytest.mark.parametrize("first", WAYS)
def test_whichever_way_comes_first_the_article_is_shared_once(town: Town, first: str) -> None:
    publish(town)
    WAYS[first](town)
    town.poll()
    assert len(town.posts()) == 1
    for way in WAYS.values():
        way(town)
        town.poll()
    assert len(town.posts()) == 1
    assert town.articles() == 1
    assert town.sightings() == len(WAYS)


def test_all_at_once_make_one_post(town: Town) -> None:
    publish(town)
    for way in WAYS.values():
        way(town)
    town.poll()
    town.poll()
    assert (len(town.posts()), town.articles()) == (1, 1)


@pytest.mark.parametrize("order", ["rest feed sitemap", "sitemap rest feed", "feed sitemap rest"])
def test_a_changed_slug_is_the_same_article(town: Town, order: str) -> None:
    ways = {"rest": by_rest, "feed": by_feed, "sitemap": by_sitemap}
    publish(town)
    ways[order.split(maxsplit=1)[0]](town)
    town.poll()
    town.site.posts[7].slug, town.site.posts[7].modified = "the-road", NOON + timedelta(minutes=9)
    for name in order.split():
        ways[name](town)
        if name == "sitemap":
            by_sitemap(town, "/the-road/")
        town.poll()
    assert (len(town.posts()), town.articles()) == (1, 1)


def test_what_waits_goes_out_with_the_address_that_its_article_has_by_then(town: Town) -> None:
    publish(town)
    by_rest(town)
    with town.store.write() as tx:
        tx.accounts.pause(Pause("account:fedi", NOON, None, "a storm", "person"))
    town.poll()
    town.site.posts[7].slug, town.site.posts[7].modified = "the-road", NOON + timedelta(minutes=9)
    town.poll()
    with town.store.write() as tx:
        tx.accounts.resume("account:fedi")
    town.poll()
    (sent,) = town.platform.sent
    assert sent.text.endswith(town.url_of("/the-road/"))


@pytest.mark.parametrize("leads_on", [True, False])
def test_what_stands_is_put_right_where_its_old_address_leads_nowhere(town: Town, leads_on: bool) -> None:
    editing = account("fedi", town.platform, on_update="edit")
    town.desk.newsroom = replace(town.desk.newsroom, accounts={"fedi": editing})
    publish(town)
    by_rest(town)
    town.poll()
    town.site.posts[7].slug, town.site.posts[7].modified = "the-road", NOON + timedelta(minutes=9)
    if leads_on:
        town.site.redirect("/article-7/", "/the-road/")
    looked = len(town.site.asked)
    for _ in range(2):
        town.desk.clock.forward(timedelta(minutes=3))
        town.poll()
        follow(town.store, town.desk.newsroom, town.desk.clock.now())
        town.desk.send_all()
    assert [request.url for request in town.site.asked[looked:]].count("/article-7/") == 1
    (sent,) = town.platform.sent
    assert sent.text.endswith(town.url_of("/article-7/" if leads_on else "/the-road/"))


def test_the_same_number_on_two_sites_is_two_articles(town: Town) -> None:
    town.rss("other", {"link": town.url_of("/a/"), "guid": "42", "title": "The rain in Huye"})
    town.rss("series", {"link": town.url_of("/b/"), "guid": "42", "title": "A new school in Huye"})
    town.poll()
    assert (len(town.posts()), town.articles()) == (2, 2)


def test_a_session_in_every_link_makes_no_new_article_of_each_poll(town: Town) -> None:
    for session in ("0a1b", "2c3d"):
        link = town.url_of(f"/article.php?id=7&amp;PHPSESSID={session}")
        town.rss("other", {"link": link})
        town.site.feed("/list/", f'<h2><a href="{link}">{TITLE}</a></h2>', kind="text/html")
        town.poll()
    assert (len(town.posts()), town.articles(), town.sightings()) == (1, 1, 2)
    assert town.platform.sent[0].text.endswith(town.url_of("/article.php?id=7"))


def test_the_pages_of_a_single_page_site_are_articles_of_their_own(town: Town) -> None:
    titles = {"1": "The rain in Huye", "2": "A new school in Huye"}
    town.rss("other", *({"link": town.url_of(f"/app#/a/{n}"), "title": title} for n, title in titles.items()))
    links = "".join(f'<h2><a href="/app#/a/{n}">{title}</a></h2>' for n, title in titles.items())
    town.site.feed("/app", "<title>Our app</title><meta name=description content='All the news of Huye.'>")
    town.site.feed("/list/", links, kind="text/html")
    town.poll()
    assert (len(town.posts()), town.articles()) == (2, 2)


def test_what_a_list_page_adds_to_its_links_is_not_shared(town: Town) -> None:
    publish(town)
    by_list(town)
    town.poll()
    assert town.platform.sent[0].text.endswith(town.url_of("/article-7"))


def test_a_page_that_stands_in_an_articles_place_is_not_shared_for_it(town: Town) -> None:
    publish(town)
    by_sitemap(town)
    there, town.site.live = town.site.live, None
    town.site.feed("/article-7/", LOGIN, kind="text/html")
    town.poll()
    assert (town.posts(), town.articles()) == ([], 1)
    town.site.live = there
    town.desk.clock.forward(timedelta(minutes=1))
    town.poll()
    assert [post.text for post in town.platform.sent] == [f"{TITLE} {town.url_of()}"]


def test_a_theme_whose_canonical_is_the_home_page_makes_no_one_article_of_two(town: Town) -> None:
    town.site.canonical = town.url_of("/")
    for number in (7, 8):
        publish(town, number)
    by_sitemap(town, "/article-7/", "/article-8/")
    town.poll()
    assert (len(town.posts()), town.articles()) == (2, 2)


def test_a_guid_used_for_another_article_is_another_article_and_is_reported(town: Town) -> None:
    town.rss("other", {"link": town.url_of("/a/"), "guid": "today", "title": "The rain in Huye"})
    town.poll()
    with capture_logs() as said:
        later = {"title": "A new school in Huye", "at": AT.replace("12:01", "12:02")}
        town.rss("other", {"link": town.url_of("/b/"), "guid": "today"} | later)
        town.poll()
    assert (len(town.posts()), town.articles()) == (2, 2)
    (conflict,) = [each for each in said if each["event"] == "article.conflict"]
    assert conflict["detail"] == (
        f"the guid 'today' was article 1 ({town.url_of('/a/')}) before, "
        f"and is used for {town.url_of('/b/')} now: taken as another article"
    )


def test_one_canonical_for_a_whole_series_does_not_swallow_it(town: Town) -> None:
    for part in (1, 2):
        html = f"<link rel=canonical href=/series/><title>Part {part} of our series</title>"
        town.site.feed(f"/part-{part}/", f"<html lang=en><head>{html}</head></html>", kind="text/html")
    by_sitemap(town, "/part-1/", "/part-2/")
    town.poll()
    assert (len(town.posts()), town.articles()) == (2, 2)


def episodes(town: Town, every: timedelta, count: int, named: str = "Episode {} from the river") -> list[str]:
    """Items of one address, each with guid, title and date of its own, the newest first."""
    usual = {"link": town.url_of("/show/"), "text": TEXT.replace("<", "&lt;")}
    items = []
    for n in reversed(range(count)):
        at = format_datetime(NOON + timedelta(minutes=1) + n * every)
        items.append(ITEM.format_map(usual | {"guid": f"part-{n}", "title": named.format(n), "at": at}))
    return items


def test_the_episodes_of_a_podcast_are_articles_though_all_lead_to_one_page(town: Town) -> None:
    for number in range(1, 4):
        for named in ("Episode {} from the river", "Episode {} from the lake"):
            town.site.feed(
                "/other.xml", RSS.format("".join(episodes(town, timedelta(days=1), number, named)))
            )
            town.poll()
        town.desk.clock.forward(timedelta(days=1))
    assert (len(town.posts()), town.articles()) == (3, 3)
    by_sitemap(town, "/show/")
    town.site.feed("/show/", "<html lang=en><head><title>Our podcast</title></head></html>", kind="text/html")
    town.poll()
    assert (len(town.posts()), town.articles()) == (3, 3)


def test_what_is_written_on_hour_by_hour_is_one_article(town: Town) -> None:
    for number in range(1, 5):
        town.site.feed("/other.xml", RSS.format("".join(episodes(town, timedelta(hours=1), number))))
        town.poll()
        town.desk.clock.forward(timedelta(hours=1))
    assert (len(town.posts()), town.articles()) == (1, 1)


def test_on_its_second_day_it_is_one_more_at_most(town: Town) -> None:
    first = episodes(town, timedelta(hours=1), 4, "Live: part {} of the count")
    town.site.feed("/other.xml", RSS.format("".join(first)))
    town.poll()
    town.desk.clock.forward(timedelta(hours=20))
    for number in range(1, 6):
        second = episodes(town, timedelta(hours=1), 20 + number, "Live: part {} of the count")[:number]
        town.site.feed("/other.xml", RSS.format("".join([*second, *first])))
        town.poll()
        town.desk.clock.forward(timedelta(hours=1))
    assert (len(town.posts()), town.articles()) == (2, 2)


def test_a_wordpress_short_link_is_known_by_its_number(town: Town) -> None:
    publish(town)
    town.rss("other", {"link": town.url_of("/?p=7"), "guid": "seven"})
    town.poll()
    by_rest(town)
    town.poll()
    assert (len(town.posts()), town.articles()) == (1, 1)


def test_two_articles_with_the_same_title_stay_two(town: Town) -> None:
    title = "Weather forecast"
    town.rss(
        "other",
        {"link": town.url_of("/mon/"), "title": title},
        {"link": town.url_of("/tue/"), "title": title},
    )
    town.poll()
    assert (len(town.posts()), town.articles()) == (2, 2)


def test_two_that_turn_out_to_be_one_are_merged_and_nothing_is_sent_again(town: Town) -> None:
    publish(town)
    town.site.pages["/preview/7/"] = Page(b"<html></html>", headers={"Content-Type": "text/html"})
    town.rss("other", {"link": town.url_of("/preview/7/"), "guid": "draft-7"})
    by_folder(town)
    town.poll()
    assert (len(town.posts()), town.articles()) == (2, 2)
    by_rest(town)  # the CMS's own number: of the folder's article, by its address
    town.poll()
    town.rss("other", {"link": town.url_of(), "guid": "draft-7"})
    town.poll()
    town.poll()
    assert (len(town.posts()), town.articles()) == (2, 1)


def test_what_still_waits_of_the_one_is_not_sent_once_they_are_merged(town: Town) -> None:
    publish(town)
    by_folder(town)
    town.poll()
    town.later()
    town.rss("other", {"link": town.url_of("/preview/7/"), "guid": "draft-7"})
    town.poll()
    town.rss("other", {"link": town.url_of(), "guid": "draft-7"})
    town.poll()
    town.desk.clock.forward(timedelta(days=1))
    town.poll()
    assert (len(town.posts()), town.articles()) == (1, 1)


def test_a_pushed_article_may_change_slug_and_headline_at_once(town: Town) -> None:
    publish(town)
    by_push(town)
    town.poll()
    town.mail.append({"id": "7", "url": town.url_of("/road-open/"), "title": "A road is open"})
    town.poll()
    assert (len(town.posts()), town.articles()) == (1, 1)


def test_an_edit_of_what_its_feed_lists_no_more_is_taken_from_the_api(town: Town) -> None:
    publish(town)
    by_feed(town)
    town.poll()
    by_rest(town)
    town.poll()
    for number in range(20, 32):  # the feed lists the newest ten
        town.site.add(number, title=f"Story {number} of the day", date=town.desk.clock.now())
    town.poll()
    town.poll()
    road = town.site.posts[7]
    road.title, road.modified = "The road from Kigali to Huye opens", town.desk.clock.now()
    town.desk.clock.forward(timedelta(minutes=1))
    town.poll()
    with town.store.read() as tx:
        article = tx.articles.get(1)
    assert article
    assert (article.source, article.title) == ("feed", "The road from Kigali to Huye opens")
    assert len(town.posts()) == 13


def test_what_was_pushed_is_edited_and_taken_back_by_pushes(town: Town) -> None:
    publish(town)
    by_push(town)
    town.poll()
    by_push(town)
    town.mail[0]["title"] = "The road from Kigali to Huye opens"
    town.mail += [{"id": "8", "url": town.url_of("/go/8/"), "title": "Never mind"}, {"gone": ["8"]}]
    town.poll()
    assert (len(town.posts()), town.articles()) == (1, 2)
    with town.store.read() as tx:
        road, other = tx.articles.many({1, 2}).values()
        assert (road.title, road.withdrawn_at) == ("The road from Kigali to Huye opens", None)
        assert other.withdrawn_at
    town.mail.append({"gone": ["7", "never met"]})
    town.poll()
    with town.store.read() as tx:
        assert tx.articles.many({1})[1].withdrawn_at


def test_what_a_push_says_not_to_share_once_it_is_out_is_told(town: Town) -> None:
    publish(town)
    by_push(town)
    shown = town.mail[0]
    town.poll()
    for _ in range(2):
        town.mail = [{**shown, "skip": True}]
        town.poll()
    said = explain(town.store, town.desk.newsroom, "1", town.desk.clock.now())
    assert said
    assert [each["account"] for each in said["skip"]["standing"]] == ["fedi"]
    with town.store.read() as tx:
        (alert,) = tx.alerts.open()
    assert "and now the push says not to share it: sharewire withdraw 1" in alert.text
    assert len(town.posts()) == 1


@pytest.mark.parametrize("on_withdrawal", ["delete", "alert"])
def test_what_a_push_took_back_and_shows_again_is_known_to_be_public_and_not_shared_anew(
    town: Town, on_withdrawal: str
) -> None:
    wired = account("fedi", town.platform, on_withdrawal=on_withdrawal)
    town.desk.newsroom = replace(town.desk.newsroom, accounts={"fedi": wired})
    publish(town)
    by_push(town)
    shown = town.mail[0]
    town.poll()

    def withdrawn() -> str:
        said = explain(town.store, town.desk.newsroom, "1", town.desk.clock.now())
        assert said
        return str(said.get("withdrawn", {}).get("why", ""))

    def pushed(what: dict[str, Any]) -> None:
        town.mail = [what]
        town.poll()

    for _ in range(2):
        pushed({"gone": ["7"]})
        assert withdrawn() == "source push says that it is not public any more"
        pushed(dict(shown))
        pushed(dict(shown))
        assert withdrawn().endswith("anew only by: sharewire share ARTICLE --again") == (
            on_withdrawal == "delete"
        )
    assert (len(town.posts()), withdrawn() == "") == (1, on_withdrawal == "alert")
