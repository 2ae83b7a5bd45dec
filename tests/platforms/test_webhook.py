import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.errors import Unauthorized, Unavailable
from bot.domain.post import Card, Image, Keyed, Post
from tests.fakes.server import Answer
from tests.fakes.webhook import PATH, SECRET, FakeWebhook
from tests.platforms.wired import connect

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
POST = Post(
    parts=("Umuganda 🇷🇼 returns", "More"),
    link="https://example.org/a",
    title="Umuganda",
    at=AT,
    card=Card("https://example.org/a", "Umuganda", "Every month"),
    images=(Image("https://example.org/a.png", "A bridge", 800, 450),),
    lang="rw",
    warning="politics",
)


@pytest.fixture
def hook() -> Iterator[FakeWebhook]:
    with FakeWebhook() as running:
        yield running


def publish(table: dict[str, Any], part: int = 0, reply_to: Any = None) -> Any:
    platform = connect(table)
    return platform.publish(platform.prepare(POST, None), part, f"k:{part}", reply_to)


def test_the_document_says_all_there_is(hook: FakeWebhook) -> None:
    publish(hook.options())
    assert hook.requests[0].json() == {
        "event": "article.shared",
        "id": "k:0",
        "account": "desk",
        "part": 0,
        "parts": 2,
        "text": "Umuganda 🇷🇼 returns",
        "link": "https://example.org/a",
        "title": "Umuganda",
        "card": {
            "url": "https://example.org/a",
            "title": "Umuganda",
            "description": "Every month",
            "image": None,
        },
        "images": [{"url": "https://example.org/a.png", "alt": "A bridge", "width": 800, "height": 450}],
        "lang": "rw",
        "warning": "politics",
        "at": "2026-11-24T09:00:00+00:00",
        "reply_to": None,
    }


def test_a_later_part_names_the_one_before_and_repeats_no_picture(hook: FakeWebhook) -> None:
    publish(hook.options(), 1, {"id": "first"})
    document = hook.requests[0].json()
    assert (document["reply_to"], document["images"], document["card"]) == ("first", [], None)


def test_the_signature_covers_id_time_and_body(hook: FakeWebhook) -> None:
    publish(hook.options())
    sent = hook.requests[0]
    signed = b"k:0.%d." % AT.timestamp() + sent.body
    expected = base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()
    assert sent.headers["webhook-signature"] == f"v1,{expected}"
    assert sent.headers["webhook-timestamp"] == str(int(AT.timestamp()))
    assert (sent.headers["webhook-id"], sent.headers["idempotency-key"]) == ("k:0", "k:0")


def test_a_secret_may_be_written_as_base64(hook: FakeWebhook) -> None:
    publish({**hook.options(), "secret": "whsec_" + base64.b64encode(SECRET.encode()).decode()})
    assert len(hook.posts) == 1


def test_a_secret_that_cannot_be_read_is_a_configuration_error_that_does_not_print_it(
    hook: FakeWebhook,
) -> None:
    with pytest.raises(ValidationError, match="must be base64") as caught:
        connect({**hook.options(), "secret": "whsec_§§§"})
    assert "§" not in str(caught.value)


def test_without_a_secret_nothing_is_signed_and_check_says_so(hook: FakeWebhook) -> None:
    table = {**hook.options(), "secret": ""}
    with pytest.raises(Unauthorized, match="bad signature"):
        publish(table)
    assert "webhook-signature" not in hook.requests[0].headers
    assert "unsigned" in connect(table).check().notes[0]


def test_a_receipt_may_name_the_post(hook: FakeWebhook) -> None:
    hook.answer = Answer(201, {"id": 77, "url": "https://board.example/77"})
    accepted = publish(hook.options())
    assert (accepted.ref, accepted.url) == ({"id": "77"}, "https://board.example/77")


@pytest.mark.parametrize("body", [b"", b"thanks", ["a"], {"url": "javascript:alert(1)"}, {"url": 7}])
def test_a_receipt_may_say_anything(hook: FakeWebhook, body: Any) -> None:
    hook.answer = Answer(202, body)
    accepted = publish(hook.options())
    assert (accepted.ref, accepted.url) == ({"id": "k:0"}, "")


def test_a_key_that_is_there_already_is_accepted(hook: FakeWebhook) -> None:
    first, second = publish(hook.options()), publish(hook.options())
    assert first == second
    assert (len(hook.posts), len(hook.requests)) == (1, 2)


def test_only_a_receiver_that_promises_to_deduplicate_is_sent_to_again(hook: FakeWebhook) -> None:
    assert connect(hook.options()).replay == (Keyed(timedelta(hours=24)),)
    assert connect({**hook.options(), "receiver_dedupes": False}).replay == ()


def test_a_redirect_is_not_followed(hook: FakeWebhook) -> None:
    hook.script(308, headers={"Location": "/elsewhere"})
    with pytest.raises(Unauthorized, match="the address has moved"):
        publish(hook.options())
    assert [r.path for r in hook.requests] == [PATH]


@pytest.mark.parametrize("url", ["", "hooks.example.org/x", "file:///x", "http://", "http://[::1/x"])
def test_an_address_that_leads_nowhere_is_reported_by_check(url: str) -> None:
    with pytest.raises(Unauthorized, match="url is missing or not http"):
        connect({"platform": "webhook", "url": url}).check()


def test_whether_the_receiver_is_up_is_asked_without_setting_anything_off(hook: FakeWebhook) -> None:
    assert connect(hook.options()).check().handle == "127.0.0.1"
    assert [request.method for request in hook.requests] == ["OPTIONS"]
    assert hook.posts == []


@pytest.mark.parametrize("mode", [500, "html503", 429, "reset", "drop"])
def test_a_receiver_that_is_down_is_not_up(hook: FakeWebhook, mode: str | int) -> None:
    hook.script(mode)
    with pytest.raises(Unavailable) as caught:
        connect(hook.options()).check()
    assert "not-for-print" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 404, 405])
def test_a_receiver_that_knows_no_options_is_up(hook: FakeWebhook, status: int) -> None:
    hook.script(status)
    assert connect(hook.options()).check().handle
