from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.domain.wallclock import WallClock
from tests.cli.conftest import Desk
from tests.fakes.site import Page

ARTICLE = {
    "id",
    "url",
    "title",
    "source",
    "lang",
    "categories",
    "tags",
    "published_at",
    "first_seen_at",
    "changed_at",
    "withdrawn_at",
}
ATTEMPT = {
    "delivery",
    "number",
    "part",
    "worker",
    "started_at",
    "committed_at",
    "finished_at",
    "outcome",
    "http_status",
    "detail",
    "url",
}
DELIVERY = {
    "id",
    "occasion",
    "state",
    "reason",
    "detail",
    "route",
    "due_at",
    "slot",
    "pinned",
    "expires_at",
    "remote_url",
    "by_hand",
    "why",
}


def test_what_was_shared_has_the_promised_keys(shared: Desk) -> None:
    document = shared.json("explain", shared.url("rain"))
    x, fedi = document["decisions"]
    (source,) = document["sources"]
    assert set(document) == {"article", "sources", "decisions", "evergreen", "digests"}
    assert set(document["article"]) == ARTICLE
    assert set(source) == {"source", "seen_at"}
    assert set(x) == {"account", "verdict", "reason", "rule", "at", "deliveries", "attempts"}
    assert (x["account"], x["verdict"], x["reason"], x["rule"]) == ("main_x", "share", "", "everything")
    assert datetime.fromisoformat(x["at"]).tzinfo is not None
    assert [set(each) for each in x["deliveries"]] == [DELIVERY | {"waits_for"}]
    assert [set(each) for each in x["attempts"]] == [ATTEMPT]
    assert fedi["attempts"][0]["outcome"] == "accepted"


def test_each_try_stands_below_its_share_and_says_what_became_of_the_post(shared: Desk) -> None:
    shared("withdraw", shared.url("rain"), "--reason", "it was wrong")
    shared("run", "--once")
    lines = [line.strip() for line in shared("explain", shared.url("rain"))[1].splitlines()]
    shares = [place for place, line in enumerate(lines) if line.startswith("share ")]
    assert len(shares) == 4
    assert all(lines[place + 1].endswith("part 1 accepted") for place in shares)
    assert sum("(withdraw:1) deleted there" in line for line in lines) == 2


def test_a_time_is_told_by_the_desk_s_clock(working: Desk) -> None:
    opens = datetime.now(UTC) + timedelta(hours=5)
    working.publish("rain", ago=-timedelta(hours=5))
    working("run", "--once")
    out = working("explain", "latest")[1]
    wall = WallClock(ZoneInfo("Africa/Kigali"), datetime.now(UTC))
    hours = {wall.tell(opens + timedelta(minutes=late), "%d %b %H:") for late in (0, 2)}
    assert any(f"waits for the embargo until {each}" in out for each in hours)
    assert " UTC" not in out


def test_an_article_answers_to_its_number_and_to_a_tracked_address(shared: Desk) -> None:
    by_number = shared.json("explain", "2")
    assert shared.json("explain", shared.url("rain") + "?utm_source=x#top") == by_number
    assert shared.json("explain", "latest") == by_number


def test_the_baseline_names_itself_for_every_account(shared: Desk) -> None:
    decisions = shared.json("explain", shared.url("old"))["decisions"]
    assert [(each["account"], each["verdict"], each["reason"], each["rule"]) for each in decisions] == [
        ("main_x", "pass", "baseline", "published before you started"),
        ("fedi", "pass", "baseline", "published before you started"),
    ]


def test_what_no_route_takes_is_said_to_be_filtered(working: Desk) -> None:
    working.configure(('timing = "now"', 'timing = "now"\nmatch.categories_any = ["Sport"]'))
    url = working.publish("rain")
    working("run", "--once")
    decisions = working.json("explain", url)["decisions"]
    assert {(each["verdict"], each["reason"]) for each in decisions} == {("pass", "filtered")}


def test_an_address_never_met_is_answered_with_what_the_sources_say(working: Desk) -> None:
    url = working.publish("rain", "Rain")
    document = working.json("explain", url)
    (source,) = document["sources"]
    assert document["article"]["id"] is None
    assert document["article"]["title"] == "Rain"
    assert document["article"]["error"] == ""
    assert set(source) == {
        "source",
        "seen_at",
        "listed",
        "last_polled_at",
        "status",
        "age_seconds",
        "error",
        "next_poll_at",
    }
    assert (source["source"], source["seen_at"], source["listed"]) == ("site", None, True)
    assert (source["status"], source["error"]) == (200, "")
    assert [(each["account"], each["verdict"], each["rule"]) for each in document["decisions"]] == [
        ("main_x", "share", "everything"),
        ("fedi", "share", "everything"),
    ]


def test_an_address_whose_page_is_not_there_is_answered_too(working: Desk) -> None:
    url = working.site.url("/a/typo/")
    document = working.json("explain", url)
    assert document["article"]["url"] == url
    assert document["article"]["error"] == f"{url} answers 404"
    assert [source["listed"] for source in document["sources"]] == [False]
    out = working("explain", url)[1]
    assert f"its page: {url} answers 404" in out
    assert "does not list it now" in out
    assert "None" not in out


def test_a_source_that_does_not_answer_is_quoted(working: Desk) -> None:
    working.site.pages["/feed/"] = Page(b"", 500)
    (source,) = working.json("explain", working.site.url("/a/typo/"))["sources"]
    assert source["listed"] is None
    assert "500" in source["error"]


def test_it_answers_without_a_database_and_makes_none(desk: Desk) -> None:
    document = desk.json("explain", desk.url("old"))
    assert [source["last_polled_at"] for source in document["sources"]] == [None]
    assert {(each["verdict"], each["reason"]) for each in document["decisions"]} == {("pass", "baseline")}
    assert not Path("data").exists()


def test_what_was_out_before_the_first_poll_is_not_promised(working: Desk) -> None:
    url = working.publish("older", "Older", ago=timedelta(hours=3))
    (rule,) = {each["rule"] for each in working.json("explain", url)["decisions"]}
    assert rule == "published before you started"


def test_for_people_it_says_each_account_share_and_attempt(shared: Desk) -> None:
    lines = shared("explain", shared.url("rain"))[1].splitlines()
    seen = datetime.fromisoformat(shared.json("explain", "2")["sources"][0]["seen_at"])
    assert lines[0] == "Rain & wind [live]"
    assert lines[2].startswith("  seen in site, ")
    assert lines[2].endswith(f"{seen:%M:%S}")
    assert lines[3] == "main_x shares it: everything"
    assert lines[4].startswith("    share 1 (new) published  file:///")
    assert lines[5].endswith("part 1 accepted")


def test_a_share_that_waits_says_when_by_the_desks_clock(waiting: Desk) -> None:
    out = waiting("explain", "2")[1]
    due = datetime.fromisoformat(json.loads(waiting("queue", "list", "--json")[1])[0]["due_at"])
    wall = WallClock(UTC, datetime.now(UTC))
    assert f"share 1 (new) goes out at {wall.tell(due, '%d %b %H:%M:%S')}" in out


def test_what_is_dated_ahead_by_mistake_shows_its_year(working: Desk) -> None:
    year = datetime.now(UTC).year + 73
    working.publish("rain", ago=datetime.now(UTC) - datetime(year, 1, 1, 6, tzinfo=UTC))
    working("run", "--once")
    out = working("explain", "latest")[1]
    assert f"waits for the embargo until 01 Jan {year} 08:00" in out
    assert f"waits: not before 01 Jan {year} 08:00, and given its place 14 days ahead" in out
    assert f"(01 Jan {year} 08:00)" in working("status")[1]


def test_what_is_neither_number_nor_address_is_wrong_use(desk: Desk) -> None:
    code, _, err = desk("explain", "rain")
    assert code == 2
    assert err == "sharewire: there is no article rain: give its number, its address, or `latest`\n"


@pytest.mark.parametrize("page", [b"<title>Rain</title>", b""])
def test_what_its_page_does_not_say_of_one_never_met_its_source_does(working: Desk, page: bytes) -> None:
    url = working.publish("rain", "Rain", extra="<category>Weather</category>")
    working.site.pages["/a/rain/"] = Page(page, 200 if page else 500)
    article = working.json("explain", url)["article"]
    assert (article["title"], article["categories"]) == ("Rain", ["Weather"])
    age = datetime.now(UTC) - datetime.fromisoformat(article["published_at"])
    assert timedelta(0) <= age < timedelta(minutes=5)


def test_the_page_of_one_never_met_says_when_it_was_published(working: Desk) -> None:
    head = (
        b"<title>Rain</title><body><time class='entry-date published' datetime='2026-11-20T08:00:00+02:00'>"
    )
    working.site.pages["/a/rain/"] = Page(head)
    article = working.json("explain", working.url("rain"))["article"]
    assert article["published_at"] == "2026-11-20T06:00:00+00:00"


def test_an_article_that_waits_for_its_page_says_so(working: Desk) -> None:
    working.configure(("enrich = false\n", ""))
    url = working.publish("heavy")
    working.site.live = lambda request: Page(status=503) if "/a/heavy/" in request.url else None
    code, _, log = working("run", "--once")
    assert (code, "a pass in a minute or later asks again" in log) == (0, True)
    assert working.json("explain", url)["page_at"]
    said = "waits for its page, or one that it may have moved from, which has not answered yet: asked for at"
    assert said in working("explain", url)[1]
