"""A real Ghost, read by its Content API and its feed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.sources.ghost import Connector, GhostOptions
from tests.peers.ghost import Ghost
from tests.peers.newsroom import Newsroom
from tests.sources.polling import poll_once

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1200)]

CONFIG = """\
log = "json"

[sources.site]
kind = "ghost"
url = "{url}"
every = "1s"
allow_private = true

[sources.rss]
kind = "feed"
url = "{url}/rss/"
every = "1s"
allow_private = true

[accounts.fedi]
platform = "file"
as = "mastodon"
on_update = "edit"
on_withdrawal = "delete"

[[routes]]
name = "everything"
sources = {sources}
accounts = ["fedi"]
timing = "now"
"""


SLOGAN = "All that was said in Nyagatare and around it, every day of the week."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ghost]:
    site = Ghost(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


@pytest.fixture
def desk(site: Ghost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.setattr("bot.domain.following.CALM", timedelta(0))
    config = CONFIG.format(url=site.url, sources='["site", "rss"]')
    return Newsroom(tmp_path, config, BOT_SOURCES__SITE__CONTENT_KEY=site.key)


def poll(site: Ghost, key: str = "", cursor: Any = None, **options: Any) -> Any:
    table = {
        "kind": "ghost",
        "url": site.url,
        "content_key": key or site.key,
        "allow_private": True,
        **options,
    }
    return poll_once(Connector(GhostOptions.model_validate(table)), site, cursor)


def test_init_finds_ghost_s_feed_and_says_what_a_key_would_open(site: Ghost, tmp_path: Path) -> None:
    site.write("The market")
    desk = Newsroom(tmp_path)
    code, out, _ = desk("init", site.url, "--allow-private")
    assert code == 0
    assert f"{site.url}/rss/" in out
    assert 'kind = "ghost"' in out


def test_a_post_comes_with_all_that_the_editor_gave_it(site: Ghost) -> None:
    title = "It’s “R&D” – l’été < déjà > à Butare & Huye"
    made = site.write(
        title,
        tags=[{"name": "Économie & Finance"}, {"name": "Umuganda"}, {"name": "#internal"}],
        feature_image="https://example.org/hill.jpg",
        feature_image_alt="A hill “at dawn” & mist",
        custom_excerpt="Said by the & desk",
    )
    found = next(each for each in poll(site).entries if each.title == title)
    assert (found.url, found.authors, found.summary) == (made["url"], ("Desk",), "Said by the & desk")
    assert (found.categories, found.tags) == (("Économie & Finance",), ("Économie & Finance", "Umuganda"))
    assert (found.image.url, found.image.alt) == ("https://example.org/hill.jpg", "A hill “at dawn” & mist")
    assert found.published_at == datetime.fromisoformat(made["published_at"])


@pytest.mark.parametrize("zone", ["Etc/UTC", "Africa/Kigali", "America/Bogota"])
def test_an_edit_of_what_left_the_list_is_seen_the_same_day_wherever_the_site_is(
    site: Ghost, zone: str
) -> None:
    site.admin("PUT", "settings/", settings=[{"key": "timezone", "value": zone}])
    ago = f"{datetime.now(UTC) - timedelta(minutes=2):%Y-%m-%dT%H:%M:%S.000Z}"
    old = site.write(f"Old of {zone}", published_at=ago)
    for number in range(3):
        site.write(f"Newer {number} of {zone}")
    first = poll(site, per_page=2)
    assert old["title"] not in [each.title for each in first.entries]
    time.sleep(1.1)
    site.change(old, title=f"Corrected of {zone}")
    second = poll(site, cursor=first.cursor, per_page=2)
    assert [each.title for each in second.entries] == [f"Corrected of {zone}"]
    assert poll(site, cursor=second.cursor, per_page=2).unchanged


def test_a_wrong_key_is_refused_and_never_shown(site: Ghost) -> None:
    with pytest.raises(Exception, match="401") as refused:
        poll(site, "0" * 26)
    assert "0" * 26 not in str(refused.value)


def test_from_draft_to_deleted_by_api_and_feed_at_once(site: Ghost, desk: Newsroom) -> None:
    desk.pass_()
    draft = site.write("A draft", status="draft")
    ahead = f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%dT%H:%M:%S.000Z}"
    site.write("For later", status="scheduled", published_at=ahead)
    silent = site.write("Silent", tags=[{"name": "#nosocial"}])
    out = site.write("The brigde opens")
    desk.pass_()
    assert desk.titles("fedi") == ["The brigde opens"]
    time.sleep(1.1)
    site.change(out, title="The bridge opens", slug="the-bridge-is-open")
    site.change(draft, status="published")
    for _ in range(2):
        desk.pass_()
    assert desk.titles("fedi") == ["A draft", "The bridge opens"]
    site.delete(out)
    site.change(draft, status="draft")
    for _ in range(2):
        desk.pass_()
    assert desk.titles("fedi") == []
    assert "#nosocial" in str(desk.ask("explain", silent["url"]))


def test_a_tag_that_forbids_what_is_shared_is_told_and_deletes_nothing(site: Ghost, desk: Newsroom) -> None:
    desk.pass_()
    post = site.write("Said too soon")
    desk.until(lambda: desk.titles("fedi") == ["Said too soon"])
    time.sleep(1.1)
    site.change(post, tags=[{"name": "#nosocial"}])
    for _ in range(3):
        desk.pass_()
    said = desk.ask("explain", post["url"])["skip"]
    assert said["why"] == "its tag #nosocial says not to share it"
    assert [each["account"] for each in said["standing"]] == ["fedi"]
    assert len([each for each in desk.ask("alerts", "list") if "#nosocial" in each["text"]]) == 1
    assert desk.titles("fedi") == ["Said too soon"]
    site.delete(post)


def test_a_new_slug_alone_is_followed_for_the_old_address_leads_nowhere(site: Ghost, desk: Newsroom) -> None:
    desk.pass_()
    post = site.write("The road")
    desk.pass_()
    time.sleep(1.1)
    now = site.change(post, slug="the-new-road")["url"]
    assert requests.get(post["url"], timeout=300).status_code == 404
    for _ in range(2):
        desk.pass_()
    (told,) = desk.posts("fedi")
    assert (told["link"], now in told["text"], desk.ask("status")["problems"]) == (now, True, [])
    site.delete(post)


@pytest.mark.parametrize("visibility", ["members", "paid"])
def test_what_is_for_members_is_told_by_what_everybody_may_read(
    site: Ghost, desk: Newsroom, visibility: str
) -> None:
    site.admin("PUT", "settings/", settings=[{"key": "description", "value": SLOGAN}])
    desk.pass_()
    title = f"For {visibility} only"
    post = site.write(title, "What nobody else may read.", visibility=visibility)
    teased = site.write(
        f"{title}, teased", "Nor this.", visibility=visibility, custom_excerpt="What it is about"
    )
    desk.until(lambda: len(desk.posts("fedi")) == 2)
    said = {each["title"]: each["text"] for each in desk.posts("fedi")}
    assert set(said) == {title, f"{title}, teased"}
    assert "What it is about" in said[f"{title}, teased"]
    assert all(each not in "".join(said.values()) for each in ("What nobody else", "Nor this", SLOGAN))
    site.change(post, visibility="public")
    for _ in range(2):
        desk.pass_()
    assert len(desk.posts("fedi")) == 2
    site.delete(post)
    site.delete(teased)


def test_without_its_key_the_feed_is_read_and_nothing_is_told_twice(site: Ghost, desk: Newsroom) -> None:
    desk.config.write_text(CONFIG.format(url=site.url, sources='["site"]'))
    desk.pass_()
    site.write("Before")
    desk.pass_()
    desk.environment["BOT_SOURCES__SITE__CONTENT_KEY"] = "0" * 26
    site.write("While")
    log = desk.pass_()
    assert ("its feed is read instead" in log, "0" * 26 in log) == (True, False)
    assert desk.titles("fedi") == ["Before", "While"]
    desk.environment["BOT_SOURCES__SITE__CONTENT_KEY"] = site.key
    for _ in range(13):
        desk.pass_()
    assert desk.titles("fedi") == ["Before", "While"]
