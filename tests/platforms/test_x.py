import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import (
    Ambiguous,
    Duplicate,
    PlatformError,
    Rejected,
    Throttled,
    Unauthorized,
    Unavailable,
)
from bot.domain.post import Image, Post, Prepared
from tests.fakes.gallery import Gallery
from tests.fakes.x import FakeX
from tests.platforms.wired import connect

ROOT = Path(__file__).parents[2]
LINK = "https://example.org/a?x=1&y=2"
FORBIDDEN = {"title": "Forbidden", "type": "about:blank", "status": 403}


@pytest.fixture
def x() -> Iterator[FakeX]:
    with FakeX() as running:
        yield running


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with Gallery() as running:
        yield running


def post(text: str = f"Tea & coffee {LINK}", *images: str, alt: str = "A bridge") -> Post:
    pictures = tuple(Image(url, alt) for url in images)
    return Post((text,), LINK, "Tea", datetime.now(UTC), images=pictures)


def publish(platform: Any, what: Post, reply_to: Any = None) -> Any:
    return platform.publish(platform.prepare(what, None), 0, "key:0", reply_to)


def refused(x: FakeX, status: int, *, reply_to: Any = None, **script: Any) -> PlatformError:
    x.script_write(status, **script)
    with pytest.raises(PlatformError) as caught:
        publish(connect(x.options()), post(), reply_to)
    assert len(x.writes()) == 1
    return caught.value


def test_a_post_has_its_permalink(x: FakeX) -> None:
    accepted = publish(connect(x.options()), post())
    assert (accepted.ref, accepted.url) == ({"id": "1000"}, "https://x.com/i/status/1000")


@pytest.mark.parametrize(
    ("address", "ref"),
    [
        ("https://x.com/exampleRW/status/1859", {"id": "1859"}),
        ("https://twitter.com/exampleRW/status/1859?s=20", {"id": "1859"}),
        ("https://mobile.twitter.com/i/web/status/1859/photo/1", {"id": "1859"}),
        ("https://x.com/exampleRW", None),
        ("https://x.com.example/exampleRW/status/1859", None),
    ],
)
def test_a_post_is_known_by_any_of_its_addresses(x: FakeX, address: str, ref: dict[str, str] | None) -> None:
    assert connect(x.options()).recognise(address, "k:0") == ref


def test_check_says_who_the_keys_speak_for(x: FakeX) -> None:
    identity = connect(x.options()).check()
    assert (identity.handle, identity.id, identity.url) == ("@exampleRW", "42", "https://x.com/exampleRW")


def test_keys_that_are_not_set_are_named_before_anything_is_asked(x: FakeX) -> None:
    platform = connect({"platform": "x", "base_url": x.url, "consumer_key": "k"})
    with pytest.raises(Unauthorized, match="not set: consumer_secret, access_token, access_token_secret"):
        platform.check()
    assert x.requests == []


def test_keys_that_are_wrong_are_unauthorized(x: FakeX) -> None:
    with pytest.raises(Unauthorized):
        connect({**x.options(), "access_token_secret": "wrong"}).check()


def test_premium_accounts_may_write_more(x: FakeX) -> None:
    assert connect({**x.options(), "max_weighted": 4000}).limits.text[0].maximum == 4000
    assert connect(x.options()).limits.text[0].maximum == 280


def test_the_same_text_again_is_a_duplicate(x: FakeX) -> None:
    platform = connect(x.options())
    publish(platform, post())
    with pytest.raises(Duplicate):
        publish(platform, post())
    assert len(x.posts) == 1


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("Your account is suspended and is not permitted to access this feature.", Unauthorized),
        ("You are not permitted to perform this action.", Unauthorized),
        ("Your client app is not configured with the appropriate oauth1 app permissions", Unauthorized),
        ("To protect our users from spam, this account is temporarily locked.", Unauthorized),
        ("A post may contain a maximum of one cashtag; you are not permitted more.", Rejected),
        ("The text contains an invalid URL.", Rejected),
        ("Something nobody has seen yet.", Rejected),
    ],
)
def test_the_words_of_a_403_decide(x: FakeX, detail: str, expected: type[PlatformError]) -> None:
    error = refused(x, 403, body={**FORBIDDEN, "detail": detail})
    assert type(error) is expected
    assert detail in str(error)


def test_a_refused_reply_fails_the_thread_and_not_the_account(x: FakeX) -> None:
    body = {**FORBIDDEN, "detail": "You are not permitted to perform this action."}
    assert type(refused(x, 403, body=body, reply_to={"id": "1"})) is Rejected


def test_credits_used_up_need_a_person(x: FakeX) -> None:
    error = refused(x, 402, body={"title": "Payment Required", "detail": "CreditsDepleted"})
    assert type(error) is Unauthorized
    assert "credits are used up" in str(error)


@pytest.mark.parametrize("status", [403, 429])
def test_the_cap_of_a_billing_cycle_throttles_without_an_end(x: FakeX, status: int) -> None:
    body = {"title": "UsageCapExceeded", "type": "https://api.x.com/2/problems/usage-capped"}
    error = refused(x, status, body=body, headers={"x-rate-limit-reset": "1"})
    assert isinstance(error, Throttled)
    assert (error.retry_at, "billing cycle" in str(error)) == (None, True)


def test_a_throttle_lasts_until_the_latest_limit_that_is_used_up(x: FakeX) -> None:
    soon, late, unrelated = (int(datetime.now(UTC).timestamp()) + n for n in (900, 40_000, 80_000))
    headers = {
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(soon),
        "x-user-limit-24hour-remaining": "0",
        "x-user-limit-24hour-reset": str(late),
        "x-app-limit-24hour-remaining": "17",
        "x-app-limit-24hour-reset": str(unrelated),
    }
    error = refused(x, 429, headers=headers)
    assert isinstance(error, Throttled)
    assert error.retry_at == datetime.fromtimestamp(late, UTC)


@pytest.mark.parametrize("body", [["not", "an", "object"], "words", None, {"errors": [{"message": "no"}]}])
def test_an_error_body_of_any_shape_is_read(x: FakeX, body: Any) -> None:
    assert type(refused(x, 429, body=body, headers={"x-rate-limit-reset": "soon"})) is Throttled


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {"text": "no id"}}, [], {"errors": []}])
def test_a_success_without_an_id_is_ambiguous(x: FakeX, body: Any) -> None:
    assert type(refused(x, 201, body=body)) is Ambiguous


def test_own_posts_are_read_back_whole_and_newest_first(x: FakeX) -> None:
    platform, x.page_size = connect(x.options()), 2
    since = datetime.now(UTC) - timedelta(minutes=2)
    for number in range(5):
        publish(platform, post(f"No. {number} <b> & {LINK}"))
    own = platform.find(since)
    assert [p.text for p in own] == [f"No. {number} <b> & {LINK}" for number in (4, 3, 2, 1, 0)]
    assert own[0].links == (LINK, LINK + "?landed")
    assert own[0].created_at >= since


def test_posts_before_the_span_are_not_read(x: FakeX) -> None:
    platform = connect(x.options())
    publish(platform, post())
    x.age(days=1)
    assert platform.find(datetime.now(UTC) - timedelta(minutes=2)) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"errors": [{"title": "Not Found Error"}]},
        {"data": [], "meta": {"result_count": 0}, "errors": [{"title": "Partial"}]},
        {"data": [], "meta": {"result_count": 3}},
        {"data": [{"id": "1"}], "meta": {"result_count": 1}},
        {"data": {"id": "1"}, "meta": {"result_count": 1}},
    ],
)
def test_half_a_timeline_is_no_proof_of_absence(x: FakeX, body: Any) -> None:
    x.script(200, path="/2/users/42", body=body)
    with pytest.raises(Unavailable):
        connect(x.options()).find(datetime.now(UTC))


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"data": []}, {"data": {"id": "1"}}])
def test_an_answer_that_names_nobody_is_no_identity(x: FakeX, body: Any) -> None:
    x.script(200, body=body)
    with pytest.raises(Unavailable):
        connect(x.options()).check()


def test_a_span_that_cannot_be_read_whole_proves_nothing(x: FakeX) -> None:
    platform, x.page_size = connect(x.options()), 1
    for number in range(6):
        publish(platform, post(f"No. {number}"))
    with pytest.raises(Unavailable, match="too many"):
        platform.find(datetime.now(UTC) - timedelta(minutes=2))


@pytest.mark.parametrize("mode", ["html503", 500, "nonjson", "drop"])
def test_reading_back_that_fails_is_only_unavailable(x: FakeX, mode: str | int) -> None:
    x.script(mode, path="/2/users")
    with pytest.raises(Unavailable):
        connect(x.options()).find(datetime.now(UTC))


@pytest.mark.parametrize("route", ["/2/media/upload", "/2/media/metadata"])
def test_an_optional_image_that_fails_is_left_out_and_noted(x: FakeX, gallery: Gallery, route: str) -> None:
    x.script("html503", path=route)
    platform = connect({**x.options(), "image": {"need": "optional"}})
    ready = platform.prepare(post("Tea", f"{gallery.url}/a.png", f"{gallery.url}/b.png"), None)
    assert isinstance(ready, Prepared)
    assert [note.startswith("image left out: 503") for note in ready.notes] == [True]
    platform.publish(ready, 0, "key:0", None)
    assert x.posts[0].alts == ("A bridge",)


def test_a_required_image_that_fails_stops_the_post(x: FakeX, gallery: Gallery) -> None:
    gallery.script(404)
    platform = connect({**x.options(), "image": {"need": "required"}})
    with pytest.raises(Rejected, match="404"):
        platform.prepare(post("Tea", f"{gallery.url}/a.png"), None)
    assert x.requests == []


def test_what_is_no_picture_is_not_uploaded(x: FakeX, gallery: Gallery) -> None:
    gallery.script("nonjson")
    ready = connect(x.options()).prepare(post("Tea", f"{gallery.url}/a.png"), None)
    assert len(ready.notes) == 1
    assert x.requests == []


def test_a_picture_at_a_private_address_is_not_fetched_for_an_article(x: FakeX, gallery: Gallery) -> None:
    platform = connect(x.options(), allow_private=False)
    ready = platform.prepare(post("Tea", f"{gallery.url}/a.png"), None)
    assert ready.notes == ("image left out: not a public address",)
    assert gallery.requests == []


def test_a_description_is_cut_to_what_x_takes(x: FakeX, gallery: Gallery) -> None:
    publish(connect(x.options()), post("Tea", f"{gallery.url}/a.png", alt="é" * 1200))
    assert len(x.posts[0].alts[0]) == 1000


def test_tweepy_alone_knows_x_by_a_name_that_never_leaves(x: FakeX) -> None:
    connect(x.options()).check()
    assert {r.headers["user-agent"] for r in x.requests} == {"Sharewire/test"}
    assert {r.headers["host"] for r in x.requests} == {x.url.removeprefix("http://")}


def test_tweepy_is_imported_by_the_first_account_only() -> None:
    code = "import sys, bot.platforms.x; sys.exit('tweepy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
