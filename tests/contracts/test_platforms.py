"""What every platform module promises; a new one joins by its fake in tests/fakes/<kind>.py."""

import importlib
import logging
import pkgutil
import re
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import bot.platforms
from bot.domain.errors import Ambiguous, PlatformError, Rejected, Unavailable
from bot.domain.limits import Limits
from bot.domain.post import Accepted, Addressed, Deduped, Findable, Image, Keyed, Post, Prepared
from bot.http import send
from bot.http.deadline import LONGEST_ANSWER
from bot.ports.platform import AccountOptions, DeletablePlatform, EditablePlatform, RecognisingPlatform
from tests.fakes.gallery import Gallery
from tests.platforms.wired import connect

KINDS = [module.name for module in pkgutil.iter_modules(bot.platforms.__path__)]
FAKES = {kind: importlib.import_module(f"tests.fakes.{kind}").FAKE for kind in KINDS}
FAILURES = [(kind, mode) for kind, fake in FAKES.items() for mode in fake.failures]
LOST = [(kind, mode) for kind, mode in FAILURES if mode in {"hang", "drop", "truncated"}]
SERVERS = [kind for kind, fake in FAKES.items() if fake.failures]
CONNECTORS = {kind: importlib.import_module(f"bot.platforms.{kind}").Connector for kind in KINDS}
EDITING = [kind for kind, connector in CONNECTORS.items() if issubclass(connector, EditablePlatform)]
RECOGNISING = [kind for kind, each in CONNECTORS.items() if issubclass(each, RecognisingPlatform)]
DELETING = [kind for kind, connector in CONNECTORS.items() if issubclass(connector, DeletablePlatform)]
ROOT = Path(__file__).parents[2]
LINK = "https://example.org/2026/kigali?utm_source=desk"
KEY = "6f0b7c1e-7d8a-4b7e-9c55-0d6b3c1d2e3f:0"
EDIT_KEY = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed:0"

each_kind = pytest.mark.parametrize("kind", KINDS)
each_server = pytest.mark.parametrize("kind", SERVERS)


@pytest.fixture
def fake(kind: str) -> Iterator[Any]:
    with FAKES[kind]() as running:
        yield running


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with Gallery() as running:
        yield running


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Silence is noticed soon; whatever answers has all its time, on however busy a machine."""
    if request.node.callspec.params.get("mode", "drip") in ("hang", "drip"):
        monkeypatch.setattr(send, "TIMEOUT", (5.0, 1.5))
        monkeypatch.setattr(send, "TOTAL", 2.5)


def post(*parts: str, images: tuple[Image, ...] = ()) -> Post:
    return Post(
        parts=parts or (f"Umuganda returns & Kigali is ready {LINK}",),
        link=LINK,
        title="Umuganda returns",
        at=datetime.now(UTC),
        images=images,
        lang="fr",
    )


def prepared(platform: Any, what: Post) -> Prepared:
    ready = platform.prepare(what, None)
    assert isinstance(ready, Prepared)
    return ready


def found_by_reading_back(platform: Any, ready: Prepared, began: datetime) -> object:
    own = platform.find(began - timedelta(minutes=2))
    return [p.ref["id"] for p in own if LINK in p.links or LINK in p.text]


def found_at_its_address(platform: Any, ready: Prepared, began: datetime) -> object:
    return [platform.read(ready, 0, KEY).ref["id"]]


def found_by_sending_again(platform: Any, ready: Prepared, began: datetime) -> object:
    return [platform.publish(ready, 0, KEY, None).ref["id"]]


FIND: dict[type, Callable[[Any, Prepared, datetime], object]] = {
    Findable: found_by_reading_back,
    Addressed: found_at_its_address,
    Keyed: found_by_sending_again,
}


@each_kind
def test_a_module_declares_what_the_registry_needs(kind: str, fake: Any) -> None:
    connector = importlib.import_module(f"bot.platforms.{kind}").Connector
    assert issubclass(connector.Options, AccountOptions)
    assert connector.Options.model_validate(fake.options()).platform == kind
    assert isinstance(connector.default_limits, Limits)
    assert (ROOT / f"docs/platforms/{kind}.md").is_file()


@each_kind
def test_construction_asks_nobody(kind: str, fake: Any) -> None:
    platform = connect(fake.options())
    assert set(map(type, platform.replay)) <= {Addressed, Findable, Keyed, Deduped}
    assert getattr(fake, "requests", []) == []


@each_kind
def test_a_check_names_the_account_and_posts_nothing(kind: str, fake: Any) -> None:
    assert connect(fake.options()).check().handle
    assert (fake.stored(), fake.writes()) == ([], [])


@each_kind
def test_a_post_published_once_stands_once_and_whole(kind: str, fake: Any, gallery: Gallery) -> None:
    platform = connect({**fake.options(), "image": {"need": "optional"}})
    what = post(images=(Image(f"{gallery.url}/bridge.png", "A bridge at dawn"),))
    ready = prepared(platform, what)
    assert (fake.stored(), ready.notes) == ([], ())
    accepted = platform.publish(ready, 0, KEY, None)
    (stands,) = fake.stored()
    seen = {
        "text": stands.text,
        "link": LINK in stands.links or LINK in stands.text,
        "alts": stands.alts,
        "lang": stands.lang,
    }
    wanted = {"text": what.parts[0], "link": True, "alts": ("A bridge at dawn",), "lang": "fr"}
    assert {name: seen[name] for name in seen if name in fake.carries} == {
        name: wanted[name] for name in wanted if name in fake.carries
    }
    assert accepted.ref["id"]


@each_kind
def test_a_second_part_stands_below_the_first(kind: str, fake: Any) -> None:
    platform = connect(fake.options())
    ready = prepared(platform, post(f"One {LINK}", "Two"))
    first = platform.publish(ready, 0, KEY, None)
    platform.publish(ready, 1, KEY.replace(":0", ":1"), first.ref)
    replies = sorted(stands.reply_to for stands in fake.stored())
    assert (not replies[0], bool(replies[1])) == (True, "reply_to" in fake.carries)


@pytest.mark.parametrize("kind", RECOGNISING)
def test_a_post_is_recognised_by_the_address_where_people_see_it(kind: str, fake: Any) -> None:
    platform = connect(fake.options())
    accepted = platform.publish(prepared(platform, post()), 0, KEY, None)
    assert platform.recognise(accepted.url or "https://hooks.example/1", KEY) == accepted.ref


@pytest.mark.parametrize(("kind", "mode"), FAILURES)
@pytest.mark.usefixtures("short")
def test_every_failure_has_its_class_and_one_request(kind: str, mode: str | int, fake: Any) -> None:
    platform = connect(fake.options())
    ready = prepared(platform, post())
    fake.script_write(mode)
    with pytest.raises(PlatformError) as caught:
        platform.publish(ready, 0, KEY, None)
    assert type(caught.value) is fake.failures[mode]
    assert len(fake.writes()) == 1


@pytest.mark.parametrize(("kind", "mode"), LOST)
@pytest.mark.usefixtures("short")
def test_a_post_whose_answer_was_lost_is_found_and_stands_once(kind: str, mode: str, fake: Any) -> None:
    platform = connect(fake.options())
    began = datetime.now(UTC)
    ready = prepared(platform, post())
    fake.script_write(mode)
    with pytest.raises(Ambiguous):
        platform.publish(ready, 0, KEY, None)
    assert len(fake.stored()) == 1
    again = connect(fake.options())
    assert FIND[type(again.replay[0])](again, ready, began) == [fake.stored()[0].id]
    assert len(fake.stored()) == 1


HEADERS = {"x": "x-rate-limit", "mastodon": "x-ratelimit", "bluesky": "ratelimit", "webhook": "retry-after"}


@each_server
def test_what_a_platform_still_allows_is_known_after_a_success_and_after_an_error(
    kind: str, fake: Any
) -> None:
    family, soon = HEADERS[kind], datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=9)
    platform = connect(fake.options())
    ready = prepared(platform, post())
    assert platform.meter() == ()
    says = {f"{family}-limit": "9", f"{family}-remaining": "0", f"{family}-reset": soon.isoformat()}
    fake.always = {family: soon.strftime("%a, %d %b %Y %H:%M:%S GMT")} if kind == "webhook" else says
    platform.publish(ready, 0, KEY, None)
    assert [(each.name, each.remaining, each.resets_at) for each in platform.meter()] == [(family, 0, soon)]
    fake.always = {}
    fake.script_write(422)
    with pytest.raises(PlatformError):
        platform.publish(ready, 0, KEY, None)
    assert platform.meter() == ()


@each_server
def test_a_throttle_says_until_when(kind: str, fake: Any) -> None:
    platform = connect(fake.options())
    ready = prepared(platform, post())
    fake.script_write(429, headers={"Retry-After": "120"})
    with pytest.raises(PlatformError) as caught:
        platform.publish(ready, 0, KEY, None)
    wait = caught.value.retry_at - datetime.now(UTC)  # type: ignore[attr-defined] # a Throttled, see above
    assert timedelta(seconds=110) < wait <= timedelta(seconds=120)


@each_server
@pytest.mark.usefixtures("short")
def test_a_drip_does_not_hold_a_publication_beyond_the_deadline(kind: str, fake: Any) -> None:
    platform = connect(fake.options())
    ready = prepared(platform, post())
    fake.script_write("drip")
    began = time.monotonic()
    with pytest.raises(Ambiguous):
        platform.publish(ready, 0, KEY, None)
    assert time.monotonic() - began < send.TOTAL + 5


@each_server
@pytest.mark.parametrize("status", [200, 403])
def test_an_answer_without_end_fills_no_memory_and_makes_no_failure_of_a_post(
    kind: str, fake: Any, status: int
) -> None:
    platform = connect(fake.options())
    ready = prepared(platform, post())
    fake.script_write("endless")
    fake.endless = status
    tracemalloc.start()
    try:
        platform.publish(ready, 0, KEY, None)
        came: object = None
    except PlatformError as error:
        came = type(error)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    receipt = None if kind == "webhook" else Ambiguous  # any 2xx is its receipt, whatever follows
    assert came is (receipt if status == 200 else fake.failures[status])
    assert most < 4 * LONGEST_ANSWER


@each_server
def test_a_server_that_is_down_was_certainly_not_reached(kind: str) -> None:
    with FAKES[kind]() as fake:
        platform = connect(fake.options())
        ready = prepared(platform, post())
    with pytest.raises(Unavailable):
        platform.publish(ready, 0, KEY, None)


@each_kind
def test_the_same_preparation_is_sent_as_the_same_bytes(kind: str, fake: Any) -> None:
    platform = connect(fake.options())
    ready = prepared(platform, post())
    for _ in range(2):
        attempt(platform, ready)
    assert len({request.body for request in fake.writes()}) <= 1
    assert len(fake.stored()) == 1


def attempt(platform: Any, ready: Prepared) -> Accepted | None:
    """Publish; a refusal of the second sending is as good."""
    try:
        accepted: Accepted = platform.publish(ready, 0, KEY, None)
    except PlatformError:
        return None
    return accepted


@each_server
@pytest.mark.parametrize("mode", ["drop", "html503", 401, 403, 422, 429])
def test_no_secret_is_ever_printed(
    kind: str, mode: str | int, fake: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    platform = connect(fake.options())
    ready = prepared(platform, post())
    fake.script_write(mode, body={"error": f"bad token {' '.join(fake.secrets)}"})
    with pytest.raises(PlatformError) as caught:
        platform.publish(ready, 0, KEY, None)
    options = platform.Options.model_validate(fake.options())
    said = (
        f"{caught.value} {caught.value!r} {platform} {platform!r} {options} {options!r} {ready} {caplog.text}"
    )
    assert [secret for secret in fake.secrets if secret in said] == []


def standing(fake: Any, platform: Any, *, images: tuple[Image, ...] = ()) -> tuple[Prepared, Accepted]:
    """A post that stands on the platform."""
    ready = prepared(platform, post(images=images))
    return ready, platform.publish(ready, 0, KEY, None)


@pytest.mark.parametrize("kind", EDITING)
def test_an_edit_changes_the_words_and_keeps_the_picture(kind: str, fake: Any, gallery: Gallery) -> None:
    platform = connect({**fake.options(), "image": {"need": "optional"}})
    image = Image(f"{gallery.url}/bridge.png", "A bridge at dawn")
    ready, there = standing(fake, platform, images=(image,))
    revised = platform.revise(post(f"Umuganda does not return {LINK}"), ready)
    answer = platform.edit(revised, 0, EDIT_KEY, there.ref)
    (stands,) = fake.stored()
    assert (stands.text, stands.alts) == (f"Umuganda does not return {LINK}", ("A bridge at dawn",))
    assert (stands.id, answer.ref["id"]) == (fake.stored()[0].id, there.ref["id"])


@pytest.mark.parametrize("kind", [kind for kind in EDITING if kind in SERVERS])
@pytest.mark.parametrize("mode", ["drop", "hang"])
@pytest.mark.usefixtures("short")
def test_an_edit_whose_answer_was_lost_may_be_sent_again(kind: str, mode: str, fake: Any) -> None:
    platform = connect(fake.options())
    ready, there = standing(fake, platform)
    revised = platform.revise(post(f"Corrected {LINK}"), ready)
    fake.script(mode, method=fake.edits[0], path=fake.edits[1])
    with pytest.raises(Ambiguous):
        platform.edit(revised, 0, EDIT_KEY, there.ref)
    once = fake.stored()
    platform.edit(revised, 0, EDIT_KEY, there.ref)
    assert fake.stored() == once
    assert [stands.text for stands in once] == [f"Corrected {LINK}"]


@pytest.mark.parametrize(
    "kind", [kind for kind in EDITING if kind != "webhook"]
)  # a receiver is told anything
def test_an_edit_never_makes_a_post_that_is_gone_again(kind: str) -> None:
    with FAKES[kind]() as fake:
        platform = connect(fake.options())
        ready, there = standing(fake, platform)
        platform.delete(there.ref, KEY)
        with pytest.raises(Rejected):
            platform.edit(platform.revise(post(f"Corrected {LINK}"), ready), 0, EDIT_KEY, there.ref)
        assert fake.stored() == []


@pytest.mark.parametrize("kind", DELETING)
def test_a_deletion_takes_the_post_away_and_may_be_repeated(kind: str, fake: Any) -> None:
    platform = connect(fake.options())
    _, there = standing(fake, platform)
    for _ in range(2):
        platform.delete(there.ref, EDIT_KEY)
        assert fake.stored() == []


@pytest.mark.parametrize("kind", [kind for kind in DELETING if kind in SERVERS])
@pytest.mark.parametrize("mode", ["drop", "hang", "reset", 500, 429, 401])
@pytest.mark.usefixtures("short")
def test_a_deletion_that_failed_says_so_and_may_be_repeated(kind: str, mode: str | int, fake: Any) -> None:
    platform = connect(fake.options())
    _, there = standing(fake, platform)
    fake.script(mode, method=fake.deletes[0], path=fake.deletes[1])
    with pytest.raises(PlatformError) as caught:
        platform.delete(there.ref, EDIT_KEY)
    assert type(caught.value) is fake.failures[mode]
    platform.delete(there.ref, EDIT_KEY)
    assert fake.stored() == []


@each_kind
def test_what_a_platform_can_do_later_is_on_its_page(kind: str, fake: Any) -> None:
    page = (ROOT / f"docs/platforms/{kind}.md").read_text("utf-8")
    said = dict(re.findall(r"^\| (edit|delete) \| (yes|no)\b", page, re.MULTILINE))
    assert said == {
        "edit": "yes" if kind in EDITING else "no",
        "delete": "yes" if kind in DELETING else "no",
    }
