import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Ambiguous, PlatformError, Rejected, Throttled, Unauthorized, Unavailable
from bot.domain.post import Card, Image, Post, Prepared
from tests.fakes.bluesky import DID, FakeBluesky
from tests.fakes.gallery import Gallery, picture
from tests.platforms.wired import MemoryVault, connect

ROOT = Path(__file__).parents[3]
LINK = "https://example.org/a?x=1&y=2"
OPTIONAL = {"image": {"need": "optional"}}
GET, PUT, LIST = (f"/xrpc/com.atproto.repo.{name}" for name in ("getRecord", "putRecord", "listRecords"))
LOGIN, REFRESH = (f"/xrpc/com.atproto.server.{name}Session" for name in ("create", "refresh"))
UPLOAD = "/xrpc/com.atproto.repo.uploadBlob"
INVALID_SWAP = {"error": "InvalidSwap", "message": "Record was at another cid"}


@pytest.fixture
def pds() -> Iterator[FakeBluesky]:
    with FakeBluesky() as running:
        yield running


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with Gallery() as running:
        yield running


def post(*parts: str, **more: Any) -> Post:
    return Post(parts or (f"Tea & coffee {LINK}",), LINK, "Tea", datetime.now(UTC), **more)


def publish(platform: Any, what: Post, key: str = "key:0") -> Any:
    return platform.publish(platform.prepare(what, None), 0, key, None)


def refused(pds: FakeBluesky, status: int, **script: Any) -> PlatformError:
    platform = connect(pds.options())
    ready = platform.prepare(post(), None)
    pds.script_write(status, **script)
    with pytest.raises(PlatformError) as caught:
        platform.publish(ready, 0, "key:0", None)
    return caught.value


def test_a_post_has_its_address_and_its_page(pds: FakeBluesky) -> None:
    accepted = publish(connect(pds.options()), post())
    rkey = accepted.ref["rkey"]
    assert accepted.ref["id"] == accepted.ref["uri"] == f"at://{DID}/app.bsky.feed.post/{rkey}"
    assert accepted.url == f"https://bsky.app/profile/{DID}/post/{rkey}"
    assert accepted.ref["root"] == {"uri": accepted.ref["uri"], "cid": accepted.ref["cid"]}


def test_check_names_the_account(pds: FakeBluesky) -> None:
    identity = connect(pds.options()).check()
    assert (identity.handle, identity.id) == ("@desk.example.org", DID)


def test_an_account_that_is_not_active_needs_a_person(pds: FakeBluesky) -> None:
    pds.active = False
    with pytest.raises(Unauthorized, match="deactivated"):
        connect(pds.options()).check()


def test_credentials_that_are_not_set_are_named_before_anything_is_asked(pds: FakeBluesky) -> None:
    with pytest.raises(Unauthorized, match="not set: identifier, app_password"):
        connect({"platform": "bluesky", "base_url": pds.url}).check()
    assert pds.requests == []


def test_a_handle_may_be_written_with_its_sign(pds: FakeBluesky) -> None:
    assert connect({**pds.options(), "identifier": "@desk.example.org"}).check().handle


# -- records at our own address ----------------------------------------------------------------------------


def test_only_an_absent_record_is_created(pds: FakeBluesky) -> None:
    publish(connect(pds.options()), post())
    body = pds.writes()[0].json()
    assert (body["swapRecord"], "swapRecord" in body) == (None, True)


def test_sent_again_by_another_process_it_stands_once(pds: FakeBluesky) -> None:
    ready = connect(pds.options()).prepare(post(), None)
    first = connect(pds.options()).publish(ready, 0, "key:0", None)
    assert connect(pds.options()).publish(ready, 0, "key:0", None) == first
    assert len(pds.records) == 1


def test_another_record_at_the_address_is_rejected_and_left_alone(pds: FakeBluesky) -> None:
    platform = connect(pds.options())
    ready = platform.prepare(post(), None)
    accepted = platform.publish(ready, 0, "key:0", None)
    pds.records[accepted.ref["rkey"]] = theirs = {"text": "Another", "createdAt": "2026-01-01T00:00:00Z"}
    assert platform.read(ready, 0, "key:0") is None
    with pytest.raises(Rejected, match="another record"):
        platform.publish(ready, 0, "key:0", None)
    assert pds.records == {accepted.ref["rkey"]: theirs}


@pytest.mark.parametrize("mode", ["html503", "drop", "nonjson", 429, 401])
def test_a_standing_record_that_cannot_be_read_is_ambiguous_whatever_the_reason(
    pds: FakeBluesky, mode: str | int
) -> None:
    platform = connect(pds.options())
    ready = platform.prepare(post(), None)
    platform.publish(ready, 0, "key:0", None)
    pds.script(mode, path=GET)
    with pytest.raises(PlatformError) as caught:
        platform.publish(ready, 0, "key:0", None)
    assert type(caught.value) is Ambiguous


def test_a_refusal_for_what_is_not_there_may_be_tried_again(pds: FakeBluesky) -> None:
    assert type(refused(pds, 400, body=INVALID_SWAP)) is Unavailable


def test_what_was_never_sent_is_not_there(pds: FakeBluesky) -> None:
    platform = connect(pds.options())
    assert platform.read(platform.prepare(post(), None), 0, "key:0") is None


@pytest.mark.parametrize("mode", ["html503", 500, "nonjson", "drop"])
def test_a_read_that_fails_is_no_proof_of_absence(pds: FakeBluesky, mode: str | int) -> None:
    platform = connect(pds.options())
    ready = platform.prepare(post(), None)
    pds.script(mode, path=GET)
    with pytest.raises(Unavailable):
        platform.read(ready, 0, "key:0")


def test_a_refused_read_other_than_not_found_is_no_proof_of_absence(pds: FakeBluesky) -> None:
    platform = connect(pds.options())
    ready = platform.prepare(post(), None)
    pds.script(400, path=GET, body={"error": "InvalidRequest", "message": "Could not find repo"})
    with pytest.raises(Rejected):
        platform.read(ready, 0, "key:0")


def test_each_part_of_a_thread_names_root_and_parent(pds: FakeBluesky) -> None:
    platform = connect(pds.options())
    ready = platform.prepare(post("One", "Two", "Three"), None)
    one = platform.publish(ready, 0, "k:0", None)
    two = platform.publish(ready, 1, "k:1", one.ref)
    three = platform.publish(ready, 2, "k:2", two.ref)
    made = pds.records[three.ref["rkey"]]
    assert made["reply"] == {
        "root": one.ref["root"],
        "parent": {"uri": two.ref["uri"], "cid": two.ref["cid"]},
    }
    assert [each["text"] for _, each in sorted(pds.records.items())] == ["One", "Two", "Three"]


def test_a_prepared_post_survives_the_way_through_json(pds: FakeBluesky) -> None:
    platform = connect(pds.options())
    ready = platform.prepare(post(), None)
    thawed = Prepared(tuple(json.loads(json.dumps(ready.parts))))
    assert platform.publish(thawed, 0, "k:0", None) == platform.publish(ready, 0, "k:0", None)


# -- cards, images, mentions -------------------------------------------------------------------------------


def embed(pds: FakeBluesky, what: Post, **options: Any) -> tuple[Any, tuple[str, ...]]:
    """What the only record embeds, and the notes."""
    platform = connect({**pds.options(), **options})
    ready = platform.prepare(what, None)
    platform.publish(ready, 0, "k:0", None)
    (made,) = pds.records.values()
    return made.get("embed"), ready.notes


def test_a_card_is_built_with_its_picture(pds: FakeBluesky, gallery: Gallery) -> None:
    card = Card(LINK, "Tea", "With milk", Image(f"{gallery.url}/a.png"))
    made, notes = embed(pds, post(card=card))
    external = made["external"]
    assert (external["uri"], external["title"], external["description"]) == (LINK, "Tea", "With milk")
    assert external["thumb"]["mimeType"] == "image/png"
    assert notes == ()


@pytest.mark.parametrize("mode", [404, "html503", "nonjson"])
def test_a_card_goes_without_a_picture_that_cannot_be_had(
    pds: FakeBluesky, gallery: Gallery, mode: str | int
) -> None:
    gallery.script(mode)
    made, notes = embed(pds, post(card=Card(LINK, "Tea", image=Image(f"{gallery.url}/a.png"))))
    assert "thumb" not in made["external"]
    assert [note.startswith("card without its picture: ") for note in notes] == [True]


def test_images_carry_description_and_shape_and_take_the_cards_place(
    pds: FakeBluesky, gallery: Gallery
) -> None:
    what = post(card=Card(LINK, "Tea"), images=(Image(f"{gallery.url}/a.png", "é" * 2_500),) * 5)
    made, _ = embed(pds, what, **OPTIONAL)
    assert [len(each["alt"]) for each in made["images"]] == [2_000] * 4
    assert made["images"][0]["aspectRatio"] == {"width": 64, "height": 36}


def test_where_every_image_fails_the_card_takes_their_place(pds: FakeBluesky, gallery: Gallery) -> None:
    gallery.script(404)
    what = post(card=Card(LINK, "Tea"), images=(Image(f"{gallery.url}/a.png", "A bridge"),))
    made, notes = embed(pds, what, **OPTIONAL)
    assert (made["external"]["title"], notes) == ("Tea", ("image left out: answered 404",))


def test_a_required_image_that_fails_stops_the_post(pds: FakeBluesky, gallery: Gallery) -> None:
    gallery.script(404)
    platform = connect({**pds.options(), "image": {"need": "required"}})
    with pytest.raises(Rejected, match="404"):
        platform.prepare(post(images=(Image(f"{gallery.url}/a.png"),)), None)


@pytest.mark.parametrize(("status", "expected"), [(429, Throttled), (403, Unauthorized)])
def test_a_refusal_of_the_account_is_no_reason_to_go_without_the_picture(
    pds: FakeBluesky, gallery: Gallery, status: int, expected: type[PlatformError]
) -> None:
    pds.script(status, path=UPLOAD)
    with pytest.raises(expected):
        connect(pds.options()).prepare(post(card=Card(LINK, "T", image=Image(f"{gallery.url}/a.png"))), None)


def test_a_picture_goes_up_as_its_own_bytes_and_type(pds: FakeBluesky, gallery: Gallery) -> None:
    embed(pds, post(images=(Image(f"{gallery.url}/a.png", "A bridge"),)), **OPTIONAL)
    (upload,) = pds.calls("repo.uploadBlob")
    assert (upload.headers["content-type"], upload.body[:8]) == ("image/png", picture()[:8])


def test_a_mention_is_marked_if_its_handle_leads_to_an_account(pds: FakeBluesky) -> None:
    platform = connect(pds.options())
    ready = platform.prepare(post("By @jane.example.org and @nobody.example.org"), None)
    (facet,) = ready.parts[0]["record"]["facets"]
    assert facet["features"][0]["did"] == pds.handles["jane.example.org"]
    assert ready.notes == ("@nobody.example.org stays plain text: no such account found",)


# -- sessions ----------------------------------------------------------------------------------------------


def test_a_session_is_kept_and_used_by_the_next_process(pds: FakeBluesky) -> None:
    vault = MemoryVault()
    connect(pds.options(), vault=vault).check()
    publish(connect(pds.options(), vault=vault), post())
    assert len(pds.calls("server.createSession")) == 1


@pytest.mark.parametrize(
    ("option", "value"), [("app_password", "another"), ("identifier", "other.example.org")]
)
def test_a_session_of_other_credentials_is_not_used(pds: FakeBluesky, option: str, value: str) -> None:
    vault = MemoryVault()
    connect(pds.options(), vault=vault).check()
    with pytest.raises(Unauthorized, match="Invalid identifier or password"):
        connect({**pds.options(), option: value}, vault=vault).check()


def test_a_session_that_ran_out_is_refreshed_and_the_same_bytes_go_again(pds: FakeBluesky) -> None:
    vault = MemoryVault()
    platform = connect(pds.options(), vault=vault)
    ready = platform.prepare(post(), None)
    before = vault.kept["session"]
    pds.expire()
    platform.publish(ready, 0, "k:0", None)
    first, second = pds.writes()
    assert first.body == second.body
    assert (len(pds.calls("server.createSession")), len(pds.calls("server.refreshSession"))) == (1, 1)
    assert pds.access in vault.kept["session"] != before


def test_only_when_the_refresh_is_refused_the_password_logs_in_again(pds: FakeBluesky) -> None:
    platform = connect(pds.options())
    platform.check()
    pds.expire(refresh=True)
    platform.check()
    assert len(pds.calls("server.createSession")) == 2
    assert "authorization" not in pds.calls("server.createSession")[1].headers


def test_a_refresh_that_fails_otherwise_is_no_reason_to_log_in(pds: FakeBluesky) -> None:
    platform = connect(pds.options())
    platform.check()
    pds.expire()
    pds.script("html503", path=REFRESH)
    with pytest.raises(Unavailable):
        platform.check()
    assert len(pds.calls("server.createSession")) == 1


def test_a_fresh_session_that_is_refused_needs_a_person(pds: FakeBluesky) -> None:
    assert type(refused(pds, 400, times=2, body={"error": "ExpiredToken"})) is Unauthorized
    assert len(pds.writes()) == 2


@pytest.mark.parametrize("kept", ["", "garbage", "garbage\nmore:::garbage", "\n"])
def test_what_the_vault_holds_may_be_anything(pds: FakeBluesky, kept: str) -> None:
    vault = MemoryVault()
    vault.save("session", kept)
    assert connect(pds.options(), vault=vault).check().handle


def test_a_kept_session_that_cannot_be_read_is_replaced(pds: FakeBluesky) -> None:
    vault = MemoryVault()
    connect(pds.options(), vault=vault).check()
    vault.kept["session"] = vault.kept["session"].partition("\n")[0] + "\nbroken"
    assert connect(pds.options(), vault=vault).check().handle


def test_a_log_in_that_is_throttled_says_until_when(pds: FakeBluesky) -> None:
    at = (datetime.now(UTC) + timedelta(minutes=4)).replace(microsecond=0)
    pds.script(429, path=LOGIN, headers={"RateLimit-Reset": str(int(at.timestamp()))})
    with pytest.raises(Throttled) as caught:
        connect(pds.options()).check()
    assert caught.value.retry_at == at


@pytest.mark.parametrize("mode", ["html503", "nonjson", "drop", "truncated", 200])
def test_a_log_in_without_a_session_is_only_unavailable(pds: FakeBluesky, mode: str | int) -> None:
    pds.script(mode, path=LOGIN, body={"did": DID})
    with pytest.raises(Unavailable):
        connect(pds.options()).prepare(post(), None)


def test_a_log_in_is_never_carried_to_another_address(pds: FakeBluesky) -> None:
    pds.script(307, path=LOGIN, headers={"Location": f"{pds.url}/elsewhere"})
    with pytest.raises(Unauthorized, match="moved"):
        connect(pds.options()).check()
    assert [request.path for request in pds.requests] == [LOGIN]


def test_no_token_stands_in_an_error_that_repeats_it(pds: FakeBluesky) -> None:
    platform = connect(pds.options())
    ready = platform.prepare(post(), None)
    pds.script_write(400, body={"error": "InvalidRequest", "message": f"bad {pds.access} {pds.refresh}"})
    with pytest.raises(Rejected) as caught:
        platform.publish(ready, 0, "k:0", None)
    assert str(caught.value) == "400 InvalidRequest: bad *** ***"


# -- errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "name", "expected"),
    [
        (400, "InvalidRequest", Rejected),
        (413, "PayloadTooLarge", Rejected),
        (400, "AccountDeactivated", Unauthorized),
        (401, "AccountTakedown", Unauthorized),
        (403, "Forbidden", Unauthorized),
        (501, "MethodNotImplemented", Ambiguous),
        (502, "UpstreamFailure", Ambiguous),
    ],
)
def test_the_name_of_an_error_decides(
    pds: FakeBluesky, status: int, name: str, expected: type[PlatformError]
) -> None:
    error = refused(pds, status, body={"error": name, "message": "so it is"})
    assert type(error) is expected
    assert "so it is" in str(error)


@pytest.mark.parametrize("body", [{}, [], {"uri": "at://x"}, {"uri": "nowhere", "cid": "c"}, {"cid": "c"}])
def test_a_success_without_an_address_is_ambiguous(pds: FakeBluesky, body: Any) -> None:
    assert type(refused(pds, 200, body=body)) is Ambiguous


@pytest.mark.parametrize("text", ["x" * 301, "👨‍👩‍👧‍👦" * 130])
def test_the_server_counts_as_our_limits_do(pds: FakeBluesky, text: str) -> None:
    platform = connect(pds.options())
    assert not platform.limits.fits(text)
    with pytest.raises(Rejected, match="too big"):
        publish(platform, post(text))


# -- reading back ------------------------------------------------------------------------------------------


def test_own_posts_are_read_back_newest_first_with_their_links(pds: FakeBluesky) -> None:
    platform = connect(pds.options())
    since = datetime.now(UTC)
    publish(platform, post(f"One {LINK}"), "a")
    publish(platform, post("Two"), "b")
    assert [(own.text, own.links) for own in platform.find(since)] == [("Two", ()), (f"One {LINK}", (LINK,))]
    assert platform.find(datetime.now(UTC) + timedelta(minutes=1)) == []


def test_reading_back_pages_until_the_span_is_complete(
    pds: FakeBluesky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.bluesky.connector.PAGE", 2)
    platform, since = connect(pds.options()), datetime.now(UTC)
    for number in range(5):
        publish(platform, post(f"No. {number}"), f"k:{number}")
    assert len(platform.find(since)) == 5
    monkeypatch.setattr("bot.platforms.bluesky.connector.PAGES", 2)
    with pytest.raises(Unavailable, match="too many"):
        platform.find(since)


@pytest.mark.parametrize("body", [{}, {"records": [None]}, {"records": [{"uri": "x", "value": {}}]}, []])
def test_half_a_list_is_no_proof_of_absence(pds: FakeBluesky, body: Any) -> None:
    pds.script(200, path=LIST, body=body)
    with pytest.raises(Unavailable):
        connect(pds.options()).find(datetime.now(UTC))


def test_atproto_is_imported_by_the_first_account_only() -> None:
    code = "import sys, bot.platforms.bluesky; sys.exit(bool({'atproto_client', 'httpx'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
