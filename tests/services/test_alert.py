"""Who hears of what, how often, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.domain.delivery import State
from bot.domain.errors import AlertError, Ambiguous, Rejected, Unauthorized
from bot.domain.routing import Route
from bot.ports.newsroom import Account
from bot.ports.notifier import Channel
from bot.services.alert import send_alerts
from bot.services.housekeeping import expire, replace_all
from bot.services.review import approve, resolve, resume
from bot.services.settle import settle_next
from bot.services.summary import sum_up
from tests.fakes.newsroom import Desk, entry
from tests.fakes.platform import FakePlatform

DESK = Channel("desk", frozenset({"held", "unconfirmed", "missed", "failed", "summary"}), ("mail://desk",))
OPS = Channel("ops", frozenset({"account", "source"}), ("mail://ops", "chat://ops"))

REFUSED = (
    "share 1 on fedi “Article 1” is failed (rejected: too rude): sharewire queue retry 1 once it is mended"
)


@dataclass
class Inbox:
    """Keeps what it is told; `deaf` places raise."""

    told: list[tuple[str, str, str]] = field(default_factory=list)
    deaf: set[str] = field(default_factory=set)

    def send(self, url: str, title: str, body: str) -> None:
        if url in self.deaf:
            raise AlertError("mail did not take it")
        self.told.append((url, title, body))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def send(desk: Desk, inbox: Inbox, after: timedelta = timedelta(minutes=1)) -> int:
    desk.clock.forward(after)
    return send_alerts(desk.store, (DESK, OPS), inbox, desk.clock.now())


def test_a_refused_share_is_told_once_to_who_wants_it(
    desk: Desk, platform: FakePlatform, inbox: Inbox
) -> None:
    platform.before = [Rejected("too rude")]
    desk.poll(entry(1))
    desk.send_all()
    assert send(desk, inbox) == 1
    assert inbox.told == [
        (
            "mail://desk",
            "Sharewire: 1 share failed",
            REFUSED,
        )
    ]
    assert send(desk, inbox) == 0


def test_an_outage_is_one_message(
    desk_of: Callable[..., Desk], fedi: Account, everything: Route, inbox: Inbox
) -> None:
    desk = desk_of([fedi], [replace(everything, max_age=timedelta(hours=1))])
    for number in range(3):
        desk.poll(entry(number))
    desk.clock.forward(timedelta(hours=2))
    replace_all(desk.store, desk.newsroom, desk.clock.now())
    rows = expire(desk.store, desk.newsroom, desk.clock.now())
    assert [str(row.state) for row in rows] == ["missed"] * 3
    assert send(desk, inbox) == 1
    assert inbox.told[0][1] == "Sharewire: 3 shares missed"
    assert len(inbox.told[0][2].splitlines()) == 3


def test_an_unconfirmed_share_is_told_when_only_a_person_can_settle_it(
    desk: Desk, platform: FakePlatform, inbox: Inbox
) -> None:
    platform.replay = ()
    platform.after = [Ambiguous("no answer")]
    desk.poll(entry(1))
    desk.send_all()
    send(desk, inbox)
    assert "queue resolve 1 --published URL" in inbox.told[0][2]
    resolve(desk.store, desk.newsroom, 1, desk.clock.now(), to=State.PUBLISHED, url="https://x.example/1")
    with desk.store.read() as tx:
        assert [each.key for each in tx.alerts.open() if each.key.startswith("share:")] == []


def test_an_unconfirmed_share_that_is_being_looked_at_is_not_told(
    desk: Desk, platform: FakePlatform, inbox: Inbox
) -> None:
    platform.after = [Ambiguous("no answer")]
    desk.poll(entry(1))
    assert desk.send_all() == ["unknown"]
    desk.clock.forward(timedelta(minutes=2))
    settle_next(desk.courier)
    assert send(desk, inbox) == 0


def test_a_share_that_waits_for_approval_is_told_unless_somebody_was_quicker(
    desk_of: Callable[..., Desk], fedi: Account, everything: Route, inbox: Inbox
) -> None:
    desk = desk_of([fedi], [replace(everything, approve=True)])
    desk.poll(entry(1))
    approve(desk.store, desk.newsroom, 1, desk.clock.now())
    assert send(desk, inbox) == 0
    desk.poll(entry(1), entry(2))
    assert send(desk, inbox) == 1
    assert "(approval): sharewire queue approve 2, or skip 2" in inbox.told[0][2]


def test_a_paused_account_is_told_to_every_address_and_again_after_a_resume(
    desk: Desk, platform: FakePlatform, inbox: Inbox
) -> None:
    platform.before = [Unauthorized("token revoked"), Unauthorized("token revoked")]
    desk.poll(entry(1))
    desk.send_all()
    assert send(desk, inbox) == 2
    assert {url for url, _, _ in inbox.told} == {"mail://ops", "chat://ops"}
    assert "sharewire resume --account fedi" in inbox.told[0][2]
    resume(desk.store, desk.newsroom, "account:fedi", desk.clock.now())
    desk.send_all()
    assert send(desk, inbox) == 2


def test_a_place_that_did_not_take_it_is_tried_again_and_the_others_are_not(
    desk: Desk, platform: FakePlatform, inbox: Inbox
) -> None:
    platform.before = [Unauthorized("token revoked")]
    inbox.deaf = {"mail://ops"}
    desk.poll(entry(1))
    desk.send_all()
    send(desk, inbox)
    assert [url for url, _, _ in inbox.told] == ["chat://ops"]
    inbox.deaf = set()
    send(desk, inbox, timedelta(minutes=10))
    assert [url for url, _, _ in inbox.told] == ["chat://ops", "mail://ops"]
    assert send(desk, inbox, timedelta(hours=2)) == 0


def test_what_nobody_wants_is_not_told_to_who_comes_later(
    desk: Desk, platform: FakePlatform, inbox: Inbox
) -> None:
    platform.before = [Rejected("too rude")]
    desk.poll(entry(1))
    desk.send_all()
    desk.clock.forward(timedelta(minutes=1))
    assert send_alerts(desk.store, (), inbox, desk.clock.now()) == 0
    assert send(desk, inbox) == 0


def test_the_day_is_summed_up_once_at_its_time(desk: Desk, platform: FakePlatform, inbox: Inbox) -> None:
    desk.newsroom = replace(desk.newsroom, summary_at="13:00", timezone="UTC")
    platform.before = [None, Rejected("too rude")]
    for number in range(2):
        desk.poll(entry(number))
        desk.send_all()
    assert not sum_up(desk.store, desk.newsroom, "w", desk.clock.now())
    desk.clock.forward(timedelta(hours=1, minutes=5))
    assert sum_up(desk.store, desk.newsroom, "w", desk.clock.now())
    assert not sum_up(desk.store, desk.newsroom, "w2", desk.clock.now())
    send(desk, inbox)
    summary = next(body for _, title, body in inbox.told if title == "Sharewire: the day")
    assert summary == "fedi: 1 published, 1 failed (rejected)"


def test_what_is_sent_at_the_summary_s_own_minute_counts_once(desk: Desk, inbox: Inbox) -> None:
    desk.newsroom = replace(desk.newsroom, summary_at="12:00", timezone="UTC")
    desk.poll(entry(1))
    desk.clock.forward(timedelta(seconds=1))
    desk.send_all()
    assert sum_up(desk.store, desk.newsroom, "w", desk.clock.now())
    desk.clock.forward(timedelta(days=1))
    assert sum_up(desk.store, desk.newsroom, "w", desk.clock.now())
    send(desk, inbox)
    said = [body for _, title, body in inbox.told if title == "Sharewire: the day"]
    assert "\n".join(said).count("fedi: 1 published") == 1
    assert "\n".join(said).count("fedi: 0 published") == 1


def test_a_summary_missed_by_hours_is_left_out(desk: Desk) -> None:
    desk.newsroom = replace(desk.newsroom, summary_at="09:00")
    assert not sum_up(desk.store, desk.newsroom, "w", desk.clock.now())


def test_no_summary_where_none_is_wanted(desk: Desk) -> None:
    assert not sum_up(desk.store, desk.newsroom, "w", desk.clock.now())
