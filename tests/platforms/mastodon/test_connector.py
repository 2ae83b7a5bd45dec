import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.errors import Ambiguous, PlatformError, Rejected, Throttled, Unauthorized, Unavailable
from bot.domain.post import Image, Keyed, Pending, Post, Prepared
from tests.fakes.gallery import Gallery
from tests.fakes.mastodon import FakeMastodon
from tests.platforms.wired import connect

ROOT = Path(__file__).parents[3]
LINK = "https://www.example.org/2026/kigali-gets-a-new-bridge?x=1&y=2"
OPTIONAL = {"image": {"need": "optional"}}
PROCESSING = {"error": "Cannot attach files that have not finished processing. Try again in a moment!"}


@pytest.fixture
def server() -> Iterator[FakeMastodon]:
    with FakeMastodon() as running:
        yield running


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with Gallery() as running:
        yield running


def post(*parts: str, images: tuple[str, ...] = (), alt: str = "A bridge", **more: Any) -> Post:
    pictures = tuple(Image(url, alt) for url in images)
    return Post(parts or (f"Tea & coffee {LINK}",), LINK, "Tea", datetime.now(UTC), images=pictures, **more)


def publish(platform: Any, what: Post, key: str = "key:0") -> Any:
    return platform.publish(platform.prepare(what, None), 0, key, None)


def refused(server: FakeMastodon, status: int, *, reply_to: Any = None, **script: Any) -> PlatformError:
    platform = connect(server.options())
    ready = platform.prepare(post(), None)
    server.script_write(status, **script)
    with pytest.raises(PlatformError) as caught:
        platform.publish(ready, 0, "key:0", reply_to)
    return caught.value


def test_a_status_has_its_address(server: FakeMastodon) -> None:
    accepted = publish(connect(server.options()), post())
    assert (accepted.ref, accepted.url) == ({"id": "0"}, f"{server.url}/@desk/0")


def test_check_names_the_account_by_the_domain_of_its_handle_not_of_the_api(server: FakeMastodon) -> None:
    identity = connect(server.options()).check()
    assert (identity.handle, identity.id, identity.url) == (
        "@desk@example.social",
        "7",
        f"{server.url}/@desk",
    )


def test_a_token_that_is_not_set_is_named_before_anything_is_asked(server: FakeMastodon) -> None:
    platform = connect({"platform": "mastodon", "base_url": server.url})
    with pytest.raises(Unauthorized, match="not set: access_token"):
        platform.check()
    assert server.requests == []


def test_a_revoked_token_is_unauthorized(server: FakeMastodon) -> None:
    with pytest.raises(Unauthorized):
        connect({**server.options(), "access_token": "revoked"}).check()


def test_a_token_that_is_a_files_name_is_still_the_token(server: FakeMastodon, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("elsewhere\nhttps://elsewhere.example\n")
    with pytest.raises(Unauthorized):
        connect({**server.options(), "access_token": str(file)}).check()
    assert server.requests[0].headers["authorization"] == f"Bearer {file}"


@pytest.mark.parametrize("base_url", ["example.social", "ftp://example.social", "https://"])
def test_an_address_without_scheme_or_host_is_refused_at_once(base_url: str) -> None:
    with pytest.raises(ValidationError, match="base_url"):
        connect({"platform": "mastodon", "base_url": base_url})


def test_a_status_carries_language_warning_visibility_and_key(server: FakeMastodon) -> None:
    publish(
        connect({**server.options(), "visibility": "private"}), post(lang="fr-CA", warning="Flashing"), "k:0"
    )
    (status,) = server.statuses
    assert {name: status[name] for name in ("language", "spoiler_text", "visibility")} == {
        "language": "fr",
        "spoiler_text": "Flashing",
        "visibility": "private",
    }
    assert server.writes()[0].headers["idempotency-key"] == "k:0"


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [("public", ["public", "unlisted"]), ("unlisted", ["unlisted"] * 2), ("private", ["private"] * 2)],
)
def test_the_later_parts_of_a_thread_do_not_flood_the_public_timeline(
    server: FakeMastodon, visibility: str, seen: list[str]
) -> None:
    platform = connect({**server.options(), "visibility": visibility})
    ready = platform.prepare(post("One", "Two"), None)
    first = platform.publish(ready, 0, "k:0", None)
    platform.publish(ready, 1, "k:1", first.ref)
    assert [status["visibility"] for status in server.statuses] == seen


def test_the_same_key_again_names_the_same_status(server: FakeMastodon) -> None:
    platform = connect(server.options())
    assert publish(platform, post()) == publish(platform, post())
    assert len(server.statuses) == 1


def test_the_own_statuses_are_read_back_before_the_key_is_trusted(server: FakeMastodon) -> None:
    server.honours_keys = False
    platform = connect(server.options())
    publish(platform, post())
    assert [type(ability).__name__ for ability in platform.replay] == ["Findable", "Keyed"]
    assert platform.replay[1] == Keyed(timedelta(hours=1))
    (own,) = platform.find(datetime.now(UTC) - timedelta(minutes=2))
    assert own.links == (LINK,)


# -- limits ------------------------------------------------------------------------------------------------


def test_the_limits_are_the_instances_and_asked_once(server: FakeMastodon) -> None:
    server.instance["configuration"]["statuses"] |= {
        "max_characters": 1_000,
        "characters_reserved_per_url": 30,
    }
    platform = connect(server.options())
    limits = platform.limits
    assert (limits.text[0].maximum, limits.text[0].count(f"Tea {LINK}")) == (1_000, 34)
    assert (limits.images.types, limits.images.pixels) == (("image/jpeg", "image/png"), 33_177_600)
    assert platform.limits is limits
    assert len(server.requests) == 1


def test_an_instance_that_knows_only_the_first_version_is_asked_that(server: FakeMastodon) -> None:
    server.knows_v2 = False
    server.instance = {
        "uri": "https://pleroma.example",
        "version": "2.7.2 (compatible; Pleroma)",
        "max_toot_chars": 5_000,
    }
    platform = connect(server.options())
    assert platform.limits.text[0].maximum == 5_000
    assert platform.check().handle == "@desk@pleroma.example"


@pytest.mark.parametrize("mode", ["html503", "nonjson", "drop", 429])
def test_limits_that_cannot_be_read_are_said_and_not_guessed(server: FakeMastodon, mode: str | int) -> None:
    server.script(mode, path="/api/v2/instance", times=2)
    with pytest.raises((Unavailable, Throttled)):
        _ = connect(server.options()).limits


def test_the_last_limits_hold_while_the_instance_is_down(
    server: FakeMastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.mastodon.connector.INSTANCE_LIVES", -1.0)
    platform = connect(server.options())
    before = platform.limits
    server.instance["configuration"]["statuses"]["max_characters"] = 777
    server.script("html503")
    assert platform.limits is before
    assert platform.limits.text[0].maximum == 777


# -- images ------------------------------------------------------------------------------------------------


def test_an_image_is_uploaded_without_asking_for_the_version(server: FakeMastodon, gallery: Gallery) -> None:
    platform = connect({**server.options(), **OPTIONAL})
    publish(platform, post(images=(f"{gallery.url}/a.png",), alt="é" * 2_000))
    assert [request.path for request in server.requests] == [
        "/api/v2/instance",
        "/api/v2/media",
        "/api/v1/statuses",
    ]
    assert len(server.stored()[0].alts[0]) == 1_500


def test_an_image_still_processed_is_waited_for_and_keeps_its_place(
    server: FakeMastodon, gallery: Gallery
) -> None:
    server.processing = 2
    platform = connect({**server.options(), **OPTIONAL})
    what = post(images=(f"{gallery.url}/a.png", f"{gallery.url}/b.png"))
    pending = platform.prepare(what, None)
    assert isinstance(pending, Pending)
    pending = platform.prepare(what, pending.ref)
    assert isinstance(pending, Pending)
    ready = platform.prepare(what, pending.ref)
    assert isinstance(ready, Prepared)
    assert ready.parts[0]["media_ids"] == ["9000", "9001"]
    assert len(server.media) == 2


def test_an_image_the_instance_lost_meanwhile_is_left_out(server: FakeMastodon, gallery: Gallery) -> None:
    server.processing = 1
    platform = connect({**server.options(), **OPTIONAL})
    what = post(images=(f"{gallery.url}/a.png",))
    pending = platform.prepare(what, None)
    server.media.clear()
    ready = platform.prepare(what, pending.ref)
    assert (ready.parts[0]["media_ids"], ready.notes) == ([], ("image left out: the instance lost it",))


@pytest.mark.parametrize("mode", ["html503", "nonjson", "drop", 422])
def test_an_optional_image_that_fails_is_left_out_and_noted(
    server: FakeMastodon, gallery: Gallery, mode: str | int
) -> None:
    server.script(mode, path="/api/v2/media")
    ready = connect({**server.options(), **OPTIONAL}).prepare(post(images=(f"{gallery.url}/a.png",)), None)
    assert [note.startswith("image left out: ") for note in ready.notes] == [True]
    assert ready.parts[0]["media_ids"] == []


def test_a_required_image_that_fails_stops_the_post(server: FakeMastodon, gallery: Gallery) -> None:
    gallery.script(404)
    platform = connect({**server.options(), "image": {"need": "required"}})
    with pytest.raises(Rejected, match="404"):
        platform.prepare(post(images=(f"{gallery.url}/a.png",)), None)


@pytest.mark.parametrize(("status", "expected"), [(429, Throttled), (401, Unauthorized)])
def test_a_refusal_of_the_account_is_no_reason_to_go_without_the_image(
    server: FakeMastodon, gallery: Gallery, status: int, expected: type[PlatformError]
) -> None:
    server.script(status, path="/api/v2/media")
    with pytest.raises(expected):
        connect({**server.options(), **OPTIONAL}).prepare(post(images=(f"{gallery.url}/a.png",)), None)


# -- errors ------------------------------------------------------------------------------------------------


def test_media_posted_too_early_is_tried_again(server: FakeMastodon) -> None:
    assert type(refused(server, 422, body=PROCESSING)) is Unavailable


@pytest.mark.parametrize("status", [400, 422])
def test_a_text_over_the_limit_is_rejected_with_the_instances_words(
    server: FakeMastodon, status: int
) -> None:
    error = refused(server, status, body={"error": "Validation failed: Text character limit of 500 exceeded"})
    assert type(error) is Rejected
    assert "character limit of 500" in str(error)


def test_a_reply_to_what_is_gone_fails_the_thread_and_not_the_account(server: FakeMastodon) -> None:
    error = refused(server, 404, body={"error": "Record not found"}, reply_to={"id": "99"})
    assert type(error) is Rejected


def test_a_missing_scope_needs_a_person(server: FakeMastodon) -> None:
    error = refused(server, 403, body={"error": "This action is outside the authorized scopes"})
    assert type(error) is Unauthorized
    assert "scopes" in str(error)


def test_the_reset_of_a_rate_limit_is_read_as_a_date_or_in_seconds(server: FakeMastodon) -> None:
    at = (datetime.now(UTC) + timedelta(minutes=4)).replace(microsecond=123_456)
    iso = refused(server, 429, headers={"X-RateLimit-Reset": at.isoformat().replace("+00:00", "Z")})
    epoch = refused(server, 429, headers={"X-RateLimit-Reset": str(int(at.timestamp()))})
    assert isinstance(iso, Throttled)
    assert isinstance(epoch, Throttled)
    assert (iso.retry_at, epoch.retry_at) == (at, at.replace(microsecond=0))


def test_a_strange_rate_limit_header_does_not_unmake_an_accepted_post(server: FakeMastodon) -> None:
    shown = {"id": "5", "url": "https://e.x/5"}
    platform = connect(server.options())
    ready = platform.prepare(post(), None)
    server.script_write(200, body=shown, headers={"X-RateLimit-Reset": "whenever"})
    assert platform.publish(ready, 0, "k:0", None).ref == {"id": "5"}


@pytest.mark.parametrize("body", [{}, [], {"id": None}, {"id": ""}, "words"])
def test_a_success_without_an_id_is_ambiguous(server: FakeMastodon, body: Any) -> None:
    assert type(refused(server, 200, body=body)) is Ambiguous


def test_a_token_is_not_printed_where_a_long_error_is_cut(server: FakeMastodon) -> None:
    token = server.options()["access_token"]
    error = refused(server, 422, body={"error": f"{'x' * 285} {token}"})
    assert token[:5] not in str(error)


def test_errors_are_asked_for_in_english(server: FakeMastodon) -> None:
    publish(connect(server.options()), post())
    assert b"lang=en" in server.writes()[0].body


# -- reading back ------------------------------------------------------------------------------------------


def test_own_statuses_are_read_back_as_plain_text_newest_first(server: FakeMastodon) -> None:
    platform = connect(server.options())
    text = f"Umuganda: <b> & co\nnext line\n\nrwanda.example {LINK} #Kigali"
    publish(platform, post(text), "a")
    publish(platform, post("Second"), "b")
    own = platform.find(datetime.now(UTC) - timedelta(minutes=2))
    assert [each.text for each in own] == ["Second", text]
    assert own[1].links == (LINK,)


def test_reading_back_pages_until_the_span_is_complete(server: FakeMastodon) -> None:
    platform = connect(server.options())
    publish(platform, post("Old"), "old")
    server.age(days=1)
    server.statuses += [
        {**server.statuses[0], "status": f"No. {n}", "created_at": datetime.now(UTC)} for n in range(90)
    ]
    own = platform.find(datetime.now(UTC) - timedelta(minutes=2))
    assert [own[0].text, own[-1].text, len(own)] == ["No. 89", "No. 0", 90]


def test_a_boost_is_not_ours_but_does_not_end_the_reading(server: FakeMastodon) -> None:
    platform = connect(server.options())
    publish(platform, post("Ours"), "a")
    server.statuses.append({**server.statuses[0], "status": "Theirs", "reblog": {"id": "x"}})
    own = platform.find(datetime.now(UTC) - timedelta(minutes=2))
    assert [each.text for each in own] == ["Ours"]


def test_a_span_too_long_to_read_proves_nothing(
    server: FakeMastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.mastodon.connector.PAGES", 1)
    platform = connect(server.options())
    publish(platform, post())
    with pytest.raises(Unavailable, match="too many"):
        platform.find(datetime.now(UTC) - timedelta(minutes=2))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"error": "x"},
        [None],
        [{"id": "1"}],
        [{"id": "1", "content": "", "created_at": "soon"}],
        b"<html>",
        None,
    ],
)
def test_half_a_timeline_is_no_proof_of_absence(server: FakeMastodon, body: Any) -> None:
    server.script(200, path="/api/v1/accounts/7/statuses", body=body)
    with pytest.raises(Unavailable):
        connect(server.options()).find(datetime.now(UTC))


@pytest.mark.parametrize("mode", ["html503", 500, "nonjson", "drop"])
@pytest.mark.parametrize("path", ["/api/v1/accounts/verify", "/api/v1/accounts/7"])
def test_reading_back_that_fails_is_only_unavailable(
    server: FakeMastodon, mode: str | int, path: str
) -> None:
    server.script(mode, path=path)
    with pytest.raises(Unavailable):
        connect(server.options()).find(datetime.now(UTC))


def test_mastodon_py_is_imported_by_the_first_account_only() -> None:
    code = "import sys, bot.platforms.mastodon; sys.exit('mastodon' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
