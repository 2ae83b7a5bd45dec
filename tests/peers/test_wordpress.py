"""A real WordPress, read by a newsroom from `init` on: what editors do, and what becomes of it."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.sources.feed import Connector as Feed
from bot.sources.feed import FeedOptions
from bot.sources.wordpress import Connector, WordPressOptions
from tests.fakes.gallery import picture
from tests.peers.newsroom import Newsroom
from tests.peers.wordpress import AS_FEED, RAIN, ROAD, WordPress, ago, newsroom
from tests.sources.polling import poll_once

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1200)]


def poll(site: WordPress, cursor: Any = None, **options: Any) -> Any:
    table = {"kind": "wordpress", "url": site.url, "allow_private": True} | options
    return poll_once(Connector(WordPressOptions.model_validate(table)), site, cursor)


def entry(site: WordPress, title: str, **options: Any) -> Any:
    return next(each for each in poll(site, **options).entries if each.title == title)


def test_init_finds_the_cms_its_feed_and_sitemap_and_shows_the_last_three(
    site: WordPress, tmp_path: Path
) -> None:
    for title, text in (("The rain", RAIN), ("La route", ROAD), ("The market", "")):
        site.write(title, text and f"<p>{text}</p>", date_gmt=ago(days=2))
    desk = Newsroom(tmp_path)
    said = desk.ask("init", site.url, "--allow-private")
    assert said["source"] == {"kind": "wordpress", "url": f"{site.url}/"}
    assert said["generator"].startswith("WordPress 6.5")
    assert said["others"] == [
        {"kind": "feed", "url": f"{site.url}/feed/"},
        {"kind": "sitemap", "url": f"{site.url}/wp-sitemap.xml"},
    ]
    assert set(said["languages"]) == {"en", "fr", "rw"}
    assert {post["article"]["title"] for post in said["posts"]} == {"The rain", "La route", "The market"}
    assert "Uncategorized" not in json.dumps(said["posts"])
    assert tomllib.loads(desk.config.read_text())["sources"]["site"]["kind"] == "wordpress"
    assert desk("check")[0] == 0


def test_a_post_comes_with_all_that_the_editor_gave_it(site: WordPress) -> None:
    jane = site.author("Jean-Paul Ndayisaba")
    news, money = site.term("categories", "Politiki"), site.term("categories", "Économie & Finance")
    tag = site.term("tags", "Umuganda")
    hill = site.picture(picture(1200, 630), "A hill “at dawn” & mist")
    title = "It’s “R&D” – l’été < déjà > à Butare & Huye"
    made = site.write(
        title,
        f"<!-- wp:paragraph --><p>{ROAD}</p><!-- /wp:paragraph --><p>Share this Article</p>",
        author=jane,
        categories=[news, money],
        tags=[tag],
        featured_media=hill["id"],
    )
    found = entry(site, title)
    assert (found.url, found.authors, found.site_name) == (
        made["link"],
        ("Jean-Paul Ndayisaba",),
        "Nyagatare & Daily",
    )
    assert (found.categories, found.tags) == (("Politiki", "Économie & Finance"), ("Umuganda",))
    assert (found.image.url, found.image.alt) == (hill["source_url"], "A hill “at dawn” & mist")
    assert found.summary == ROAD
    assert f"{found.published_at:%Y-%m-%dT%H:%M:%S}" == made["date_gmt"]
    assert made["date"] != made["date_gmt"]


def test_an_excerpt_by_hand_is_the_summary_and_a_cut_one_gives_way_to_the_paragraph(site: WordPress) -> None:
    long = "<p>" + "The river has risen by a metre since the morning. " * 12 + "</p>"
    site.write("By hand", long, excerpt="Said by the &amp; desk")
    site.write("By itself", long)
    assert entry(site, "By hand").summary == "Said by the & desk"
    assert entry(site, "By itself").summary.startswith("The river has risen")
    assert "[…]" not in entry(site, "By itself").summary


def test_what_is_not_public_is_not_shared_and_comes_when_it_is_out(site: WordPress, desk: Newsroom) -> None:
    desk.pass_()
    draft = site.write("A draft", status="draft")
    later = site.write("For later", status="future", date_gmt=ago(hours=-2))
    locked = site.write("Locked away", password="open sesame")
    site.write("Among us", status="private")
    site.write("Out", sticky=True)
    desk.pass_()
    assert desk.titles("fedi") == ["Out"]
    site.change(draft, status="publish")
    site.change(later, status="publish", date_gmt=ago(seconds=1))
    site.change(locked, password="")
    desk.pass_()
    assert desk.titles("fedi") == ["A draft", "For later", "Locked away", "Out"]
    assert len(desk.posts("blue")) == 4


def test_each_article_is_told_in_its_own_language_whatever_the_theme_declares(
    site: WordPress, desk: Newsroom
) -> None:
    desk.pass_()
    page = site.write("Imvura nyinshi i Nyagatare", f"<p>{RAIN}</p>")["link"]
    assert 'lang="en-US"' in requests.get(page, timeout=300).text
    site.write("Une nouvelle route", f"<p>{ROAD}</p>")
    desk.pass_()
    assert {post["title"]: post["lang"] for post in desk.posts("fedi")} == {
        "Imvura nyinshi i Nyagatare": "rw",
        "Une nouvelle route": "fr",
    }


def test_an_edit_corrects_the_post_and_a_new_slug_is_the_same_article(
    site: WordPress, desk: Newsroom
) -> None:
    desk.pass_()
    post = site.write("The brigde opens")
    desk.pass_()
    time.sleep(1.1)  # WordPress tells edits apart by the second
    site.change(post, title="The bridge opens")
    desk.pass_()
    assert desk.titles("fedi") == ["The bridge opens"]
    time.sleep(1.1)
    moved = site.change(post, slug="the-bridge-is-open")["link"]
    assert moved != post["link"]
    desk.pass_()
    assert len(desk.posts("fedi")) == len(desk.posts("blue")) == 1


def test_what_is_taken_back_in_whatever_way_is_withdrawn(site: WordPress, desk: Newsroom) -> None:
    desk.config.write_text(desk.config.read_text().replace('"1s"', '"1s"\nwithdrawals = 0', 1))
    site.write("Stays")
    desk.pass_()
    ways = ("binned", "a draft again", "deleted", "locked", "private", "dated ahead")
    posts = {way: site.write(f"Wrong, {way}") for way in ways}
    desk.pass_()
    assert len(desk.posts("fedi")) == len(ways)
    site.bin(posts["binned"])
    site.change(posts["a draft again"], status="draft")
    site.api("DELETE", f"posts/{posts['deleted']['id']}", params={"force": "true"})
    site.change(posts["locked"], password="secret")
    site.change(posts["private"], status="private")
    assert site.change(posts["dated ahead"], date_gmt=ago(hours=-3))["status"] == "future"
    for _ in range(3):  # it asks for five of those that are missing at a time
        desk.pass_()
    said = {way: desk.ask("explain", post["link"])["withdrawn"] for way, post in posts.items()}
    assert {way for way, each in said.items() if each and each["by"]} == set(ways), said
    assert desk.posts("fedi") == []
    # Its account says nothing of `on_withdrawal`: people are told.
    assert (len(desk.posts("blue")), len(desk.ask("status")["problems"])) == (len(ways), len(ways))


def test_a_post_that_comes_back_from_the_bin_is_not_shared_again(site: WordPress, desk: Newsroom) -> None:
    desk.pass_()
    post = site.write("Back again")
    desk.pass_()
    site.bin(post)
    desk.pass_()
    desk.pass_()
    assert desk.posts("fedi") == []
    time.sleep(1.1)
    site.change(post, status="publish")
    desk.pass_()
    desk.pass_()
    assert (desk.posts("fedi"), len(desk.posts("blue"))) == ([], 1)
    assert "it is public again" in json.dumps(desk.ask("explain", post["link"])["withdrawn"])
    assert desk.ask("status")["problems"] == []  # what stands on the other account may do so


def test_the_desk_orders_in_the_post_itself(site: WordPress, desk: Newsroom) -> None:
    hill = site.picture(picture(1200, 630), "The hill")
    desk.pass_()
    site.write("Silent", meta={"sharewire_skip": "1"})
    site.write("Said otherwise", meta={"sharewire_text": "Read this & that"})
    later = site.write("Not yet", meta={"sharewire_embargo": "2030-01-01 08:00"})
    site.write("With a hill", meta={"sharewire_image": str(hill["id"])})
    desk.pass_()
    assert desk.titles("fedi") == ["Read this & that", "With a hill"]
    card = next(post["card"] for post in desk.posts("blue") if post["title"] == "With a hill")
    assert (card["image"]["url"], card["image"]["alt"]) == (hill["source_url"], "The hill")
    assert "embargo" in json.dumps(desk.ask("explain", later["link"]))


def test_api_and_feed_of_one_site_give_one_article(site: WordPress, tmp_path: Path) -> None:
    desk = newsroom(site, tmp_path, AS_FEED, '"site", "rss"')
    desk.pass_()
    draft = site.write("Saved first as a draft", status="draft")
    site.write("Published at once")
    site.change(draft, status="publish")
    for _ in range(3):
        desk.pass_()
    assert len(desk.posts("fedi")) == len(desk.posts("blue")) == 2
    time.sleep(1.1)
    site.change(draft, slug="quite-another-slug")
    for _ in range(2):
        desk.pass_()
    assert len(desk.posts("fedi")) == len(desk.posts("blue")) == 2


@pytest.mark.parametrize(("locale", "declared", "lang"), [("fr_FR", "fr-FR", "fr-FR"), ("kin", "kin", "rw")])
def test_a_site_in_french_or_kinyarwanda(
    site: WordPress, desk: Newsroom, locale: str, declared: str, lang: str
) -> None:
    site.speak(locale)
    desk.config.write_text(desk.config.read_text().replace("enrich = false\n", ""))
    desk.pass_()
    page = site.write(f"Imvura i Nyagatare {locale}", f"<p>{RAIN}</p>")["link"]
    assert f'lang="{declared}"' in requests.get(page, timeout=300).text
    site.write(f"Une route {locale}", f"<p>{ROAD}</p>")
    site.write(f"Kigali 2026 {locale}", "<p>2026</p>")
    site.write(f"Ifungwa {locale}", password="open sesame")
    desk.start()
    desk.wait(lambda: len(desk.posts("fedi")) == 3)
    said = {post["title"].removesuffix(f" {locale}"): post["lang"] for post in desk.posts("fedi")}
    assert said["Imvura i Nyagatare"] == "rw"
    assert said["Une route"].startswith("fr")
    assert said["Kigali 2026"] == lang  # its text does not tell: what the site declares


def test_a_site_without_permalinks_is_read_by_the_other_address(site: WordPress) -> None:
    site.write("Plain")
    site.shut("plain")
    harvest = poll(site)
    found = next(each for each in harvest.entries if each.title == "Plain")
    assert "?p=" in found.url
    assert harvest.cursor["form"] in ("pretty", "query")


def test_an_application_password_opens_an_api_that_is_shut_to_strangers(site: WordPress) -> None:
    site.write("For those we know")
    site.shut("closed")
    known = {"username": "admin", "application_password": site.password}
    assert entry(site, "For those we know", **known)
    with pytest.raises(Exception, match="rest_login_required") as refused:
        poll(site)
    assert site.password not in str(refused.value)
    with pytest.raises(Exception, match="answered 401") as wrong:
        poll(site, username="admin", application_password="not the right one")
    assert "not the right one" not in str(wrong.value)


def test_feed_and_api_agree_on_what_a_post_is(site: WordPress) -> None:
    site.write("Twice told", f"<p>{ROAD}</p>", excerpt="Once and again")
    table = {"kind": "feed", "url": f"{site.url}/feed/", "allow_private": True}
    harvest = poll_once(Feed(FeedOptions.model_validate(table)), site)
    theirs = {each.guid: each for each in harvest.entries}
    both = [ours for ours in poll(site).entries if ours.guid in theirs]
    assert both[0].title == "Twice told"
    assert {ours.guid for ours in both} == theirs.keys()
    for ours in both:
        other = theirs[ours.guid]
        assert (other.title, other.url, other.published_at) == (ours.title, ours.url, ours.published_at)
        assert set(other.categories) == {*ours.categories, *ours.tags}
