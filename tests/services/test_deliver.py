"""Claim, prepare, mark, publish, record: what each answer of a platform makes of a share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.allowance import Allowance
from bot.domain.delivery import Delivery, State
from bot.domain.errors import (
    Ambiguous,
    Duplicate,
    Rejected,
    Throttled,
    Unauthorized,
    Unavailable,
)
from bot.domain.outcome import Policy
from bot.domain.post import Pending
from bot.domain.routing import Route
from bot.ports.newsroom import Account
from bot.ports.records import Pause
from bot.services.review import hold, pause, resume, skip
from tests.fakes.newsroom import NOON, Desk, account, entry
from tests.fakes.platform import FakePlatform


def only(desk: Desk) -> Delivery:
    with desk.store.read() as tx:
        rows = tx.outbox.list()
    assert len(rows) == 1
    return rows[0]


def test_a_share_goes_out_once_and_remembers_where(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    assert desk.send_all() == ["published"]
    assert desk.send_all() == []
    row = only(desk)
    assert (row.state, row.remote_url, row.refs) == ("published", "https://social.example/0", ({"id": "0"},))
    assert [each.text for each in platform.sent] == ["Article 1 https://news.example/1/"]
    assert platform.sent[0].key == f"{row.idempotency_key}:0"
    with desk.store.read() as tx:
        tries = tx.outbox.attempts(row.id)
    assert [(each.outcome, each.url) for each in tries] == [("accepted", "https://social.example/0")]


def test_an_account_that_may_send_no_more_waits_until_it_may(desk: Desk, platform: FakePlatform) -> None:
    platform.allowances = (
        Allowance("x-rate-limit", 0, NOON + timedelta(minutes=9), 100),
        Allowance("x-user-limit-24hour", 3, NOON + timedelta(hours=9)),
    )
    desk.poll(entry(1), entry(2))
    assert desk.send_all() == ["published"]
    with desk.store.read() as tx:
        row = tx.accounts.rows()["fedi"]
    assert row.throttled_until == NOON + timedelta(minutes=9)
    assert [each["remaining"] for each in row.limits] == [0, 3]
    desk.clock.forward(timedelta(minutes=8))
    assert desk.send_all() == []
    desk.clock.forward(timedelta(minutes=2))
    platform.allowances = ()
    assert desk.send_all() == ["published"]
    assert platform.calls.count("publish 0") == 2


def test_a_thread_that_uses_up_what_is_allowed_goes_on_when_there_is_more(
    desk: Desk, platform: FakePlatform
) -> None:
    platform.allowances = (Allowance("ratelimit", 0, NOON + timedelta(minutes=9)),)
    desk.poll(entry(1, title="One\nTwo"))
    assert desk.send_all() == ["queued"]
    assert (only(desk).part, only(desk).reason, only(desk).due_at) == (
        1,
        "throttled",
        platform.allowances[0].resets_at,
    )
    desk.clock.forward(timedelta(minutes=10))
    assert desk.send_all() == ["published"]
    assert [each.text.split()[0] for each in platform.sent] == ["One", "Two"]


def test_what_is_allowed_never_shortens_a_wait_that_was_asked_for(desk: Desk, platform: FakePlatform) -> None:
    platform.before = [Throttled("429 slow down", retry_at=NOON + timedelta(hours=2))]
    platform.allowances = (Allowance("ratelimit", 0, NOON + timedelta(minutes=9)),)
    desk.poll(entry(1))
    assert desk.send_all() == ["queued"]
    with desk.store.read() as tx:
        assert tx.accounts.rows()["fedi"].throttled_until == NOON + timedelta(hours=2)


def test_a_thread_is_sent_part_by_part_below_the_one_before(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1, title="One\nTwo\nThree"))
    assert desk.send_all() == ["published"]
    assert [(each.part, each.reply_to) for each in platform.sent] == [
        (0, None),
        (1, {"id": "0"}),
        (2, {"id": "1"}),
    ]


def test_a_thread_resumes_at_its_first_unsent_part(desk: Desk, platform: FakePlatform) -> None:
    platform.before = [None, Unavailable("refused")]
    desk.poll(entry(1, title="One\nTwo"))
    assert desk.send_all() == ["queued"]
    desk.clock.forward(timedelta(minutes=2))
    assert desk.send_all() == ["published"]
    assert [each.text.split()[0] for each in platform.sent] == ["One", "Two"]
    assert platform.sent[1].reply_to == {"id": "0"}


def test_what_certainly_failed_is_tried_again_later_and_no_more_than_allowed(
    desk_of: Callable[..., Desk], fedi: Account, platform: FakePlatform
) -> None:
    route = Route("all", ("site",), ("fedi",), max_age=timedelta(days=30))
    desk = desk_of([fedi], [route], policy=Policy(attempts=3))
    platform.before = [Unavailable("refused")] * 3
    desk.poll(entry(1))
    assert desk.send_all() == ["queued"]
    assert desk.send_all() == []
    desk.clock.forward(timedelta(hours=1))
    assert desk.send_all() == ["queued"]
    desk.clock.forward(timedelta(hours=1))
    assert desk.send_all() == ["failed"]
    row = only(desk)
    assert (row.reason, row.attempts, row.detail) == ("attempts_spent", 3, "refused")
    assert platform.sent == []


@pytest.mark.parametrize(
    ("error", "reason"), [(Rejected("too long"), "rejected"), (Duplicate("same text"), "duplicate")]
)
def test_what_the_platform_refuses_has_failed_and_says_why(
    desk: Desk, platform: FakePlatform, error: Exception, reason: str
) -> None:
    platform.before = [error]
    desk.poll(entry(1))
    assert desk.send_all() == ["failed"]
    assert (only(desk).reason, only(desk).detail) == (reason, str(error))


def test_a_throttled_account_waits_and_the_others_do_not(desk_of: Callable[..., Desk]) -> None:
    slow, quick = (
        FakePlatform(before=[Throttled("slow down", retry_at=NOON + timedelta(hours=1))]),
        FakePlatform(),
    )
    desk = desk_of(
        [account("slow", slow), account("quick", quick)], [Route("all", ("site",), ("slow", "quick"))]
    )
    desk.poll(entry(1), entry(2))
    assert sorted(desk.send_all()) == ["published", "published", "queued"]
    desk.clock.forward(timedelta(minutes=59))
    assert desk.send_all() == []
    desk.clock.forward(timedelta(minutes=1))
    assert desk.send_all() == ["published", "published"]
    assert (len(slow.sent), len(quick.sent)) == (2, 2)


def test_a_throttle_is_no_failed_attempt(desk: Desk, platform: FakePlatform) -> None:
    platform.before = [Throttled("slow down", retry_at=NOON + timedelta(hours=1))]
    desk.poll(entry(1))
    desk.send_all()
    assert (only(desk).attempts, only(desk).reason) == (0, "throttled")


def test_a_refused_token_pauses_its_account_and_says_so(desk: Desk, platform: FakePlatform) -> None:
    platform.before = [Unauthorized("token revoked")]
    desk.poll(entry(1), entry(2))
    assert desk.send_all() == ["queued"]
    with desk.store.read() as tx:
        pauses = tx.accounts.pauses(NOON)
    assert [(each.scope, each.reason, each.by) for each in pauses] == [
        ("account:fedi", "token revoked", "sharewire")
    ]
    resume(desk.store, desk.newsroom, "account:fedi", desk.clock.now())
    assert desk.send_all() == ["published", "published"]


@pytest.mark.parametrize("error", [Ambiguous("no answer"), RuntimeError("anything"), TimeoutError()])
def test_whatever_proves_nothing_leaves_the_share_unknown(
    desk: Desk, platform: FakePlatform, error: Exception
) -> None:
    platform.after = [error]
    desk.poll(entry(1), entry(2))
    assert desk.send_all() == ["unknown"]
    assert len(platform.sent) == 1


def test_a_share_left_to_a_person_is_recorded_though_a_reload_took_its_account_away(
    desk: Desk, platform: FakePlatform
) -> None:
    platform.replay, platform.after = (), [Ambiguous("reset")]
    desk.poll(entry(1))
    courier = desk.courier
    row = courier.claim()
    assert row is not None

    def reload() -> None:
        courier.newsroom = replace(courier.newsroom, accounts={})

    platform.on_prepare = reload
    assert courier.carry_out(row) is State.UNKNOWN
    assert (only(desk).state, only(desk).settle_at, courier.owed) == (State.UNKNOWN, None, {})


def test_a_fault_before_the_mark_is_no_unknown(desk: Desk, platform: FakePlatform) -> None:
    platform.preparing = [RuntimeError("a fault of an adapter")]
    desk.poll(entry(1))
    assert desk.send_all() == ["queued"]
    desk.clock.forward(timedelta(minutes=2))
    assert desk.send_all() == ["published"]


def test_media_that_are_still_processed_are_awaited(desk: Desk, platform: FakePlatform) -> None:
    platform.preparing = [Pending({"id": "media"}, timedelta(seconds=30))]
    desk.poll(entry(1))
    assert desk.send_all() == ["awaiting"]
    assert only(desk).pending == {"id": "media"}
    desk.clock.forward(timedelta(seconds=30))
    assert desk.send_all() == ["published"]


def test_a_pause_during_the_upload_stops_the_post_and_after_resume_it_goes_out_once(
    desk: Desk, platform: FakePlatform
) -> None:
    platform.on_prepare = lambda: pause(desk.store, "all", NOON, None, "hold on") and None
    desk.poll(entry(1))
    assert desk.send_all() == ["queued"]
    assert platform.sent == []
    assert desk.send_all() == []
    platform.on_prepare = lambda: None
    resume(desk.store, desk.newsroom, "all", desk.clock.now())
    assert desk.send_all() == ["published"]
    assert len(platform.sent) == 1


@pytest.mark.parametrize(("order", "state"), [(skip, "skipped"), (hold, "held")])
def test_an_order_during_the_upload_stops_the_post_at_the_mark(
    desk: Desk, platform: FakePlatform, order: Callable[..., object], state: str
) -> None:
    platform.on_prepare = lambda: order(desk.store, desk.newsroom, 1, NOON)
    desk.poll(entry(1))
    desk.send_all()
    row = only(desk)
    assert (row.state, row.reason, platform.sent) == (state, "person", [])
    assert desk.send_all() == []
    with desk.store.read() as tx:
        assert [each.outcome for each in tx.outbox.attempts(1)] == ["released"]


def test_a_paused_route_stops_only_its_own_shares(
    desk_of: Callable[..., Desk], platform: FakePlatform
) -> None:
    from bot.domain.routing import Match

    routes = [
        Route("sport", ("site",), ("fedi",), match=Match(categories_any=("Sport",))),
        Route("rest", ("site",), ("fedi",)),
    ]
    desk = desk_of([account("fedi", platform)], routes)
    with desk.store.write() as tx:
        tx.accounts.pause(Pause("route:sport", NOON, NOON + timedelta(hours=1), "final", "desk"))
    desk.poll(entry(1, categories=("Sport",)), entry(2))
    assert desk.send_all() == ["published"]
    desk.clock.forward(timedelta(hours=1))
    assert desk.send_all() == ["published"]


def test_a_token_of_another_account_pauses_this_one(desk_of: Callable[..., Desk], everything: Route) -> None:
    platform = FakePlatform(handle="@someone@else.example")
    desk = desk_of([account("fedi", platform, handle="@news@social.example")], [everything])
    desk.poll(entry(1))
    assert desk.send_all() == ["queued"]
    assert platform.sent == []
    assert "speaks for @someone@else.example" in only(desk).detail


def test_the_right_handle_is_looked_at_once(desk_of: Callable[..., Desk], everything: Route) -> None:
    platform = FakePlatform(handle="@News@social.example")
    desk = desk_of([account("fedi", platform, handle="news@social.example")], [everything])
    desk.poll(entry(1), entry(2))
    courier = desk.courier
    states = [str(courier.carry_out(row)) for row in iter(courier.claim, None)]
    assert states == ["published", "published"]
    assert platform.calls.count("check") == 1


def test_an_account_that_needs_a_picture_waits_for_one_then_holds(
    desk_of: Callable[..., Desk], everything: Route, platform: FakePlatform
) -> None:
    policy = {"need": "required", "wait": "10m"}
    desk = desk_of([account("fedi", platform, image=policy)], [everything])
    desk.poll(entry(1))
    assert desk.send_all() == ["queued"]
    desk.clock.forward(timedelta(minutes=10))
    assert desk.send_all() == ["held"]
    assert only(desk).reason == "image"
