"""`sources check`, `sources release` and `sources skip`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.fakes.wordpress import WordPress


@pytest.mark.parametrize(("verb", "state"), [("release", "queued"), ("skip", "skipped")])
def test_what_came_as_a_flood_is_let_go_or_left(working: Desk, verb: str, state: str) -> None:
    working.configure(
        ('timing = "now"', 'timing = "now"\nmax_age = "0"'), ("enrich = false", "enrich = false\nflood = 3")
    )
    with_dates = "<pubDate/>"
    for number in range(3):
        working.publish(f"moved-{number}", extra=with_dates)
        working.items[0] = working.items[0].replace("<pubDate>", "<was>").replace("</pubDate>", "</was>")
    working.serve()
    assert working("run", "--once")[0] == 0
    rows = working.json("queue", "list")
    assert {(row["state"], row["reason"]) for row in rows} == {("held", "flood")}
    code, out, _ = working("status")
    assert (code, "source site shows 3 old articles as new" in " ".join(out.split())) == (1, True)
    assert working.json("sources", verb, "site") == {
        "source": "site",
        "shares": 6,
        "released": verb == "release",
    }
    assert {row["state"] for row in working.json("queue", "list")} == {state}
    told = "sharewire: nothing of source site is held as a flood\n"
    assert working("sources", verb, "site") == (2, "", told)


def test_the_age_of_what_is_shown_decides(working: Desk) -> None:
    working.configure(("enrich = false", "enrich = false\nflood = 3"))
    for number in range(4):
        working.publish(f"fresh-{number}", ago=timedelta(minutes=number))
    assert working("run", "--once")[0] == 0
    assert {row["state"] for row in working.json("queue", "list")} == {"published"}


@pytest.mark.parametrize(("verb", "state"), [("withdraw", "cancelled"), ("keep", "queued")])
def test_what_was_lost_at_once_is_taken_back_or_kept(working: Desk, verb: str, state: str) -> None:
    Path("articles").mkdir()
    folder = f'kind = "directory"\npath = "articles"\nurl = "{working.site.url("/")}"\nallow_private = true'
    working.configure(('sources = ["site"]', 'sources = ["site", "folder"]'))
    working.configure(more=f"\n[sources.folder]\n{folder}\nenrich = false\n")
    working("pause", "--all", "--for", "6h", "--reason", "a test")
    assert working("run", "--once")[0] == 0
    for number in range(6):
        head = f"title: News {number}\ndate: {datetime.now(UTC).isoformat()}"
        Path(f"articles/news-{number}.md").write_text(f"---\n{head}\n---\nWhat is known of it.\n")
    assert working("run", "--once")[0] == 0
    for path in Path("articles").iterdir():
        path.unlink()
    assert working("run", "--once")[0] == 0
    assert {row["state"] for row in working.json("queue", "list")} == {"held"}
    code, out, _ = working("status")
    assert (code, "source folder has lost 6 articles at once" in " ".join(out.split())) == (1, True)
    first = working.json("queue", "list")[0]["article"]
    said = working("explain", str(first))[1]
    assert "sharewire sources withdraw folder, or keep folder" in said
    dry = working.json("sources", "withdraw", "folder", "--dry-run")
    assert dry == {"source": "folder", "articles": 6, "withdrawn": True, "shares": {"cancel": 12}}
    did = "taken back" if verb == "withdraw" else "kept"
    assert working("sources", verb, "folder")[1].startswith(f"{did}: 6 articles of folder")
    assert {row["state"] for row in working.json("queue", "list")} == {state}
    told = "sharewire: no withdrawal of source folder is held\n"
    assert working("sources", verb, "folder") == (2, "", told)


def test_each_source_is_read_by_hand_and_nothing_is_stored(working: Desk) -> None:
    polled = working.json("status")["sources"]
    (answer,) = working.json("sources", "check")
    assert (answer["source"], answer["kind"], answer["articles"]) == ("site", "feed", len(working.items))
    assert "site (feed): 1 article, the newest of" in working("check", "--online")[1]
    assert working.json("check", "--online")["sources"] == [answer]
    assert working.json("status")["sources"] == polled
    told = "sharewire: there is no [sources.other]: choose among site\n"
    assert working("sources", "check", "other") == (2, "", told)
    working.configure(("/feed/", "/nowhere/"))
    code, out, _ = working("sources", "check", "site")
    assert (code, "error: site (feed):" in out, "404" in out) == (1, True, True)
    assert working("check", "--online")[0] == 1


@pytest.fixture
def wordpress() -> Iterator[WordPress]:
    with WordPress() as site:
        site.password = "desk:abcd efgh"
        site.add(1)
        yield site


def test_a_password_that_wordpress_does_not_take_is_told_of_everywhere(
    working: Desk, wordpress: WordPress, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = f'kind = "feed"\nurl = "{working.site.url("/feed/")}"'
    working.configure((feed, f'kind = "wordpress"\nurl = "{wordpress.url("/")}"\nusername = "desk"'))
    monkeypatch.setenv("BOT_SOURCES__SITE__APPLICATION_PASSWORD", "wr0ng-s3cret")
    said = "the application password of desk is not taken (rest_not_logged_in): it is wrong or was revoked"
    code, out, err = working("check", "--online")
    assert (code, f"error: site (wordpress): {said}" in " ".join(out.split())) == (1, True)
    code, log, _ = working("run", "--once")
    assert code == 0, log
    wordpress.add(2, title="News all the same", date=datetime.now(UTC))
    assert working("run", "--once")[0] == 0
    assert {row["title"] for row in working.json("queue", "list")} == {"News all the same"}
    code, shown, more = working("status")
    assert (code, f"! source site: {said}" in " ".join(shown.split())) == (1, True)
    (alert,) = (each for each in working.json("alerts", "list") if each["key"] == "source:site:password")
    assert alert["text"].startswith(f"source site: {said}")
    assert "wr0ng-s3cret" not in out + err + log + shown + more
    monkeypatch.setenv("BOT_SOURCES__SITE__APPLICATION_PASSWORD", "abcd efgh")
    assert working("run", "--once")[0] == 0
    assert working.json("status")["sources"][0]["wrong"] == {}
