from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.domain.blackout import Blackout
from bot.domain.delivery import Delivery
from bot.domain.errors import UserError
from bot.domain.routing import Route
from bot.domain.schedule import Schedule
from bot.ports.newsroom import Account
from bot.services.apply import apply
from bot.services.housekeeping import expire
from bot.services.review import approve, move
from bot.services.share import share
from tests.fakes.newsroom import NOON, Desk, entry
from tests.fakes.platform import FakePlatform

TODAY = date(2026, 11, 24)
MIDNIGHT = datetime(2026, 11, 25, tzinfo=NOON.tzinfo)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Make = Callable[..., Desk]


def begin(desk: Desk, **rules: object) -> None:
    """A blackout of the whole of today comes into the configuration."""
    table: dict[str, object] = {"name": "Kwibuka", "zone": "UTC", "days": lambda year: [TODAY]}
    desk.newsroom = replace(desk.newsroom, blackouts=(Blackout(**table | rules),))  # type: ignore[arg-type]
    apply(desk.store, desk.newsroom, desk.clock.now())


def end(desk: Desk) -> None:
    desk.newsroom = replace(desk.newsroom, blackouts=())
    apply(desk.store, desk.newsroom, desk.clock.now())


def rows(desk: Desk) -> list[Delivery]:
    with desk.store.read() as tx:
        return sorted(tx.outbox.list(), key=lambda row: row.id)


def whys(desk: Desk) -> list[str]:
    return [f"{row.state} {row.reason} {row.detail}".strip() for row in rows(desk)]


def test_waiting_shares_go_out_after_it_one_by_one_the_newest_first(
    desk: Desk, platform: FakePlatform
) -> None:
    begin(desk)
    for n in range(4):
        desk.clock.forward(MINUTE)
        desk.poll(entry(n, published_at=desk.clock.now()))
    assert desk.send_all() == []
    assert [row.due_at for row in rows(desk)] == [MIDNIGHT + n * 15 * MINUTE for n in (3, 2, 1, 0)]
    desk.clock.at = MIDNIGHT
    sent = []
    while desk.clock.at < MIDNIGHT + HOUR:
        desk.send_all()
        sent.append(len(platform.sent))
        desk.clock.forward(MINUTE)
    assert (sent[0], sent[14], sent[15], sent[30], sent[45]) == (1, 1, 2, 3, 4)


def test_skip_drops_what_was_ready_before_and_what_becomes_ready(desk: Desk) -> None:
    desk.newsroom = replace(desk.newsroom, default_schedule=Schedule("", min_gap=HOUR))
    desk.poll(entry(1), entry(2))
    desk.send_all()
    begin(desk, then="skip")
    desk.poll(entry(3))
    expire(desk.store, desk.newsroom, desk.clock.now())
    said = "skipped blackout Kwibuka, until 2026-11-25 00:00 UTC"
    assert sorted(whys(desk)) == ["published", said, said]


def test_what_skip_will_drop_goes_before_or_has_no_place(desk_of: Make, fedi: Account) -> None:
    slots = Schedule("day", slots=tuple((NOON.time(),) for _ in range(7)))
    route = Route("everything", ("site",), ("fedi",), timing="slot", schedule="day")
    desk = desk_of([fedi], [route], schedules={"day": slots})
    tomorrow = Blackout("off", "UTC", lambda year: [date(2026, 11, 25)], then="skip")
    desk.newsroom = replace(desk.newsroom, blackouts=(tomorrow,))
    desk.poll(entry(1), entry(2))
    assert sorted(str(row.due_at) for row in rows(desk)) == [str(NOON), "None"]


def test_skip_leaves_what_a_person_ordered(desk: Desk) -> None:
    begin(desk, then="skip")
    desk.poll(entry(1))
    expire(desk.store, desk.newsroom, desk.clock.now())
    with desk.store.read() as tx:
        article = tx.articles.latest(1)[0]
    share(desk.store, desk.newsroom, article, ["fedi"], desk.clock.now(), again=True)
    expire(desk.store, desk.newsroom, desk.clock.now())
    assert [(str(row.state), row.due_at) for row in rows(desk)] == [("skipped", None), ("queued", MIDNIGHT)]


def test_a_held_share_that_is_approved_meanwhile_waits(desk_of: Make, fedi: Account) -> None:
    desk = desk_of([fedi], [Route("everything", ("site",), ("fedi",), approve=True)])
    begin(desk, then="skip")
    desk.poll(entry(1))
    approve(desk.store, desk.newsroom, 1, desk.clock.now())
    expire(desk.store, desk.newsroom, desk.clock.now())
    assert [(str(row.state), row.due_at) for row in rows(desk)] == [("queued", MIDNIGHT)]


def test_a_route_that_it_excepts_goes_on(desk_of: Make, fedi: Account, platform: FakePlatform) -> None:
    desk = desk_of([fedi], [Route("breaking", ("site",), ("fedi",))])
    begin(desk, then="skip", except_routes=frozenset({"breaking"}))
    desk.poll(entry(1))
    expire(desk.store, desk.newsroom, desk.clock.now())
    assert desk.send_all() == ["published"]


def test_urgent_waits_like_all_else(desk_of: Make, fedi: Account) -> None:
    desk = desk_of([fedi], [Route("breaking", ("site",), ("fedi",), urgent=True)])
    begin(desk)
    desk.poll(entry(1))
    assert (desk.send_all(), rows(desk)[0].due_at) == ([], MIDNIGHT)


def test_one_that_begins_during_the_upload_stops_the_post_and_says_so(
    desk: Desk, platform: FakePlatform
) -> None:
    courier = desk.courier
    desk.poll(entry(1))
    row = courier.claim()
    assert row is not None
    platform.on_prepare = lambda: begin(desk)
    courier.newsroom = replace(desk.newsroom)
    assert str(courier.carry_out(row)) == "queued"
    assert platform.sent == []
    assert desk.send_all() == []
    desk.clock.at = MIDNIGHT
    assert desk.send_all() == ["published"]
    assert len(platform.sent) == 1


def test_its_name_stands_with_the_share_that_it_stopped(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    courier = desk.courier
    row = courier.claim()
    assert row is not None
    begin(desk)
    desk.courier.carry_out(row)
    assert whys(desk) == ["queued blackout stopped before it was sent (Kwibuka)"]


def test_taken_out_of_the_configuration_it_holds_nothing_any_more(desk: Desk) -> None:
    begin(desk)
    desk.poll(entry(1))
    assert desk.send_all() == []
    end(desk)
    assert desk.send_all() == ["published"]


def test_nothing_is_moved_into_it(desk: Desk) -> None:
    begin(desk)
    desk.poll(entry(1))
    with pytest.raises(UserError, match="Kwibuka stands against it until 2026-11-25 00:00 UTC"):
        move(desk.store, desk.newsroom, 1, NOON + HOUR, desk.clock.now())


def test_a_worker_that_was_away_drops_what_waited_when_it_comes_back(desk: Desk) -> None:
    begin(desk, then="skip")
    desk.poll(entry(1))
    desk.clock.at = MIDNIGHT + HOUR
    expire(desk.store, desk.newsroom, desk.clock.now())
    desk.poll(entry(2, published_at=desk.clock.now()))
    assert [str(row.state) for row in rows(desk)] == ["skipped", "queued"]
