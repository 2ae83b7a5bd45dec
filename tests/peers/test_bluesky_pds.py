"""What tests/fakes/bluesky.py claims, asked of a real Bluesky PDS."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Rejected, Unauthorized
from bot.domain.post import Accepted, Card, Image, Post, Prepared
from bot.platforms.bluesky.record import tid
from tests.fakes.gallery import Gallery
from tests.platforms.wired import MemoryVault, connect

pytestmark = pytest.mark.peers

ROOT = Path(__file__).parents[2]
LINK = "https://example.org/2026/kigali"


@pytest.fixture(scope="module")
def account() -> Iterator[dict[str, Any]]:
    node = shutil.which("node")
    if not node or not (ROOT / "node_modules/@atproto/dev-env").is_dir():
        pytest.skip("needs node 20 or newer and the PDS: run tests/peers/install")
    with subprocess.Popen(
        [node, "tests/peers/pds.cjs"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as pds:
        assert pds.stdin
        assert pds.stdout
        url = json.loads(pds.stdout.readline())["url"]
        yield {
            "platform": "bluesky",
            "base_url": url,
            "identifier": "desk.test",
            "app_password": "hunter22-desk",
            "image": {"need": "optional"},
        }
        pds.stdin.close()
        pds.wait(10)


@pytest.fixture(scope="module")
def platform(account: dict[str, Any]) -> Any:
    return connect(account)


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with Gallery() as running:
        yield running


def post(*parts: str, **more: Any) -> Post:
    return Post(
        parts or (f"አዲስ አበባ 👩🏽‍💻 #ኢትዮጵያ {LINK}",), LINK, "Title", datetime.now(UTC), lang="am", **more
    )


def ready(platform: Any, *parts: str, **more: Any) -> Prepared:
    made = platform.prepare(post(*parts, **more), None)
    assert isinstance(made, Prepared)
    return made


def test_check_names_the_account(platform: Any) -> None:
    assert platform.check().handle == "@desk.test"


def test_a_wrong_password_is_unauthorized(account: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        connect({**account, "app_password": "wrong"}).check()


def test_a_post_in_any_script_is_taken_and_read_back(platform: Any) -> None:
    made = ready(platform)
    accepted = platform.publish(made, 0, "k:0", None)
    assert platform.read(made, 0, "k:0") == accepted
    assert platform.find(datetime.now(UTC) - timedelta(minutes=1))[0].links == (LINK,)


def test_what_was_never_sent_is_not_there(platform: Any) -> None:
    assert platform.read(ready(platform), 0, "never:0") is None


def test_sent_again_it_stands_once_and_under_the_same_cid(platform: Any) -> None:
    made = ready(platform, "Twice")
    first = platform.publish(made, 0, "twice:0", None)
    assert platform.publish(made, 0, "twice:0", None) == first
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert [own.text for own in platform.find(since)].count("Twice") == 1


def test_another_record_at_the_address_is_never_overwritten(platform: Any) -> None:
    made = ready(platform, "First come")
    platform.publish(made, 0, "same:0", None)
    other = Prepared(({**made.parts[0], "record": {**made.parts[0]["record"], "text": "Late"}},))
    with pytest.raises(Rejected, match="another record"):
        platform.publish(other, 0, "same:0", None)
    assert isinstance(platform.read(made, 0, "same:0"), Accepted)


def test_a_thread_names_root_and_parent(platform: Any) -> None:
    made = ready(platform, "One", "Two", "Three")
    one = platform.publish(made, 0, "t:0", None)
    two = platform.publish(made, 1, "t:1", one.ref)
    three = platform.publish(made, 2, "t:2", two.ref)
    assert three.ref["root"] == two.ref["root"] == {"uri": one.ref["uri"], "cid": one.ref["cid"]}
    assert platform.read(made, 2, "t:2") == three


def test_a_card_with_its_picture_is_taken(platform: Any, gallery: Gallery) -> None:
    card = Card(LINK, "Title", "Description", Image(f"{gallery.url}/a.png"))
    made = ready(platform, card=card)
    assert "thumb" in made.parts[0]["record"]["embed"]["external"]
    assert platform.publish(made, 0, "card:0", None).ref["cid"]


def test_images_with_descriptions_are_taken(platform: Any, gallery: Gallery) -> None:
    made = ready(platform, images=(Image(f"{gallery.url}/a.png", "A bridge"),) * 4)
    assert (made.notes, platform.publish(made, 0, "images:0", None).ref["rkey"]) == (
        (),
        tid(made.parts[0]["record"]["createdAt"], "images:0"),
    )


@pytest.mark.parametrize("text", ["x" * 301, "👨‍👩‍👧‍👦" * 130])
def test_a_text_over_a_limit_is_rejected(platform: Any, text: str) -> None:
    assert not platform.limits.fits(text)
    with pytest.raises(Rejected, match="too big"):
        platform.publish(ready(platform, text), 0, "long:0", None)


def test_texts_at_the_limits_are_taken(platform: Any) -> None:
    assert platform.publish(ready(platform, "é" * 300), 0, "full:0", None).ref["uri"]
    assert platform.publish(ready(platform, "👨‍👩‍👧‍👦" * 120), 0, "bytes:0", None).ref["uri"]


def test_a_session_kept_is_used_again_and_one_that_ran_out_replaced(account: dict[str, Any]) -> None:
    vault = MemoryVault()
    connect(account, vault=vault).check()
    kept = vault.kept["session"]
    connect(account, vault=vault).check()
    assert vault.kept["session"] == kept
    owner, did, jwts = kept.partition(":::")
    vault.kept["session"] = owner + did + jwts.replace("eyJ", "eyK")
    connect(account, vault=vault).check()
    assert vault.kept["session"] not in ("", kept)
