"""What a newsroom's articles go through on a real Bluesky PDS: told, asked after, threaded, taken back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.gallery import Gallery, picture
from tests.peers.newsroom import Newsroom
from tests.peers.pds import Pds

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1200)]

CONFIG = """\
log = "json"
timezone = "Africa/Kigali"
languages = ["en", "fr", "rw"]
templates = "templates"

[sources.site]
kind = "directory"
path = "content"
url = "{site}/"
every = "1s"
enrich = false
allow_private = true

[accounts.sky]
platform = "bluesky"
base_url = "{pds}"
identifier = "desk.test"
on_update = "alert"
on_withdrawal = "delete"

[[routes]]
name = "in_three"
sources = ["site"]
match.tags_any = ["Thread"]
accounts = ["sky"]
timing = "now"
template = "three"

[[routes]]
name = "everything"
sources = ["site"]
accounts = ["sky"]
timing = "now"

[delivery]
reconcile_after = "1s"
"""
THREE = "{{ title }} {{ url }}\n===\n{{ summary }}\n===\nMurakoze, @desk.test #Nyagatare\n"
RAIN = "Imvura nyinshi yaguye mu karere ka Nyagatare yangije imyaka y’abaturage."


class Site(Newsroom):
    """A desk that reads a folder of articles, and its editor's hand on that."""

    def write(self, slug: str, title: str, text: str = RAIN, **more: Any) -> None:
        matter = {"title": title, "date": datetime.now(UTC).isoformat(timespec="seconds"), **more}
        lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in matter.items()]
        self.file(slug).write_text("\n".join(["---", *lines, "---", text, ""]))

    def file(self, slug: str) -> Path:
        return self.folder / "content" / f"{slug}.md"

    def settled(self) -> list[dict[str, Any]]:
        """The shares, the newest first, once none is in doubt."""
        end = time.monotonic() + 300
        while True:
            rows: list[dict[str, Any]] = self.ask("queue", "list")
            if not any(row["state"] in ("unknown", "sending") for row in rows):
                return rows
            assert time.monotonic() < end, rows
            time.sleep(0.5)
            self("run", "--once")


@pytest.fixture
def pictures() -> Iterator[Gallery]:
    with Gallery() as running:
        yield running


@pytest.fixture
def desk(pds: Pds, pictures: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("bot.domain.following.CALM", timedelta(0))
    for folder in ("content", "templates/three"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "templates/three/any.j2").write_text(THREE)
    desk = Site(
        tmp_path,
        CONFIG.format(site=pictures.url, pds=pds.url),
        BOT_ACCOUNTS__SKY__APP_PASSWORD=pds.options()["app_password"],
        BOT_TOKEN_KEY="a long random text for tests",
    )
    desk.pass_()
    pds.requests.clear()
    yield desk
    desk.close()


def marked(record: dict[str, Any]) -> list[tuple[str, str]]:
    """What its facets mark, cut out by their bytes, and what each says of it."""
    text = record["text"].encode()
    return [
        (
            text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(),
            next(value for name, value in feature.items() if name != "$type"),
        )
        for facet in record.get("facets", ())
        for feature in facet["features"]
    ]


def test_an_article_is_told_with_its_card_and_taken_back_for_good(
    pds: Pds, desk: Site, pictures: Gallery
) -> None:
    before = pds.records()
    title = "Ikiraro cy’i Nyagatare “R&D” 👩🏽‍💻 n’umugezi w’Umuyanja"
    desk.write("ikiraro", title, image=f"{pictures.url}/hill.png", image_alt="A hill")
    desk.pass_()
    (row,) = desk.settled()
    rkey = row["remote_url"].rpartition("/")[2]
    record = pds.record(rkey)["value"]
    card = record["embed"]["external"]
    assert record["text"] == f"{title}\n\n{RAIN}"
    assert (record["langs"], card["title"], card["description"]) == (["rw"], title, RAIN)
    assert card["uri"] == f"{pictures.url}/ikiraro/"
    thumb = pds.ask("com.atproto.sync.getBlob", did=pds.did, cid=card["thumb"]["ref"]["$link"])
    assert thumb.content == picture()
    desk.write("ikiraro", "Ikiraro gishya")
    desk.pass_()
    (told,) = desk.ask("status")["problems"]
    assert f"{row['remote_url']} still says what it said: correct it there, or leave it" in told
    assert pds.record(rkey)["value"] == record
    desk.file("ikiraro").unlink()
    for _ in range(3):
        desk.pass_()
    assert pds.record(rkey)["error"] == "RecordNotFound"
    assert (pds.count("com.atproto.repo.deleteRecord"), pds.records()) == (1, before)
    assert desk.ask("status")["problems"] == []


def test_an_answer_that_is_lost_is_read_back_and_nothing_sent_again(pds: Pds, desk: Site) -> None:
    before = len(pds.records())
    desk.write("rain", "The rain")
    pds.script_write("drop")
    assert desk("run", "--once")[0] == 1
    assert len(pds.records()) == before + 1
    (row,) = desk.settled()
    assert (row["state"], row["detail"]) == ("published", "found on the platform")
    assert (pds.count("com.atproto.repo.putRecord"), len(pds.records())) == (1, before + 1)


def test_what_never_arrived_is_sent_again_to_the_same_address(pds: Pds, desk: Site) -> None:
    before = len(pds.records())
    desk.write("rain", "The rain that never came")
    pds.script_write("reset")
    assert desk("run", "--once")[0] == 1
    assert len(pds.records()) == before
    assert desk.settled()[0]["state"] == "published"
    tried = [request.json()["rkey"] for request in pds.writes()]
    assert (len(tried), len(set(tried)), len(pds.records())) == (2, 1, before + 1)


def test_a_worker_killed_once_the_server_has_it_and_before_it_says_so_posts_once(
    pds: Pds, desk: Site
) -> None:
    before = len(pds.records())
    desk.write("rain", "The rain at night")
    pds.script_write("hang")
    worker = desk.start()
    desk.wait(lambda: len(pds.records()) == before + 1)
    worker.kill()
    worker.wait(60)
    desk.pass_()
    assert desk.settled()[0]["state"] == "published"
    assert len(pds.records()) == before + 1


def test_a_thread_goes_on_after_its_lost_part_and_is_taken_back_whole(pds: Pds, desk: Site) -> None:
    before = pds.records()
    desk.write("thread", "Imvura i Nyagatare", tags=["Thread"])
    desk.pass_()
    assert len(pds.records()) == len(before) + 3
    desk.file("thread").unlink()
    desk.pass_()
    assert pds.records() == before
    desk.write("again", "Imvura i Huye", tags=["Thread"])
    pds.script_write(200)  # the first of them never gets there
    desk("run", "--once")
    pds.script_write("drop", times=2)
    assert desk.settled()[0]["state"] == "published"
    three, two, one = pds.records()[:3]
    assert len(pds.records()) == len(before) + 3
    assert (two["text"], "reply" in one) == (RAIN, False)
    assert three["reply"]["root"] == two["reply"]["root"] == two["reply"]["parent"]
    assert (two["reply"]["parent"]["uri"], three["reply"]["parent"]["uri"]) == (one["uri"], two["uri"])
    link = next(said for text, said in marked(one))
    assert marked(one) == [(link, link)]
    assert link.endswith("/again/")
    assert marked(three) == [("@desk.test", pds.did), ("#Nyagatare", "Nyagatare")]


def test_a_deletion_whose_answer_is_lost_is_sent_again_and_does_no_harm(pds: Pds, desk: Site) -> None:
    before = pds.records()
    desk.write("wrong", "Wrong")
    desk.write("right", "Right")
    desk.pass_()
    desk.file("wrong").unlink()
    pds.script("drop", method=pds.deletes[0], path=pds.deletes[1])
    desk("run", "--once")
    assert {row["occasion"]: row["state"] for row in desk.settled()} == {
        "new": "published",
        "withdraw:1": "published",
    }
    assert pds.count("com.atproto.repo.deleteRecord") == 2
    left, *others = pds.records()
    assert (left["text"], others) == (f"Right\n\n{RAIN}", before)


def test_a_wrong_app_password_stops_the_account_and_says_so_in_a_line(pds: Pds, desk: Site) -> None:
    before = len(pds.records())
    desk.environment["BOT_ACCOUNTS__SKY__APP_PASSWORD"] = "not the right one"
    said = "401 AuthenticationRequired: Invalid identifier or password"
    code, out, _ = desk("check", "--online")
    assert code == 1
    assert [line for line in out.splitlines() if "sky" in line] == [f"error: sky (bluesky): {said}"]
    desk.write("rain", "The rain")
    code, out, log = desk("run", "--once")
    line = f"account:sky is paused: {said}: mend it, then sharewire resume --account sky"
    assert (code, log.splitlines()[-1], "not the right one" in out + log) == (1, line, False)
    assert desk.ask("status")["problems"] == [line]
    desk.environment["BOT_ACCOUNTS__SKY__APP_PASSWORD"] = pds.options()["app_password"]
    assert desk("resume", "--account", "sky")[0] == 0
    desk.pass_()
    assert (len(pds.records()), desk.ask("status")["problems"]) == (before + 1, [])
