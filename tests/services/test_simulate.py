"""A simulation runs the real services; its weeks are held against a calendar reckoned here."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.article import Article
from bot.domain.blackout import Blackout
from bot.domain.routing import Match, Route
from bot.domain.schedule import Quiet, Schedule
from bot.ports.newsroom import Newsroom
from bot.ports.store import Store
from bot.services.history import Arrival
from bot.services.simulate import simulate
from bot.services.summary import summary_text
from bot.storage.store import scratch_store
from tests.fakes.newsroom import account, newsroom
from tests.fakes.platform import FakePlatform

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 11, 2, tzinfo=UTC)
THREE = ((time(8), time(12, 30), time(17, 45)),) * 7


def room(schedule: Schedule, **route: Any) -> Newsroom:
    values: dict[str, Any] = {"timing": "slot", "schedule": "day"} | route
    wired = Route("everything", ("site",), ("fedi",), **values)
    return newsroom([account("fedi", FakePlatform())], [wired], schedules={"day": schedule})


def arrival(number: int, at: datetime, source: str = "site") -> Arrival:
    url = f"https://news.example/{number}/"
    article = Article(0, source, url, f"Article {number}", at, at, published_at=at - 2 * MINUTE)
    return Arrival(at, article, (source,))


def a_day(start: datetime, days: int, each: int = 25) -> list[Arrival]:
    """`each` articles a day, from 05:00 to 21:00."""
    step = 16 * HOUR / each
    return [
        arrival(day * each + n, start + day * DAY + 5 * HOUR + n * step)
        for day in range(days)
        for n in range(each)
    ]


def out(document: dict[str, Any]) -> list[datetime]:
    return [
        datetime.fromisoformat(share["at"]) for share in document["shares"] if share["state"] == "published"
    ]


@pytest.fixture(scope="module")
def played() -> tuple[Store, dict[str, Any]]:
    """Ten days of 25 articles, and the database they were played in."""
    scratch = scratch_store()
    articles = a_day(START, 10)
    return scratch, simulate(scratch, room(Schedule("day", slots=THREE)), articles, START, START + 10 * DAY)


@pytest.fixture
def document(played: tuple[Store, dict[str, Any]]) -> dict[str, Any]:
    return played[1]


class TestCrowding:
    """25 articles a day meet three slots."""

    def test_three_a_day_go_out(self, document: dict[str, Any]) -> None:
        days = [at.date() for at in out(document)]
        assert [days.count((START + n * DAY).date()) for n in range(10)] == [3] * 10

    def test_they_are_fresh(self, document: dict[str, Any]) -> None:
        ages = [
            (datetime.fromisoformat(share["at"]) - datetime.fromisoformat(share["published_at"])) / HOUR
            for share in document["shares"]
            if share["state"] == "published"
        ]
        assert median(ages) < 1
        assert document["accounts"]["fedi"]["median_age_minutes"] < 60

    def test_the_rest_had_no_room(self, document: dict[str, Any]) -> None:
        fedi = document["accounts"]["fedi"]
        not_out = fedi["not_published"]
        assert (fedi["articles"], fedi["published"], set(not_out)) == (
            250,
            30,
            {"queued", "skipped: no_room"},
        )
        assert sum(not_out.values()) == 220
        assert not_out["queued"] <= 2 * 25

    def test_nobody_is_woken_for_each_and_the_summary_tells(
        self, played: tuple[Store, dict[str, Any]]
    ) -> None:
        with played[0].read() as tx:
            assert tx.alerts.open() == []
            text = summary_text(tx, room(Schedule("day", slots=THREE)), START + 10 * DAY)
        assert "skipped (no_room)" in text
        assert "fedi: 3 published" in text


def reckoned(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """Every minute of the week whose local time is a slot, the first time that it comes; no part of ours."""
    zone, found = ZoneInfo(schedule.zone), []
    seen: set[tuple[date, time]] = set()
    at = start
    while at < end:
        local = at.astimezone(zone)
        before = (at - MINUTE).astimezone(zone)
        skipped = local.replace(tzinfo=None) - before.replace(tzinfo=None) - MINUTE
        walls = {local.time()}
        if skipped > timedelta(0):  # spring: what was left out falls on the first minute after
            wall = before.replace(tzinfo=None) + MINUTE
            while wall < local.replace(tzinfo=None):
                walls.add(wall.time())
                wall += MINUTE
        quiet = any(
            (q.start <= local.time() < q.end) if q.start < q.end else not q.end <= local.time() < q.start
            for q in schedule.quiet
        )
        hits = {(local.date(), wall) for wall in walls & set(schedule.slots[local.weekday()])} - seen
        seen |= hits
        if hits and not quiet:
            found.append(at)
        at += MINUTE
    return found


@pytest.mark.parametrize(
    ("zone", "monday"),
    [
        ("Africa/Kigali", "2026-11-02"),
        ("Europe/Paris", "2026-03-23"),
        ("Europe/Paris", "2026-10-19"),
        ("America/New_York", "2026-03-02"),
        ("America/New_York", "2026-10-26"),
    ],
)
def test_a_week_goes_by_the_calendar(zone: str, monday: str) -> None:
    weekdays = (time(1, 30), time(8), time(17, 45))
    sunday = (time(1, 30), time(2, 15), time(2, 45), time(11))
    schedule = Schedule(
        "day",
        zone=zone,
        slots=(weekdays,) * 5 + ((time(10), time(23)),) + (sunday,),
        quiet=(Quiet(time(22), time(1)),),
    )
    start = datetime.fromisoformat(monday).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    end = start + 8 * DAY
    articles = [arrival(n, start + n * HOUR) for n in range(8 * 24)]
    document = simulate(scratch_store(), room(schedule), articles, start, end)
    expected = reckoned(schedule, start, end)
    assert out(document) == expected
    assert len(expected) > 20


def test_what_is_told_at_once_goes_as_it_comes_and_keeps_the_gap() -> None:
    schedule = Schedule("day", min_gap=30 * MINUTE)
    articles = [arrival(n, START + n * 10 * MINUTE) for n in range(4)]
    document = simulate(scratch_store(), room(schedule, timing="now"), articles, START, START + DAY)
    assert out(document) == [START + n * 30 * MINUTE for n in range(4)]


def test_a_blackout_drops_what_falls_into_it() -> None:
    def second_day(year: int) -> list[Any]:
        return [(START + DAY).date()] if year == START.year else []

    wired = room(Schedule("day", slots=THREE))
    object.__setattr__(wired, "blackouts", (Blackout("off", "UTC", second_day, then="skip"),))
    document = simulate(scratch_store(), wired, a_day(START, 3), START, START + 3 * DAY)
    days = [at.date() for at in out(document)]
    assert [days.count((START + n * DAY).date()) for n in range(3)] == [3, 0, 3]
    assert document["accounts"]["fedi"]["not_published"]["skipped: blackout"] == 22 + 25


def test_what_no_route_takes_is_told_with_its_rule() -> None:
    sport = Match(title_matches="sport")
    wired = room(Schedule("day", slots=THREE), match=sport)
    document = simulate(scratch_store(), wired, [arrival(1, START)], START, START + DAY)
    assert document["shares"] == []
    assert [(each["account"], each["rule"]) for each in document["passed"]] == [("fedi", "no route matched")]


def test_an_article_met_twice_is_one() -> None:
    twice = [arrival(1, START), arrival(1, START + HOUR)]
    document = simulate(scratch_store(), room(Schedule("day", slots=THREE)), twice, START, START + DAY)
    assert (document["articles"], len(out(document))) == (1, 1)


def test_a_month_of_25_articles_a_day_takes_seconds() -> None:
    began = process_time()
    document = simulate(
        scratch_store(), room(Schedule("day", slots=THREE)), a_day(START, 30), START, START + 30 * DAY
    )
    assert process_time() - began < 15
    assert document["accounts"]["fedi"]["published"] == 90
