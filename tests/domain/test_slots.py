from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.cadence import parse_cadence
from bot.domain.schedule import (
    LAST,
    Ordinal,
    Quiet,
    Schedule,
    dropped_slots,
    in_quiet,
    places_per_day,
    quiet_end,
    slot_times,
)
from bot.domain.slots import History, Place, Waiting, project

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NIGHT = Quiet(time(22), time(6, 30))
NEVER = History()


def clock(text: str) -> time:
    return time.fromisoformat(text)


def on(text: str, day: datetime = MONDAY) -> datetime:
    return datetime.combine(day.date(), clock(text), UTC)


def daily(*walls: str, **rules: object) -> Schedule:
    return Schedule("day", slots=(tuple(map(clock, walls)),) * 7, **rules)  # type: ignore[arg-type]


def row(id_: int, *, timing: str = "slot", **fields: object) -> Waiting:
    known: dict[str, object] = {
        "published_at": MONDAY + id_ * MINUTE,
        "ready_at": MONDAY,
        "expires_at": None,
        "timing": timing,
    }
    return Waiting(id_, **known | fields)  # type: ignore[arg-type]


def due(*rows: Waiting, by: Schedule, now: datetime = MONDAY, history: History = NEVER) -> list[object]:
    return [place.due_at for place in project(rows, {}, by, history, now)]


def walls(schedule: Schedule, day: str) -> list[str]:
    zone = ZoneInfo(schedule.zone)
    start = datetime.fromisoformat(day).replace(tzinfo=zone)
    times = slot_times(schedule, start, start.replace(hour=23, minute=59))
    return [f"{at.astimezone(zone):%H:%M%z}" for at in times]


class TestSlotTimes:
    def test_come_in_utc_and_in_order(self) -> None:
        kigali = daily("08:00", "17:45", zone="Africa/Kigali")
        assert list(slot_times(kigali, MONDAY, MONDAY + DAY)) == [on("06:00"), on("15:45")]

    def test_include_the_start_and_not_the_end(self) -> None:
        assert list(slot_times(daily("08:00"), on("08:00"), on("08:00") + DAY)) == [on("08:00")]

    def test_differ_by_weekday(self) -> None:
        sundays = Schedule("s", slots=((),) * 6 + ((time(10),),))
        assert list(slot_times(sundays, MONDAY, MONDAY + 14 * DAY)) == [
            on("10:00") + 6 * DAY,
            on("10:00") + 13 * DAY,
        ]

    def test_leave_out_those_in_quiet_hours(self) -> None:
        schedule = daily("06:00", "06:30", "21:59", "22:00", quiet=(NIGHT,))
        assert walls(schedule, "2026-11-23") == ["06:30+0000", "21:59+0000"]

    def test_of_a_day_of_the_month_replace_those_of_its_weekday(self) -> None:
        last, second = Ordinal(LAST, 5, (clock("09:00"),)), Ordinal(2, 5, ())
        saturdays = Schedule("s", slots=((),) * 5 + ((clock("10:00"),), ()), ordinals=(last, second))
        found = slot_times(saturdays, datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
        assert [f"{at:%d %b %H:%M}" for at in found] == [
            "07 Feb 10:00",
            "21 Feb 10:00",
            "28 Feb 09:00",
            "07 Mar 10:00",
            "21 Mar 10:00",
            "28 Mar 09:00",
        ]

    def test_may_come_by_cron_beside_those_of_the_week(self) -> None:
        cron = parse_cadence(None, "30 8-12/2 * * mon-fri", "Africa/Kigali")
        schedule = daily("08:30", "09:00", zone="Africa/Kigali", cron=cron)
        assert walls(schedule, "2026-11-23") == [
            "08:30+0200",
            "09:00+0200",
            "10:30+0200",
            "12:30+0200",
        ]
        assert walls(schedule, "2026-11-22") == ["08:30+0200", "09:00+0200"]

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            ("2026-03-29", ["01:15+0100", "03:00+0200", "03:15+0200"]),
            ("2026-10-25", ["01:15+0200", "02:15+0200", "03:15+0100"]),
        ],
        ids=["an hour is left out", "an hour comes twice"],
    )
    def test_by_cron_survive_a_change_of_the_clock(self, day: str, expected: list[str]) -> None:
        cron = parse_cadence(None, "15 1,2,3 * * *", "Europe/Paris")
        assert walls(Schedule("s", zone="Europe/Paris", cron=cron), day) == expected

    @pytest.mark.parametrize(
        ("zone", "day", "times", "expected"),
        [
            (
                "Europe/Paris",
                "2026-03-29",
                ("01:59", "02:30", "03:15"),
                ["01:59+0100", "03:00+0200", "03:15+0200"],
            ),
            ("Europe/Paris", "2026-03-29", ("02:15", "02:30", "03:00"), ["03:00+0200"]),
            (
                "Europe/Paris",
                "2026-10-25",
                ("01:59", "02:30", "03:00"),
                ["01:59+0200", "02:30+0200", "03:00+0100"],
            ),
            ("America/New_York", "2026-03-08", ("02:00", "02:59"), ["03:00-0400"]),
            (
                "America/New_York",
                "2026-11-01",
                ("01:00", "01:59", "02:00"),
                ["01:00-0400", "01:59-0400", "02:00-0500"],
            ),
            ("Australia/Lord_Howe", "2026-10-04", ("02:15",), ["02:30+1100"]),
        ],
    )
    def test_survive_a_change_of_the_clock(
        self, zone: str, day: str, times: tuple[str, ...], expected: list[str]
    ) -> None:
        assert walls(daily(*times, zone=zone), day) == expected


class TestQuietHours:
    @pytest.mark.parametrize(
        ("at", "quiet"),
        [("21:59", False), ("22:00", True), ("00:00", True), ("06:29", True), ("06:30", False)],
    )
    def test_cross_midnight(self, at: str, quiet: bool) -> None:
        assert in_quiet(daily(quiet=(NIGHT,)), on(at)) is quiet

    @pytest.mark.parametrize(("at", "quiet"), [("12:59", False), ("13:00", True), ("14:00", False)])
    def test_within_a_day(self, at: str, quiet: bool) -> None:
        assert in_quiet(daily(quiet=(Quiet(time(13), time(14)),)), on(at)) is quiet

    def test_from_midnight_to_midnight_are_the_whole_day(self) -> None:
        schedule = daily("12:00", quiet=(Quiet(time(0), time(0)),))
        assert in_quiet(schedule, on("12:00"))
        assert due(row(1), row(2, timing="now"), by=schedule) == [None, None]

    def test_end_where_the_last_of_several_ends(self) -> None:
        schedule = daily(quiet=(NIGHT, Quiet(time(6), time(8)), Quiet(time(8), time(8, 30))))
        assert quiet_end(schedule, on("23:00")) == on("08:30") + DAY

    def test_have_their_end_at_once_outside_of_them(self) -> None:
        assert quiet_end(daily(quiet=(NIGHT,)), on("12:00")) == on("12:00")

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            ("2026-03-29T00:30+00:00", "2026-03-29T01:00+00:00"),
            ("2026-10-25T00:15+00:00", "2026-10-25T00:30+00:00"),
            ("2026-10-25T01:15+00:00", "2026-10-25T01:30+00:00"),
        ],
        ids=["the end falls into the gap", "first of two ends", "second of two ends"],
    )
    def test_end_soon_when_the_clock_changes(self, at: str, expected: str) -> None:
        schedule = daily(zone="Europe/Paris", quiet=(Quiet(time(0), time(2, 30)),))
        assert quiet_end(schedule, datetime.fromisoformat(at)) == datetime.fromisoformat(expected)


class TestCounting:
    def test_the_places_of_a_week_are_averaged(self) -> None:
        weekdays = Schedule("s", slots=((time(8), time(12), time(23)),) * 5 + ((),) * 2, quiet=(NIGHT,))
        assert places_per_day(weekdays) == pytest.approx(10 / 7)

    def test_a_cap_counts_by_the_day(self) -> None:
        uneven = Schedule("s", slots=((time(8), time(9), time(10)), (time(8),)) + ((),) * 5, max_per_day=2)
        assert places_per_day(uneven) == pytest.approx(3 / 7)

    def test_cron_and_days_of_the_month_count(self) -> None:
        cron = parse_cadence(None, "0 8,9 * * mon-fri", "UTC")
        assert places_per_day(Schedule("s", cron=cron)) == pytest.approx(10 / 7)
        monthly = Schedule("s", ordinals=(Ordinal(LAST, 5, (time(9),)),))
        assert places_per_day(monthly) == pytest.approx(12 / 364)

    def test_those_of_cron_and_of_days_of_the_month_are_named(self) -> None:
        cron = parse_cadence(None, "0 5,9 * * *", "Africa/Kigali")
        first = Ordinal(1, 0, (time(23),))
        schedule = Schedule("s", "Africa/Kigali", ordinals=(first,), cron=cron, quiet=(NIGHT,))
        assert dropped_slots(schedule) == (("first-mon", time(23)), ("cron", time(5)))

    def test_slots_in_quiet_hours_are_named(self) -> None:
        schedule = Schedule("s", slots=((time(5), time(8)),) + ((),) * 6, quiet=(NIGHT,))
        assert dropped_slots(schedule) == (("mon", time(5)),)


class TestSlots:
    def test_are_given_in_order_to_the_newest_first(self) -> None:
        assert due(row(1), row(2), by=daily("08:00", "12:00")) == [on("12:00"), on("08:00")]

    def test_are_given_to_the_oldest_first_where_asked(self) -> None:
        assert due(row(1), row(2), by=daily("08:00", "12:00", pick="oldest")) == [on("08:00"), on("12:00")]

    def test_go_by_priority_before_age(self) -> None:
        assert due(row(1, priority=1), row(2), by=daily("08:00", "12:00")) == [on("08:00"), on("12:00")]

    def test_go_by_id_at_last(self) -> None:
        rows = row(2, published_at=MONDAY), row(1, published_at=MONDAY)
        assert due(*rows, by=daily("08:00", "12:00")) == [on("12:00"), on("08:00")]

    def test_wait_for_no_row_that_is_not_ready(self) -> None:
        rows = row(1), row(2, ready_at=on("08:01"))
        assert due(*rows, by=daily("08:00", "12:00")) == [on("08:00"), on("12:00")]

    def test_are_not_given_to_what_has_expired(self) -> None:
        rows = row(1, expires_at=on("12:01")), row(2, expires_at=on("12:00")), row(3)
        assert due(*rows, by=daily("08:00", "12:00")) == [on("12:00"), None, on("08:00")]

    def test_are_used_once(self) -> None:
        history = History(slots=frozenset({on("08:00")}))
        assert due(row(1), by=daily("08:00", "12:00"), history=history) == [on("12:00")]

    def test_are_named_in_the_place(self) -> None:
        assert project([row(7)], {}, daily("08:00"), NEVER, MONDAY) == (Place(7, on("08:00"), on("08:00")),)

    def test_do_not_lie_beyond_the_horizon(self) -> None:
        assert project([row(7)], {}, daily("08:00"), NEVER, MONDAY, 7 * HOUR) == (Place(7, None),)

    def test_keep_the_gap_to_what_was_sent(self) -> None:
        schedule = daily("08:00", "08:10", "08:20", min_gap=20 * MINUTE)
        assert due(row(1), by=schedule, history=History((on("07:55"),))) == [on("08:20")]

    def test_keep_the_gap_to_what_is_pinned_later(self) -> None:
        rows = row(1), row(2, pinned_at=on("08:15"))
        schedule = daily("08:00", "12:00", min_gap=20 * MINUTE)
        assert due(*rows, by=schedule) == [on("12:00"), on("08:15")]

    def test_keep_the_cap_of_the_local_day(self) -> None:
        schedule = daily("23:00", zone="Africa/Kigali", max_per_day=1)
        sent = History((on("22:30"),))  # 00:30 of Tuesday in Kigali
        assert due(row(1), row(2), by=schedule, history=sent) == [on("21:00") + 2 * DAY, on("21:00")]

    def test_survive_a_late_tick(self) -> None:
        place = project([row(1)], {}, daily("08:00"), NEVER, on("08:14"))
        assert place == (Place(1, on("08:14"), on("08:00")),)

    def test_are_lost_when_the_tick_comes_much_too_late(self) -> None:
        assert due(row(1), by=daily("08:00"), now=on("08:16")) == [on("08:00") + DAY]

    def test_are_not_made_up_for_in_quiet_hours(self) -> None:
        assert due(row(1), by=daily("21:59", quiet=(NIGHT,)), now=on("22:01")) == [on("21:59") + DAY]

    def test_of_two_schedules_at_one_instant_are_one(self) -> None:
        both = {"paris": daily("13:00", zone="Europe/Paris"), "london": daily("12:00", zone="Europe/London")}
        rows = row(1, schedule="paris"), row(2, schedule="london")
        assert [place.due_at for place in project(rows, both, daily(), NEVER, MONDAY)] == [
            on("12:00") + DAY,
            on("12:00"),
        ]

    def test_of_two_schedules_are_told_apart(self) -> None:
        both = {"early": daily("06:00"), "late": daily("20:00")}
        rows = row(1, schedule="early"), row(2, schedule="late"), row(3, schedule="gone")
        places = project(rows, both, daily("12:00"), NEVER, MONDAY)
        assert [place.due_at for place in places] == [on("06:00"), on("20:00"), on("12:00")]


class TestSources:
    """A source that publishes much does not take every slot."""

    def test_take_turns_at_slots(self) -> None:
        loud = [row(n, source="loud") for n in range(10, 20)]
        quiet = row(1, source="quiet")
        places = due(*loud, quiet, by=daily("08:00", "12:00", "18:00"))
        assert places[-1] == on("12:00")
        assert places[9] == on("08:00")

    def test_have_their_turn_after_who_was_served_last(self) -> None:
        rows = row(2, source="loud"), row(1, source="quiet")
        history = History(served={"loud": on("06:00"), "quiet": on("05:00")})
        assert due(*rows, by=daily("08:00", "12:00"), history=history) == [on("12:00"), on("08:00")]

    def test_take_turns_where_the_gap_holds_them_up(self) -> None:
        loud = [row(n, source="loud", timing="now") for n in range(10, 15)]
        quiet = row(1, source="quiet", timing="now")
        assert due(*loud, quiet, by=daily(min_gap=HOUR))[-1] == MONDAY + HOUR

    def test_come_after_priority(self) -> None:
        rows = row(3, source="a", priority=1), row(2, source="a", priority=1), row(1, source="b")
        assert due(*rows, by=daily("08:00", "12:00")) == [on("08:00"), on("12:00"), on("08:00") + DAY]

    def test_give_their_newest_each(self) -> None:
        rows = row(1, source="a"), row(2, source="a"), row(3, source="b"), row(4, source="b")
        hours = [at.hour for at in due(*rows, by=daily("08:00", "09:00", "10:00", "11:00"))]  # type: ignore[attr-defined]
        assert hours == [11, 9, 10, 8]


class TestBlackouts:
    DAY_OFF = ((MONDAY + DAY, MONDAY + 2 * DAY),)

    def test_have_no_slot_inside(self) -> None:
        rows = row(1, closed=self.DAY_OFF), row(2, closed=self.DAY_OFF)
        assert due(*rows, by=daily("08:00"), now=on("07:00")) == [on("08:00") + 2 * DAY, on("08:00")]

    def test_stand_against_those_they_are_for_alone(self) -> None:
        rows = row(1), row(2, closed=self.DAY_OFF)
        assert due(*rows, by=daily("08:00"), now=on("09:00")) == [on("08:00") + DAY, on("08:00") + 2 * DAY]

    def test_hold_up_what_is_urgent_or_pinned(self) -> None:
        rows = (
            row(1, urgent=True, closed=self.DAY_OFF),
            row(2, pinned_at=on("12:00") + DAY, closed=self.DAY_OFF),
        )
        assert due(*rows, by=daily(), now=on("10:00") + DAY) == [MONDAY + 2 * DAY] * 2

    def test_end_without_a_flood(self) -> None:
        rows = [row(n, timing="now", closed=self.DAY_OFF, ready_at=on("09:00") + DAY) for n in range(4)]
        opened = MONDAY + 2 * DAY
        places = due(*rows, by=daily(), now=on("10:00") + DAY)
        assert places == [opened + n * 15 * MINUTE for n in (3, 2, 1, 0)]

    def test_hold_up_nothing_that_comes_after_them(self) -> None:
        opened = MONDAY + 2 * DAY
        old = [row(n, timing="now", closed=self.DAY_OFF) for n in range(3)]
        fresh = row(9, timing="now", closed=self.DAY_OFF, ready_at=opened + MINUTE)
        now = opened + MINUTE
        assert due(*old, fresh, by=daily(), now=now, history=History((opened,)))[-1] == now

    def test_let_what_expires_meanwhile_go_without(self) -> None:
        expiring = row(1, timing="now", closed=self.DAY_OFF, expires_at=on("12:00") + DAY)
        assert due(expiring, by=daily(), now=on("10:00") + DAY) == [None]


class TestJitter:
    def test_is_the_rows_own_and_within_its_bounds(self) -> None:
        schedule = daily(*(f"{hour:02}:00" for hour in range(24)), jitter=3 * MINUTE)
        places = project([row(n) for n in range(100)], {}, schedule, NEVER, MONDAY)
        offsets = [place.due_at - place.slot for place in places if place.due_at and place.slot]
        assert (len(offsets), min(offsets) >= timedelta(0), max(offsets) <= 3 * MINUTE) == (100, True, True)
        assert len(set(offsets)) > 50

    def test_keeps_a_place_until_its_own_time_though_the_slot_has_passed(self) -> None:
        schedule = daily("08:00", jitter=40 * MINUTE)
        before = project([row(1)], {}, schedule, NEVER, MONDAY)
        assert before[0].due_at == on("08:19:28")
        assert project([row(1)], {}, schedule, NEVER, on("08:15")) == before

    def test_loses_a_place_whose_own_time_has_passed(self) -> None:
        places = project([row(1)], {}, daily("08:00", jitter=40 * MINUTE), NEVER, on("08:35"))
        assert [place.slot for place in places] == [on("08:00") + DAY]

    def test_never_costs_the_next_slot(self) -> None:
        schedule = daily("08:00", "08:20", "08:40", min_gap=20 * MINUTE, jitter=3 * MINUTE)
        places = project([row(n) for n in range(3)], {}, schedule, NEVER, MONDAY)
        assert {place.slot for place in places} == {on("08:00"), on("08:20"), on("08:40")}

    def test_never_leads_past_the_expiry(self) -> None:
        rows = [row(n, expires_at=on("08:00:01") + n * DAY) for n in range(10)]
        assert None not in due(*rows, by=daily("08:00", jitter=HOUR, pick="oldest"))

    def test_never_leads_into_quiet_hours(self) -> None:
        schedule = daily("21:59", quiet=(NIGHT,), jitter=HOUR)
        places = project([row(n) for n in range(10)], {}, schedule, NEVER, MONDAY)
        assert not [place for place in places if place.due_at is None or in_quiet(schedule, place.due_at)]


class TestAtOnce:
    def test_goes_now(self) -> None:
        assert due(row(1, timing="now"), by=daily(), now=on("09:00")) == [on("09:00")]

    def test_goes_when_ready(self) -> None:
        assert due(row(1, timing="now", ready_at=on("09:30")), by=daily(), now=on("09:00")) == [on("09:30")]

    def test_waits_for_the_end_of_quiet_hours(self) -> None:
        assert due(row(1, timing="now"), by=daily(quiet=(NIGHT,)), now=on("23:00")) == [on("06:30") + DAY]

    def test_keeps_the_gap_and_goes_newest_first(self) -> None:
        rows = row(1, timing="now"), row(2, timing="now")
        assert due(*rows, by=daily(min_gap=HOUR), now=on("09:00")) == [on("10:00"), on("09:00")]

    def test_goes_on_the_morrow_where_the_day_is_full(self) -> None:
        rows = row(1, timing="now"), row(2, timing="now")
        assert due(*rows, by=daily(max_per_day=1), now=on("09:00")) == [MONDAY + DAY, on("09:00")]

    def test_gets_no_place_after_its_expiry(self) -> None:
        rows = row(1, timing="now", expires_at=on("10:00")), row(2, timing="now")
        assert due(*rows, by=daily(min_gap=HOUR), now=on("09:00")) == [None, on("09:00")]

    def test_goes_between_slots_and_keeps_the_gap_to_them(self) -> None:
        rows = row(1), row(2, timing="now", ready_at=on("07:30")), row(3, timing="now", ready_at=on("07:31"))
        assert due(*rows, by=daily("08:00", min_gap=20 * MINUTE)) == [
            on("08:00") + DAY,
            on("07:30"),
            on("07:50"),
        ]


class TestUrgent:
    def test_goes_past_quiet_hours_gap_and_cap(self) -> None:
        schedule = daily("08:00", quiet=(NIGHT,), min_gap=HOUR, max_per_day=1)
        rows = row(1, urgent=True), row(2, urgent=True)
        assert due(*rows, by=schedule, now=on("23:00"), history=History((on("22:59"),))) == [on("23:00")] * 2

    def test_waits_until_it_is_ready(self) -> None:
        assert due(row(1, urgent=True, ready_at=on("09:00")), by=daily()) == [on("09:00")]

    def test_counts_towards_the_gap_of_the_others(self) -> None:
        rows = row(1, urgent=True), row(2, timing="now")
        assert due(*rows, by=daily(min_gap=HOUR), now=on("09:00")) == [on("09:00"), on("10:00")]

    def test_gets_no_place_after_its_expiry(self) -> None:
        assert due(row(1, urgent=True, expires_at=on("09:00")), by=daily(), now=on("09:00")) == [None]


class TestPinned:
    def test_keeps_its_time_whatever_the_rules_say(self) -> None:
        schedule = daily(quiet=(NIGHT,), min_gap=HOUR, max_per_day=1)
        rows = row(1, pinned_at=on("23:00")), row(2, pinned_at=on("23:01"), expires_at=on("01:00"))
        assert project(rows, {}, schedule, NEVER, MONDAY) == (Place(1, on("23:00")), Place(2, on("23:01")))

    def test_takes_the_slot_that_it_stands_on(self) -> None:
        rows = row(1, pinned_at=on("08:00")), row(2), row(3, pinned_at=on("08:00"))
        assert project(rows, {}, daily("08:00"), NEVER, MONDAY) == (
            Place(1, on("08:00"), on("08:00")),
            Place(2, on("08:00") + DAY, on("08:00") + DAY),
            Place(3, on("08:00")),
        )

    def test_counts_towards_the_cap_of_the_others(self) -> None:
        rows = row(1, pinned_at=on("23:00")), row(2)
        assert due(*rows, by=daily("08:00", max_per_day=1)) == [on("23:00"), on("08:00") + DAY]


MINUTES = st.integers(0, 3 * 24 * 60).map(lambda n: MONDAY + n * MINUTE)
WALLS = st.integers(0, 95).map(lambda n: time(*divmod(n * 15, 60)))
SCHEDULES = st.builds(
    Schedule,
    name=st.just("s"),
    zone=st.sampled_from(["UTC", "Africa/Kigali", "America/New_York"]),
    slots=st.tuples(*[st.sets(WALLS, max_size=6).map(lambda ws: tuple(sorted(ws)))] * 7),
    quiet=st.lists(st.builds(Quiet, WALLS, WALLS), max_size=2).map(tuple),
    pick=st.sampled_from(["newest", "oldest"]),
    min_gap=st.sampled_from([timedelta(0), 20 * MINUTE, 3 * HOUR]),
    max_per_day=st.integers(0, 3),
    jitter=st.sampled_from([timedelta(0), 3 * MINUTE, 30 * MINUTE]),
)
ROWS = st.lists(
    st.builds(
        Waiting,
        id=st.integers(1, 10**6),
        published_at=MINUTES,
        ready_at=MINUTES,
        expires_at=st.none() | MINUTES,
        schedule=st.sampled_from(["a", "b"]),
        timing=st.sampled_from(["slot", "slot", "now"]),
        urgent=st.sampled_from([False, False, False, True]),
        priority=st.integers(0, 1),
        pinned_at=st.sampled_from([None, None, None, MONDAY + 26 * HOUR]),
    ),
    max_size=12,
    unique_by=lambda each: each.id,
)
HISTORIES = st.builds(History, st.lists(MINUTES, max_size=3).map(tuple), st.frozensets(MINUTES, max_size=3))


def ruled(rows: list[Waiting], places: tuple[Place, ...]) -> list[tuple[Waiting, datetime, datetime | None]]:
    """The rows that the rules bind and that have a place: (row, due, slot)."""
    pairs = zip(rows, places, strict=True)
    return [(r, p.due_at, p.slot) for r, p in pairs if p.due_at and not (r.urgent or r.pinned_at)]


@settings(deadline=None, max_examples=60)
@given(rows=ROWS, a=SCHEDULES, b=SCHEDULES, history=HISTORIES, now=MINUTES)
def test_whatever_comes_no_rule_is_broken(
    rows: list[Waiting], a: Schedule, b: Schedule, history: History, now: datetime
) -> None:
    by: Mapping[str, Schedule] = {"a": a, "b": b}
    places = project(rows, by, a, history, now)
    bound = ruled(rows, places)
    taken = [p.due_at for p in places if p.due_at] + list(history.sent_at)
    used = [slot for *_, slot in bound if slot]

    def slots_of(s: Schedule, around: datetime) -> set[datetime]:
        return set(slot_times(s, around - DAY, around + DAY))

    assert [place.id for place in places] == [each.id for each in rows]
    assert len(set(used)) == len(used)
    assert not set(used) & history.slots
    assert all(at >= now and at >= r.ready_at for r, at, _ in bound)
    assert all(r.expires_at is None or at < r.expires_at for r, at, _ in bound)
    assert not [at for r, at, _ in bound if in_quiet(by[r.schedule], at)]
    assert all((slot is not None) == (r.timing == "slot") for r, _, slot in bound)
    assert all(slot in slots_of(by[r.schedule], slot) for r, _, slot in bound if slot)
    assert all(slot <= at <= max(slot + by[r.schedule].jitter, now) for r, at, slot in bound if slot)
    assert all(r.ready_at <= slot for r, _, slot in bound if slot)
    others = [t for t in taken if t not in {at for _, at, _ in bound}]
    assert all(abs(at - t) >= by[r.schedule].min_gap for r, at, _ in bound for t in others)
    widest = max(a.min_gap, b.min_gap) if a.min_gap == b.min_gap else timedelta(0)
    assert all(later - at >= widest for at, later in pairwise(sorted(at for _, at, _ in bound)))


@settings(deadline=None, max_examples=60)
@given(rows=ROWS, schedule=SCHEDULES, history=HISTORIES, now=MINUTES)
def test_no_local_day_has_more_sends_than_its_cap(
    rows: list[Waiting], schedule: Schedule, history: History, now: datetime
) -> None:
    zone = ZoneInfo(schedule.zone)
    places = project(rows, {}, schedule, history, now)
    free = [at for _, at, _ in ruled(rows, places)]
    days = Counter(at.astimezone(zone).date() for at in free)
    fixed = [place.due_at for place in places if place.due_at] + list(history.sent_at)
    all_days = Counter(at.astimezone(zone).date() for at in fixed)
    over = [day for day in days if schedule.max_per_day and all_days[day] > schedule.max_per_day]
    assert not over


@settings(deadline=None, max_examples=40)
@given(rows=ROWS, a=SCHEDULES, b=SCHEDULES, history=HISTORIES, now=MINUTES)
def test_projecting_again_in_any_order_gives_the_same(
    rows: list[Waiting], a: Schedule, b: Schedule, history: History, now: datetime
) -> None:
    by = {"a": a, "b": b}
    first = project(rows, by, a, history, now)
    again = project(rows[::-1], by, a, history, now)
    assert first == again[::-1] == project(rows, by, a, history, now)


def test_of_two_moved_to_one_slot_the_elder_has_it_in_any_order() -> None:
    both = [row(1, pinned_at=on("08:00")), row(2, pinned_at=on("08:00"))]
    for rows in (both, both[::-1]):
        slots = {place.id: place.slot for place in project(rows, {}, daily("08:00"), NEVER, MONDAY)}
        assert slots == {1: on("08:00"), 2: None}


def calendar_by_hand(
    rows: list[Waiting], schedule: Schedule, history: History, now: datetime
) -> dict[int, datetime]:
    """Another reading of the rules: minute by minute through three days, for slots without jitter."""
    zone, left, sent = ZoneInfo(schedule.zone), list(rows), list(history.sent_at)
    out: dict[int, datetime] = {}
    at = now - 15 * MINUTE
    while at < now + 3 * DAY:
        local, real = at.astimezone(zone), max(at, now)
        spoken = real.astimezone(zone)
        asleep = any(
            q.start <= wall < q.end or (q.start >= q.end and not q.end <= wall < q.start)
            for q in schedule.quiet
            for wall in (local.time(), spoken.time())
        )
        today = [t for t in sent if t.astimezone(zone).date() == spoken.date()]
        near = [t for t in sent if abs(t - real) < schedule.min_gap]
        full = schedule.max_per_day and len(today) >= schedule.max_per_day
        is_slot = local.time() in schedule.slots[local.weekday()] and at not in history.slots
        if is_slot and not (asleep or near or full):
            able = [r for r in left if r.ready_at <= at and (r.expires_at is None or real < r.expires_at)]
            newest = schedule.pick == "newest"
            able.sort(key=lambda r: r.id)
            able.sort(key=lambda r: r.published_at, reverse=newest)
            able.sort(key=lambda r: r.priority, reverse=True)
            for best in able[:1]:
                left.remove(best)
                sent.append(real)
                out[best.id] = real
        at += MINUTE
    return out


@settings(deadline=None, max_examples=40)
@given(
    rows=st.lists(
        st.builds(
            Waiting,
            id=st.integers(1, 99),
            published_at=MINUTES,
            ready_at=MINUTES,
            expires_at=st.none() | MINUTES,
            timing=st.just("slot"),
            priority=st.integers(0, 1),
        ),
        max_size=10,
        unique_by=lambda each: each.id,
    ),
    schedule=SCHEDULES.map(lambda s: replace(s, jitter=timedelta(0))),
    history=HISTORIES,
    now=MINUTES,
)
def test_a_calendar_kept_by_hand_says_the_same(
    rows: list[Waiting], schedule: Schedule, history: History, now: datetime
) -> None:
    places = project(rows, {}, schedule, history, now, 3 * DAY)
    ours = {place.id: place.due_at for place in places if place.due_at}
    assert ours == calendar_by_hand(rows, schedule, history, now)


@pytest.mark.parametrize("timing", ["slot", "now"])
def test_a_thousand_rows_take_well_under_a_tenth_of_a_second(timing: str) -> None:
    every = Quiet(time(22), time(6))
    busy = daily(
        *(f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(0, 60, 10)),
        zone="Europe/Paris",
        quiet=(every,),
        min_gap=10 * MINUTE,
        max_per_day=60,
    )
    rows = [row(n, timing=timing, ready_at=MONDAY + n * MINUTE) for n in range(1000)]
    took = []
    places: tuple[Place, ...] = ()
    for _ in range(3):
        start = perf_counter()
        places = project(rows, {}, busy, NEVER, MONDAY)
        took.append(perf_counter() - start)
    assert sum(place.due_at is not None for place in places) == 14 * 60
    assert min(took) < 0.1
