from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

from bot.domain.blackout import Blackout
from bot.domain.routing import Route
from bot.domain.schedule import Quiet, Schedule
from bot.ports.newsroom import Account
from bot.services.explain import explain
from bot.services.review import move, pause
from tests.fakes.newsroom import NOON, Desk, entry, feed

Make = Callable[..., Desk]
HOUR = timedelta(hours=1)
SLOTS = Schedule("day", slots=((time(8), time(18)),) * 7, quiet=(Quiet(time(11), time(13)),))


def waits(desk: Desk, number: int = 1) -> list[str]:
    document = explain(desk.store, desk.newsroom, str(number), desk.clock.now())
    assert document is not None
    said: list[str] = document["decisions"][0]["deliveries"][-1]["waits_for"]
    return said


def slotted(desk_of: Make, fedi: Account, schedule: Schedule = SLOTS, **route: object) -> Desk:
    wired = Route("everything", ("site",), ("fedi",), **{"timing": "slot", "schedule": "day"} | route)  # type: ignore[arg-type]
    return desk_of([fedi], [wired], schedules={"day": schedule})


def test_a_slot_and_quiet_hours(desk_of: Make, fedi: Account) -> None:
    desk = slotted(desk_of, fedi)
    desk.poll(entry(1))
    assert waits(desk) == [
        "the quiet hours of schedule day until 2026-11-24 13:00 UTC",
        "a slot of schedule day",
    ]


def test_others_that_go_first(desk_of: Make, fedi: Account) -> None:
    desk = slotted(desk_of, fedi)
    desk.poll(entry(1, published_at=NOON - HOUR), entry(2), entry(3))
    assert waits(desk)[-1] == "2 shares that go first"


def test_the_gap_and_the_days_cap(desk_of: Make, fedi: Account) -> None:
    strict = Schedule("day", min_gap=HOUR, max_per_day=1)
    desk = slotted(desk_of, fedi, strict, timing="now")
    desk.poll(entry(1))
    desk.send_all()
    desk.poll(entry(2))
    assert waits(desk, 2) == [
        "the gap after the share before it until 2026-11-24 13:00 UTC",
        "tomorrow: the day's 1 shares are out",
    ]


def test_a_pause_and_a_blackout(desk: Desk) -> None:
    today = Blackout("Kwibuka", "UTC", lambda year: [date(2026, 11, 24)])
    desk.newsroom = replace(desk.newsroom, blackouts=(today,))
    desk.poll(entry(1))
    pause(desk.store, "account:fedi", NOON, NOON + HOUR, "the desk is ill")
    assert waits(desk) == [
        "the pause of account:fedi until 2026-11-24 13:00 UTC: the desk is ill",
        "the blackout Kwibuka until 2026-11-25 00:00 UTC",
    ]


def test_an_embargo(desk: Desk) -> None:
    desk.poll(entry(1, published_at=NOON + HOUR))
    assert waits(desk) == ["the embargo until 2026-11-24 13:00 UTC"]


def test_stable_for(desk_of: Make, fedi: Account, everything: Route) -> None:
    desk = desk_of([fedi], [everything], sources=[feed("site", stable_for="2m")])
    desk.poll(entry(1))
    assert waits(desk) == ["`delay` of its route or `stable_for` of its source until 2026-11-24 12:02 UTC"]


def test_the_time_a_person_gave_it(desk: Desk) -> None:
    desk.poll(entry(1))
    move(desk.store, desk.newsroom, 1, NOON + HOUR, NOON)
    assert waits(desk) == ["the time a person gave it, 2026-11-24 13:00 UTC"]


def test_what_is_out_waits_for_nothing(desk: Desk) -> None:
    desk.poll(entry(1))
    desk.send_all()
    assert waits(desk) == []
