"""Repeats and evergreen on both databases: each time once, by whichever worker comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.cadence import parse_cadence
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.errors import Rejected
from bot.domain.evergreen import Evergreen
from bot.domain.routing import Match, Repeat, Route
from bot.domain.schedule import Quiet, Schedule
from bot.ports.records import Pause
from bot.ports.store import Tx
from bot.services.apply import apply
from bot.services.evergreen import shortlists, why_not
from bot.services.plan import plan
from bot.services.review import pause, resume
from bot.services.rhythm import Rhythm
from bot.services.withdraw import withdraw
from bot.storage.store import SqlStore
from tests.fakes.newsroom import NOON, Desk, account, entry, feed, newsroom
from tests.fakes.platform import FakePlatform
from tests.storage.desk import at_once

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ELEVEN = Schedule("classics", "UTC", ((time(11),),) * 7)
CLASSICS = Evergreen("classics", ("site",), ("fedi",), ELEVEN, min_age=90 * DAY, cooldown=30 * DAY)


class Years(Desk):
    """A desk with articles of years ago, and rules with times of their own."""

    rhythm: Rhythm
    platform: FakePlatform

    def past(self, *numbers: int, **more: object) -> None:
        self.poll(*(entry(n, published_at=NOON - (400 + n) * DAY, **more) for n in numbers))

    def rows(self) -> list[Delivery]:
        with self.store.read() as tx:
            return sorted(tx.outbox.list(), key=lambda row: row.id)

    def tick(self, store: SqlStore | None = None, worker: str = "w2") -> list[int]:
        rhythm = Rhythm(store, worker) if store else self.rhythm
        return rhythm.keep(self.newsroom, self.clock.now())

    def walk(self, until: datetime, step: timedelta = timedelta(minutes=15)) -> None:
        """Let time pass: rules run, ages end, what is due goes out."""
        while self.clock.now() < until:
            self.clock.forward(step)
            self.tick()
            with self.store.write() as tx:
                tx.outbox.expire(self.clock.now())
            self.send_all()

    def rule(self, **more: object) -> None:
        """The first rule, otherwise."""
        first, *rest = self.newsroom.evergreen
        self.newsroom = replace(self.newsroom, evergreen=(replace(first, **more), *rest))  # type: ignore[arg-type]
        self.rhythm = Rhythm(self.store, "w1")


@pytest.fixture
def years(store: SqlStore) -> Years:
    platform = FakePlatform()
    route = Route("all", ("site",), ("fedi",))
    room = newsroom([account("fedi", platform)], [route], sources=[feed("site", enrich=False)])
    wired = replace(room, evergreen=(CLASSICS,))
    desk = Years(store, wired, worker="w1")
    platform.now = desk.clock.now
    desk.platform, desk.rhythm = platform, Rhythm(store, "w1")
    desk.tick()  # the rule is met
    return desk


def test_old_articles_come_back_one_a_time_the_oldest_first(years: Years) -> None:
    years.past(1, 2, 3)
    assert years.rows() == []
    years.walk(NOON + 3 * DAY)
    assert [(each.text, each.at) for each in years.platform.sent] == [
        (f"evergreen: Article {n} https://news.example/{n}/", NOON.replace(hour=11) + days * DAY)
        for n, days in ((3, 1), (2, 2), (1, 3))
    ]
    assert {(row.occasion, row.route, row.rule) for row in years.rows()} == {
        ("evergreen:1", "classics", "evergreen classics")
    }


def test_two_workers_at_the_same_minute_make_it_once(
    years: Years, open_another: Callable[[], SqlStore]
) -> None:
    years.past(1, 2, 3)
    years.clock.forward(23 * HOUR)
    others = [open_another() for _ in range(3)]
    at_once([partial(years.tick, store, f"w{n}") for n, store in enumerate(others)])
    assert len(years.rows()) == 1


def test_a_crash_before_the_rows_leaves_the_time_to_be_kept(
    years: Years, monkeypatch: pytest.MonkeyPatch
) -> None:
    years.past(1)
    years.clock.forward(23 * HOUR)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("bot.services.rhythm.place_all", crash)
        with pytest.raises(KeyboardInterrupt):
            years.tick()
    assert years.rows() == []
    assert len(years.tick()) == 1


@pytest.mark.parametrize(("late", "made"), [(2 * HOUR, 1), (12 * HOUR, 1), (13 * HOUR, 0)])
def test_after_a_deploy_the_newest_time_is_kept_once_if_it_is_not_long_past(
    years: Years, late: timedelta, made: int
) -> None:
    years.past(1, 2, 3)
    years.clock.forward(6 * DAY - HOUR + late)
    years.rhythm = Rhythm(years.store, "another process")
    assert len(years.tick()) == made
    assert years.tick() == []


def test_a_rule_that_is_new_does_nothing_for_times_before_it(years: Years) -> None:
    years.past(1)
    years.newsroom = replace(
        years.newsroom, evergreen=(replace(CLASSICS, name="newer", when=replace(ELEVEN, name="newer")),)
    )
    assert years.tick() == []
    years.rhythm = Rhythm(years.store, "w1")
    assert years.tick() == []
    years.clock.forward(23 * HOUR)
    assert len(years.tick()) == 1


@pytest.mark.parametrize(
    "what", ["withdrawn", "excluded", "skip", "live", "young", "unmatched", "paused", "ended"]
)
def test_what_may_not_be_brought_back_is_not(years: Years, what: str) -> None:
    years.past(1, **({"skip": "an obituary"} if what == "skip" else {}))
    with years.store.read() as tx:
        article = tx.articles.latest(1)[0]
    if what == "withdrawn":
        with years.store.write() as tx:
            tx.articles.withdraw(article.id, NOON)
    if what == "excluded":
        feed = replace(years.newsroom.sources["site"], exclude=Match(title_matches="Article"))
        years.newsroom = replace(years.newsroom, sources={"site": feed})
    if what == "live":
        years.rule(cooldown=timedelta(0))
        years.clock.forward(23 * HOUR)
        assert len(years.tick()) == 1  # it waits, unsent
        years.clock.forward(DAY - HOUR)
    if what == "young":
        years.rule(min_age=500 * DAY)
    if what == "unmatched":
        years.rule(match=Match(categories_any=("History",)))
    if what == "paused":
        with years.store.write() as tx:
            tx.accounts.pause(Pause("route:classics", NOON, None, "", "person"))
    if what == "ended":
        years.rule(until=NOON)
    before = len(years.rows())
    years.clock.forward(23 * HOUR)
    years.tick()
    assert len(years.rows()) == before


def test_cooldown_and_cap_hold_over_the_years_and_turns_are_taken(years: Years) -> None:
    years.past(1, 2, 3)
    years.rule(cooldown=20 * DAY, max_shares=3)
    years.walk(NOON + 120 * DAY, step=HOUR)
    told = [each.text.split()[2] for each in years.platform.sent]
    assert Counter(told) == {"1": 3, "2": 3, "3": 3}
    assert told == ["3", "2", "1"] * 3
    for n in "123":
        times = [each.at for each in years.platform.sent if each.text.split()[2] == n]
        assert all(b - a >= 20 * DAY for a, b in pairwise(times))


def test_what_was_shared_as_news_rests_from_then_on(years: Years) -> None:
    years.seed()
    years.poll(entry(1))
    years.send_all()
    years.rule(min_age=timedelta(0), cooldown=10 * DAY)
    years.walk(NOON + 12 * DAY, step=HOUR)
    assert [(each.text.split(":")[0], each.at - NOON) for each in years.platform.sent] == [
        ("Article 1 https", timedelta(0)),
        ("evergreen", 10 * DAY + 23 * HOUR),
    ]


def test_on_x_no_words_come_twice_and_the_rule_goes_on_to_others(years: Years) -> None:
    wired = replace(years.newsroom.accounts["fedi"], platform="x")
    years.newsroom = replace(years.newsroom, accounts={"fedi": wired})
    years.past(1, 2)
    years.rule(cooldown=DAY, max_shares=0)
    years.walk(NOON + 5 * DAY, step=HOUR)
    assert [each.text.split()[2] for each in years.platform.sent] == ["2", "1"]
    states = Counter((row.state, row.reason) for row in years.rows())
    assert states[State.SKIPPED, Reason.DUPLICATE] == 3


def test_what_a_person_skipped_or_a_platform_refused_is_not_tried_each_day(years: Years) -> None:
    years.past(1, 2)
    years.platform.before = [Rejected("no")]
    years.walk(NOON + 4 * DAY, step=HOUR)
    first, second = years.rows()
    assert (first.state, second.state) == (State.FAILED, State.PUBLISHED)
    assert first.article != second.article


def test_evergreen_keeps_quiet_hours_gap_and_cap_and_yields_to_news(years: Years) -> None:
    day = Schedule("day", quiet=(Quiet(time(10), time(13)),), min_gap=2 * HOUR, max_per_day=2)
    wired = account("fedi", years.platform, schedule="day")
    years.newsroom = replace(years.newsroom, accounts={"fedi": wired}, schedules={"day": day})
    years.past(1, 2)
    years.seed()
    years.clock.forward(23 * HOUR - timedelta(minutes=5))
    years.tick()
    years.clock.forward(timedelta(minutes=5))
    years.tick()
    years.poll(entry(8, published_at=years.clock.now()), entry(9, published_at=years.clock.now()))
    years.walk(NOON + 2 * DAY - 2 * HOUR)
    assert [(each.text.split(" https")[0], f"{each.at:%d %H:%M}") for each in years.platform.sent] == [
        ("Article 8", "25 13:00"),
        ("Article 9", "25 15:00"),
        ("evergreen: Article 2", "26 00:00"),
    ]


def test_a_withdrawal_ends_what_waits(years: Years) -> None:
    years.past(1)
    years.clock.forward(23 * HOUR)
    years.tick()
    with years.store.read() as tx:
        article = tx.articles.latest(1)[0].id
    withdraw(years.store, years.newsroom, article, NOON, by="desk", why="wrong")
    assert years.send_all() == []
    assert [(row.state, row.reason) for row in years.rows()] == [(State.CANCELLED, Reason.WITHDRAWN)]


def test_weeks_through_a_change_of_clock_with_a_restart_keep_every_time_once(years: Years) -> None:
    zone = "Europe/Brussels"
    years.clock.at = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
    when = parse_cadence(None, "30 2 * * sat,sun", zone)
    years.rule(when=when, cooldown=3 * DAY, max_shares=0)
    years.past(*range(1, 9))
    years.clock.at = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
    with years.store.write() as tx:
        tx.workers.set("since:evergreen:classics", years.clock.now().isoformat())
    for _ in range(3):  # each time a new process
        years.rhythm = Rhythm(years.store, "w1")
        years.walk(years.clock.now() + 6 * DAY + 7 * HOUR, step=timedelta(minutes=30))
    local = [f"{each.at.astimezone(ZoneInfo(zone)):%a %d %H:%M}" for each in years.platform.sent]
    assert local == [
        "Sat 21 02:30",
        "Sun 22 02:30",
        "Sat 28 02:30",
        "Sun 29 03:00",
        "Sat 04 02:30",
        "Sun 05 02:30",
    ]


def test_plan_shows_what_is_to_come_and_writes_nothing(years: Years) -> None:
    years.seed()
    route = replace(years.newsroom.routes[0], repeat=(Repeat(3 * HOUR, "again"),), timing="now")
    years.newsroom = replace(years.newsroom, routes=(route,))
    years.past(1, 2)
    years.poll(entry(9, published_at=NOON))
    shown = plan(years.store, years.newsroom, NOON, 48 * HOUR)
    assert [
        (each["at"], each["occasion"], each["state"], each["tentative"], each["parts"][0]["text"][:9])
        for each in shown
    ] == [
        (NOON.isoformat(), "new", "queued", False, "Article 9"),
        ((NOON + 3 * HOUR).isoformat(), "repeat:1", "planned", True, "again: Ar"),
        ((NOON + 23 * HOUR).isoformat(), "evergreen:1", "planned", True, "evergreen"),
        ((NOON + 47 * HOUR).isoformat(), "evergreen:1", "planned", True, "evergreen"),
    ]
    assert [each["title"] for each in shown[2:]] == ["Article 2", "Article 1"]
    assert [each["delivery"] for each in shown[1:]] == [None] * 3
    assert len(years.rows()) == 1


def test_a_plan_of_a_month_shows_all_that_the_rules_will_make(years: Years) -> None:
    years.seed()
    years.past(*range(1, 41))
    shown = plan(years.store, years.newsroom, NOON, 31 * DAY)
    assert [each["at"] for each in shown] == [
        (NOON.replace(hour=11) + days * DAY).isoformat() for days in range(1, 32)
    ]
    assert len({each["title"] for each in shown}) == 31
    years.walk(NOON + 3 * DAY)
    assert [each.text.split(": ")[1].split(" http")[0] for each in years.platform.sent] == [
        each["title"] for each in shown[:3]
    ]


def test_a_plan_says_what_a_repeat_in_the_same_words_comes_to(years: Years) -> None:
    years.seed()
    route = replace(years.newsroom.routes[0], repeat=(Repeat(3 * HOUR, ""),), timing="now")
    years.newsroom = replace(years.newsroom, routes=(route,))
    years.poll(entry(9, published_at=NOON))
    first, second = plan(years.store, years.newsroom, NOON, 5 * HOUR)
    assert first["error"] == ""
    assert second["error"].startswith(
        f"it would say the same as share {first['delivery']}: give it a template"
    )
    years.send_all()
    years.clock.forward(3 * HOUR)
    years.send_all()
    assert [row.detail for row in years.rows()][1] == second["error"]


def test_first_shares_without_a_repeat_are_found_and_no_others(years: Years) -> None:
    years.seed()
    route = replace(years.newsroom.routes[0], repeat=(Repeat(3 * HOUR, "again"),), timing="now")
    years.poll(entry(8, published_at=NOON))
    years.send_all()
    [first] = [row.idempotency_key for row in years.rows()]
    years.newsroom = replace(years.newsroom, routes=(route,))
    years.poll(entry(9, published_at=NOON))
    years.send_all()
    with years.store.read() as tx:
        found = {since: tx.outbox.unrepeated(["all"], since) for since in (NOON, NOON + HOUR)}
        assert tx.outbox.unrepeated(["other"], NOON) == []
    assert [[row.idempotency_key for row in rows] for rows in found.values()] == [[first], []]


def test_an_article_gone_between_look_and_row_gives_way_to_the_next(
    years: Years, monkeypatch: pytest.MonkeyPatch
) -> None:
    years.past(1, 2, 3)
    years.clock.forward(23 * HOUR)
    look = shortlists

    def withdrawn_meanwhile(tx: Tx, *rest: Any) -> dict[str, list[int]]:
        found = look(tx, *rest)
        with years.store.write() as other:
            other.articles.withdraw(found["fedi"][0], years.clock.now())
        return found

    monkeypatch.setattr("bot.services.rhythm.shortlists", withdrawn_meanwhile)
    [made] = years.tick()
    with years.store.read() as tx:
        row = tx.outbox.get(made)
        assert row
        article = tx.articles.get(row.article)
    assert article
    assert article.title == "Article 2"  # the oldest, 3, is gone


def test_a_rule_keeps_its_memory_through_a_rename(years: Years) -> None:
    years.past(1, 2, 3)
    years.clock.forward(23 * HOUR)
    [made] = years.tick()
    pause(years.store, "route:classics", years.clock.now(), None, "a break")
    years.rule(name="golden", was=("classics",))
    apply(years.store, years.newsroom, years.clock.now())
    assert years.tick() == []  # its time was kept under the other name
    with years.store.read() as tx:
        row = tx.outbox.get(made)
        assert row
        assert (row.state, row.route) == (State.QUEUED, "golden")
        assert [each.scope for each in tx.accounts.pauses(years.clock.now())] == ["route:golden"]
    resume(years.store, years.newsroom, "route:golden", years.clock.now())
    years.clock.forward(26 * HOUR)  # away at its next time, which is made up for
    years.rhythm = Rhythm(years.store, "another process")
    assert len(years.tick()) == 1


def test_explain_says_why_an_article_may_come_back_or_not(years: Years) -> None:
    years.past(1)
    years.rule(max_shares=2)

    def said() -> list[tuple[str, str, str, str]]:
        with years.store.read() as tx:
            article = tx.articles.latest(1)[0]
            found = why_not(tx, years.newsroom, article, years.clock.now())
        return [(each["rule"], each["account"], each["shares"], each["why"]) for each in found]

    assert said() == [("classics", "fedi", "0", "may be brought back")]
    years.clock.forward(23 * HOUR)
    years.tick()
    assert said() == [("classics", "fedi", "1", "not now: a share of it is under way")]
    years.send_all()
    assert said() == [("classics", "fedi", "1", "not now: it rests until 2026-12-25 (cooldown)")]
