"""What tests/fakes/bluesky.py claims, asked of a real Bluesky PDS."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.errors import Rejected, Throttled, Unauthorized
from bot.domain.post import Accepted, Card, Image, Post, Prepared
from bot.platforms.bluesky.record import tid
from tests.fakes.gallery import Gallery
from tests.peers.pds import Pds
from tests.platforms.wired import MemoryVault, connect

pytestmark = pytest.mark.peers

LINK = "https://example.org/2026/kigali"


@pytest.fixture(scope="module")
def account(pds: Pds) -> dict[str, Any]:
    return pds.options()


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


def test_an_access_token_that_has_run_out_is_refreshed_without_the_password(
    pds: Pds, account: dict[str, Any]
) -> None:
    vault = MemoryVault()
    connect(account, vault=vault).check()
    kept = vault.kept["session"]
    access = kept.split(":::")[2]
    vault.kept["session"] = kept.replace(access, run_out(access, pds.jwt_secret))
    pds.requests.clear()
    again = connect(account, vault=vault)
    made = ready(again, "Told after two hours")
    accepted = again.publish(made, 0, "late:0", None)
    assert again.read(made, 0, "late:0") == accepted
    calls = [pds.count(f"com.atproto.server.{name}Session") for name in ("refresh", "create")]
    assert (calls, vault.kept["session"] != kept) == ([1, 0], True)


def test_a_revoked_app_password_is_unauthorized_once_its_session_has_run_out(
    pds: Pds, account: dict[str, Any]
) -> None:
    did, password = pds.join("revoked.test")
    vault, table = MemoryVault(), {**account, "identifier": "revoked.test", "app_password": password}
    connect(table, vault=vault).check()
    access = vault.kept["session"].split(":::")[2]
    vault.kept["session"] = vault.kept["session"].replace(access, run_out(access, pds.jwt_secret))
    pds.revoke(did)
    with pytest.raises(Unauthorized, match="Invalid identifier or password") as refused:
        connect(table, vault=vault).check()
    assert password not in str(refused.value)


def test_an_account_that_is_taken_down_needs_a_person(pds: Pds, account: dict[str, Any]) -> None:
    did, password = pds.join("gone.test")
    gone = connect({**account, "identifier": "gone.test", "app_password": password})
    made = ready(gone, "Before")
    pds.take_down(did)
    with pytest.raises(Unauthorized, match="AccountTakedown"):
        gone.publish(made, 0, "gone:0", None)


def test_a_deletion_leaves_nothing_and_another_does_no_harm(pds: Pds, platform: Any) -> None:
    accepted = platform.publish(ready(platform, "Wrong"), 0, "wrong:0", None)
    for _ in range(2):
        platform.delete(accepted.ref, "withdraw:0")
        assert pds.record(accepted.ref["rkey"])["error"] == "RecordNotFound"


def test_an_answer_says_how_much_more_is_allowed(platform: Any) -> None:
    platform.publish(ready(platform, "Counted"), 0, "counted:0", None)
    (left,) = platform.meter()
    assert left.name == "ratelimit"
    assert 0 < left.remaining < left.limit


def test_who_logs_in_too_often_is_told_until_when(account: dict[str, Any]) -> None:
    """A real one allows 30 log-ins in five minutes under a name, and says so without a Retry-After."""
    stranger = connect({**account, "identifier": "stranger.test"})
    with pytest.raises(Throttled) as refused:  # noqa: PT012 - refused otherwise until then
        for _ in range(40):
            with pytest.raises(Unauthorized):
                stranger.check()
    assert refused.value.retry_at
    assert timedelta(0) < refused.value.retry_at - datetime.now(UTC) <= timedelta(minutes=5)


def run_out(token: str, secret: str) -> str:
    """The same access token as it is two hours later: signed by its server, and over."""
    head, body, _ = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(f"{body}=="))
    said |= {"iat": said["iat"] - 7_300, "exp": said["exp"] - 7_300}
    signed = f"{head}.{unpadded(json.dumps(said).encode())}"
    return f"{signed}.{unpadded(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
