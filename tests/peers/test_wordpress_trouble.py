"""A real WordPress in trouble: shut, down, slow, flooded; and workers that are killed beside it."""

from __future__ import annotations

import json
import sqlite3
import time

import pytest

from tests.peers.newsroom import Newsroom
from tests.peers.wordpress import WordPress, ago

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1200)]


@pytest.mark.parametrize("how", ["closed", "off", "login"])
def test_without_its_api_the_feed_is_read_and_nothing_is_told_twice(
    site: WordPress, desk: Newsroom, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.fallback.AGAIN", 3)
    site.strip(bare=True)  # where the desk orders in its posts, what the feed alone shows waits
    lines = desk.config.read_text().splitlines()
    desk.config.write_text("\n".join(line for line in lines if not line.startswith("overrides")))
    desk.pass_()
    news, tag = site.term("categories", f"Politiki {how}"), site.term("tags", f"Umuganda {how}")
    site.write(f"Before {how}", categories=[news], tags=[tag])
    desk.pass_()
    said = desk.posts("fedi")[0]["text"]
    site.write(f"While {how}")
    site.write(f"Locked {how}", password="open sesame")  # stands in the feed: "Protected: Locked …"
    site.shut(how)
    if how == "login":  # the feed is behind it, too
        assert desk("run", "--once")[0] == 1
    else:
        assert "its feed is read instead" in desk.pass_()
        desk.pass_()
        assert len(desk.posts("fedi")) == 2
        assert "its feed is read instead" in json.dumps(desk.ask("status")["problems"])
    site.shut("")
    for _ in range(3):
        desk.pass_()
    assert desk.titles("fedi") == [f"Before {how}", f"While {how}"]
    assert said in [post["text"] for post in desk.posts("fedi")]  # its hashtags never became the feed's
    assert desk.ask("status")["problems"] == []


def test_what_the_desk_orders_in_its_posts_holds_while_the_api_is_shut(
    site: WordPress, desk: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.fallback.AGAIN", 3)
    desk.pass_()
    site.write("Silent before", meta={"sharewire_skip": "1"})
    desk.pass_()
    site.write("Silent now", meta={"sharewire_skip": "1"})
    post = site.write("Loud now")
    site.shut("off")
    for _ in range(2):
        desk.pass_()
    assert desk.posts("fedi") == []
    assert "its feed alone is read" in json.dumps(desk.ask("explain", post["link"]))
    site.shut("")
    for _ in range(2):
        desk.pass_()
    assert desk.titles("fedi") == ["Loud now"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("dead", "answered 500"),
        ("updating", "answered 503; asks to wait 600 s"),
        ("soon", "answers a web page"),
        ("login", "answers a web page"),
    ],
)
def test_a_site_that_is_down_says_why_and_comes_back_without_loss(
    site: WordPress, desk: Newsroom, how: str, said: str
) -> None:
    desk.pass_()
    site.write(f"Before it was {how}")
    site.shut(how)
    for _ in range(2):
        assert desk("run", "--once")[0] == 1
    (source,) = desk.ask("status")["sources"]
    assert said in source["error"]
    assert ("page" in source["wrong"]) == (how in ("soon", "login"))
    site.shut("")
    for _ in range(
        2
    ):  # its first answer after an update may be a broken one: the feed is read, then the API again
        desk.pass_()
    assert desk.titles("fedi") == [f"Before it was {how}"]
    assert desk.ask("status")["problems"] == []


def test_many_old_posts_imported_at_once_are_held_until_a_person_decides(
    site: WordPress, desk: Newsroom
) -> None:
    config = desk.config.read_text().replace('timing = "now"', 'timing = "now"\nmax_age = "0"')
    desk.config.write_text(config)
    desk.pass_()
    with sqlite3.connect(desk.folder / "data/sharewire.db") as database:  # as if it had run for a year
        database.execute("UPDATE sources SET seeded_at = '2025-01-01 00:00:00'")
        database.execute("UPDATE baselines SET at = '2025-01-01 00:00:00'")
    site.import_(150)
    site.write("News of today")
    desk.pass_()
    assert desk.titles("fedi") == ["News of today"]
    problems = desk.ask("status")["problems"]
    assert any("source site shows 150 old articles as new" in said for said in problems), problems
    left = desk.ask("sources", "skip", "site")
    assert (left["released"], left["shares"]) == (False, 300)
    desk.pass_()
    assert (desk.titles("fedi"), desk.ask("status")["problems"]) == (["News of today"], [])


def test_a_wrong_application_password_is_told_of_though_the_api_is_open(
    site: WordPress, desk: Newsroom
) -> None:
    """WordPress takes who sends a wrong one for a stranger, and says nothing."""
    named = desk.config.read_text().replace("overrides", 'username = "admin"\noverrides', 1)
    desk.config.write_text(named)
    desk.environment["BOT_SOURCES__SITE__APPLICATION_PASSWORD"] = "not the right one"
    desk.pass_()
    site.write("Public all the same")
    log = desk.pass_()
    assert desk.titles("fedi") == ["Public all the same"]
    told = "source site: the application password of admin is not taken (rest_not_logged_in): it is wrong"
    assert any(problem.startswith(told) for problem in desk.ask("status")["problems"])
    code, out, _ = desk("check", "--online")
    assert (code, "not taken (rest_not_logged_in)" in out, "not the right one" in out + log) == (
        1,
        True,
        False,
    )
    desk.environment["BOT_SOURCES__SITE__APPLICATION_PASSWORD"] = site.password
    desk.pass_()
    assert (desk.ask("status")["problems"], desk("check", "--online")[0]) == ([], 0)


def test_ten_posts_and_a_worker_killed_again_and_again(site: WordPress, desk: Newsroom) -> None:
    desk.pass_()
    links = sorted(site.write(f"Of the day {number}")["link"] for number in range(10))
    for pause in (2.0, 2.6, 3.2):
        worker = desk.start()
        time.sleep(pause)
        worker.kill()
        worker.wait(60)
    worker = desk.start()
    desk.wait(lambda: len(desk.posts("fedi")) == len(desk.posts("blue")) == 10)
    worker.terminate()
    assert worker.wait(120) == 0
    for account in ("fedi", "blue"):
        assert sorted(post["link"] for post in desk.posts(account)) == links


def test_more_than_a_hundred_posts_are_learnt_page_by_page_and_none_is_shared(
    site: WordPress, desk: Newsroom
) -> None:
    there = len(site.api("GET", "posts", params={"per_page": "100"}))
    for number in range(105 - there):
        site.write(f"From the archive {number}", date_gmt=ago(days=300 + number))
    desk.pass_()
    said = desk.ask("catalogue", "site", "--since", "2024-01-01")
    assert said["learnt"] >= 105 - 20 - there, said
    assert desk.posts("fedi") == []


def test_an_outage_loses_none_of_what_was_published_meanwhile(site: WordPress, desk: Newsroom) -> None:
    desk.pass_()
    for number in range(25):  # more than one question brings
        site.write(f"Election night {number}")
    desk.config.write_text(desk.config.read_text().replace("enrich = false\n", ""))
    desk.start()  # its PHP gives some of the pages late: those articles wait a minute for them
    desk.wait(lambda: len(desk.posts("fedi")) == len(desk.posts("blue")) == 25)
    assert len({post["link"] for post in desk.posts("fedi")}) == 25
