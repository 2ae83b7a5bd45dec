import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Unauthorized, Unavailable
from bot.domain.limits import Limits, Measure
from bot.domain.post import Card, Image, Post
from bot.platforms import file
from tests.platforms.wired import connect

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def post(*parts: str, link: str = "https://example.org/a") -> Post:
    card = Card(link, "A <card>", "Says & more", Image("https://example.org/c.png", "c"))
    return Post(
        parts or ("Hello",), link, "Hello", AT, card=card, images=(Image(link, "An <alt>"),), lang="en"
    )


def publish(folder: Path, key: str = "k:0", what: Post | None = None, **wiring: Any) -> Any:
    platform = connect({"platform": "file", "folder": str(folder)}, **wiring)
    return platform.publish(platform.prepare(what or post(), None), 0, key, None)


def page(folder: Path) -> str:
    return (folder / "desk" / "index.html").read_text()


def test_it_counts_by_the_platform_it_plays(tmp_path: Path) -> None:
    plays = Limits(text=(Measure("weights", lambda text: 2 * len(text), 280),))
    publish(tmp_path, what=post("abc"), plays=plays, played="x")
    (stands,) = (tmp_path / "desk" / "posts").iterdir()
    document = json.loads(stands.read_text())
    assert [document[name] for name in ("platform", "count", "limit", "unit")] == ["x", 6, 280, "weights"]
    assert "6/280 weights" in page(tmp_path)


def test_the_platform_played_is_written_as_in_the_configuration(tmp_path: Path) -> None:
    platform = connect({"platform": "file", "as": "mastodon", "folder": str(tmp_path)})
    assert platform.prepare(post(), None).parts[0]["platform"] == "mastodon"


def test_a_key_is_written_once(tmp_path: Path) -> None:
    first = publish(tmp_path, what=post("First"))
    assert publish(tmp_path, what=post("Second")) == first
    (stands,) = (tmp_path / "desk" / "posts").iterdir()
    assert json.loads(stands.read_text())["text"] == "First"


def test_the_permalink_leads_to_the_file(tmp_path: Path) -> None:
    accepted = publish(tmp_path, key="../../etc/x:0")
    (stands,) = (tmp_path / "desk" / "posts").iterdir()
    assert accepted.url == stands.as_uri()


def test_what_was_not_written_is_not_there(tmp_path: Path) -> None:
    platform = connect({"platform": "file", "folder": str(tmp_path)})
    assert platform.read(platform.prepare(post(), None), 0, "k:0") is None


def test_the_page_shows_every_word_and_obeys_none(tmp_path: Path) -> None:
    publish(tmp_path, what=post('<script>alert("x")</script> & co', link="javascript:alert(1)"))
    shown = page(tmp_path)
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; co" in shown
    assert "A &lt;card&gt;" in shown
    assert "An &lt;alt&gt;" in shown
    assert '<a href="https://example.org/c.png"' in shown
    assert [word for word in ("<script", 'href="javascript', "src=") if word in shown] == []


def test_the_page_has_the_newest_first_and_no_more_than_it_can_bear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "NEWEST", 3)
    for number in range(5):
        publish(tmp_path, key=f"k{number}", what=post(f"No. {number}"))
    shown = page(tmp_path)
    places = [shown.find(f"No. {number}") for number in (4, 3, 2)]
    assert places == sorted(places)
    assert [shown.find(f"No. {number}") for number in (0, 1)] == [-1, -1]
    assert len(list((tmp_path / "desk" / "posts").iterdir())) == 5


@pytest.mark.parametrize("broken", ["", "{", '{"a": 1}', "null", "[1]"])
def test_a_lost_memory_of_the_page_is_made_anew_from_the_posts(tmp_path: Path, broken: str) -> None:
    publish(tmp_path, key="a", what=post("First"))
    (tmp_path / "desk" / "recent.json").write_text(broken)
    publish(tmp_path, key="b", what=post("Second"))
    assert [word in page(tmp_path) for word in ("First", "Second")] == [True, True]


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    platform = connect({"platform": "file", "folder": str(tmp_path / "taken")})
    with pytest.raises(Unauthorized, match="cannot write to"):
        platform.check()
    with pytest.raises(Unavailable, match="could not write to"):
        platform.publish(platform.prepare(post(), None), 0, "k:0", None)


def test_a_page_that_cannot_be_written_does_not_unmake_the_post(tmp_path: Path) -> None:
    (tmp_path / "desk" / "index.html").mkdir(parents=True)
    assert publish(tmp_path).ref == {"id": "k:0"}
    assert len(list((tmp_path / "desk" / "posts").iterdir())) == 1


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    publish(tmp_path)
    names = sorted(path.name for path in (tmp_path / "desk").rglob("*"))
    assert names == ["index.html", "k%3A0.json", "posts", "recent.json"]


def test_check_answers_to_the_handle_that_is_played(tmp_path: Path) -> None:
    table = {"platform": "file", "folder": str(tmp_path)}
    assert connect(table).check().handle == "desk"
    assert connect({**table, "handle": "@exampleRW"}).check().handle == "@exampleRW"


def test_what_a_killed_writer_left_is_swept_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    publish(tmp_path)
    old, young, other = (tmp_path / "desk" / name for name in (".new-old", ".new-young", "old.txt"))
    for left in (old, young, other):
        left.write_text("{")
    for left in (old, other):
        os.utime(left, (1, 1))
    publish(tmp_path, key="k:1")
    assert [left.exists() for left in (old, young, other)] == [False, True, True]


KILLED = """
import os, sys
from pathlib import Path
from tests.platforms.test_file import publish

Path.replace = lambda *_: os.kill(os.getpid(), 9)
publish(Path(sys.argv[1]))
"""


def test_a_kill_while_it_writes_leaves_nothing_that_passes_for_a_post(tmp_path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, tmp_path], capture_output=True, check=False)
    assert died.returncode == -9, died.stderr
    assert list((tmp_path / "desk" / "posts").iterdir()) == []
    (left,) = (tmp_path / "desk").glob(".new-*")
    os.utime(left, (1, 1))
    publish(tmp_path)
    assert list((tmp_path / "desk").glob(".new-*")) == []


def test_the_page_says_when_so_that_a_person_reads_it(tmp_path: Path) -> None:
    publish(tmp_path)
    assert "24 Nov 2026, 09:00 UTC" in page(tmp_path)
