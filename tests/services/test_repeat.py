"""Repeats: born with the proof that the first share is out, behind news, never in the same words twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from bot.domain.delivery import Delivery, State
from bot.domain.errors import Ambiguous, Rejected
from bot.domain.routing import Repeat, Route
from bot.domain.schedule import Quiet, Schedule
from bot.ports.newsroom import Account
from bot.services.backfill import backfill
from bot.services.plan import plan
from bot.services.repeat import repeat_missed
from bot.services.review import pause, resolve, resume, retry
from bot.services.settle import settle_next
from bot.services.share import share
from bot.services.withdraw import withdraw
from tests.fakes.newsroom import NOON, Desk, account, entry
from tests.fakes.platform import FakePlatform

HOUR = timedelta(hours=1)
TWICE = (Repeat(3 * HOUR, "again"), Repeat(48 * HOUR, "once_more"))


def route(**more: Any) -> Route:
    return replace(Route("all", ("site",), ("fedi",), repeat=TWICE), **more)


@pytest.fixture
def desk(desk_of: Callable[..., Desk], fedi: Account) -> Desk:
    return desk_of([fedi], [route()])


def rows(desk: Desk) -> dict[str, Delivery]:
    with desk.store.read() as tx:
        found = tx.outbox.list()
    return {row.occasion: row for row in sorted(found, key=lambda row: row.id)}


def taken_back(desk: Desk, article: int) -> None:
    withdraw(desk.store, desk.newsroom, article, desk.clock.now(), by="desk", why="wrong")


def walk(desk: Desk, until: datetime, step: timedelta = timedelta(minutes=10)) -> list[tuple[datetime, int]]:
    """Let time pass; when each post went out, and how many there were by then."""
    out = []
    while desk.clock.now() < until:
        desk.clock.forward(step)
        done = desk.send_all()
        out += [(desk.clock.now(), len(done))] if done else []
    return out


def test_repeats_are_born_with_the_proof_that_the_first_is_out(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    assert list(rows(desk)) == ["new"]
    assert desk.send_all() == ["published"]
    said = rows(desk)
    assert [(each, said[each].due_at, said[each].state) for each in ("repeat:1", "repeat:2")] == [
        ("repeat:1", NOON + 3 * HOUR, "queued"),
        ("repeat:2", NOON + 48 * HOUR, "queued"),
    ]
    walk(desk, NOON + 49 * HOUR)
    assert [each.text.split(":")[0] for each in platform.sent] == ["Article 1 https", "again", "once_more"]
    assert walk(desk, NOON + 200 * HOUR) == []


def test_what_never_went_out_is_not_repeated(desk: Desk, platform: FakePlatform) -> None:
    platform.before = [Rejected("no")]
    desk.poll(entry(1))
    assert desk.send_all() == ["failed"]
    assert repeat_missed(desk.store, desk.newsroom, desk.clock.now()) == []
    assert list(rows(desk)) == ["new"]


def test_an_unconfirmed_share_is_repeated_once_it_is_found(desk: Desk, platform: FakePlatform) -> None:
    platform.after = [Ambiguous("reset")]
    desk.poll(entry(1))
    assert desk.send_all() == ["unknown"]
    assert list(rows(desk)) == ["new"]
    desk.clock.forward(timedelta(minutes=5))
    assert settle_next(desk.courier)
    assert rows(desk)["repeat:1"].ready_at == NOON + 3 * HOUR


def test_what_a_person_found_to_be_out_is_repeated_from_its_real_time(
    desk_of: Callable[..., Desk], platform: FakePlatform
) -> None:
    platform.replay = ()
    desk = desk_of([account("fedi", platform)], [route()])
    platform.after = [Ambiguous("reset")]
    desk.poll(entry(1))
    assert desk.send_all() == ["unknown"]
    desk.clock.forward(2 * HOUR)
    resolve(desk.store, desk.newsroom, rows(desk)["new"].id, desk.clock.now(), to=State.PUBLISHED)
    assert len(repeat_missed(desk.store, desk.newsroom, desk.clock.now())) == 2
    assert repeat_missed(desk.store, desk.newsroom, desk.clock.now()) == []
    assert rows(desk)["repeat:1"].due_at == NOON + 3 * HOUR


def test_a_repeat_added_to_the_file_later_floods_nobody(desk_of: Callable[..., Desk], fedi: Account) -> None:
    desk = desk_of([fedi], [route(repeat=())])
    desk.poll(entry(1))
    desk.send_all()
    desk.clock.forward(2 * HOUR)
    desk.newsroom = replace(desk.newsroom, routes=(route(),))
    assert repeat_missed(desk.store, desk.newsroom, desk.clock.now()) == []


def test_a_withdrawn_article_is_repeated_no_more(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    desk.send_all()
    taken_back(desk, rows(desk)["new"].article)
    assert walk(desk, NOON + 4 * HOUR) == []
    said = rows(desk)
    assert [(said[f"repeat:{n}"].state, said[f"repeat:{n}"].reason) for n in (1, 2)] == [
        ("cancelled", "withdrawn")
    ] * 2
    assert len(platform.sent) == 1


def test_an_article_withdrawn_before_its_share_was_confirmed_gets_no_repeats(
    desk: Desk, platform: FakePlatform
) -> None:
    platform.after = [Ambiguous("reset")]
    desk.poll(entry(1))
    desk.send_all()
    taken_back(desk, rows(desk)["new"].article)
    desk.clock.forward(timedelta(minutes=5))
    settle_next(desk.courier)
    assert {row.occasion: row.state for row in rows(desk).values()} == {"new": "published"}


@pytest.mark.parametrize("words", ["same", "other"])
def test_nobody_reads_the_same_words_twice(
    desk_of: Callable[..., Desk], fedi: Account, platform: FakePlatform, words: str
) -> None:
    again = Repeat(3 * HOUR, "" if words == "same" else "again")
    desk = desk_of([fedi], [route(repeat=(again,))])
    desk.poll(entry(1))
    desk.send_all()
    desk.clock.forward(4 * HOUR)
    assert desk.send_all() == (["skipped"] if words == "same" else ["published"])
    repeat = rows(desk)["repeat:1"]
    if words == "same":
        assert (repeat.reason, f"share {rows(desk)['new'].id}" in repeat.detail) == ("duplicate", True)
        retry(desk.store, desk.newsroom, repeat.id, desk.clock.now())
        assert desk.send_all() == ["published"]
    assert len(platform.sent) == 2


def test_the_repeats_template_wins_over_the_accounts_own(
    desk_of: Callable[..., Desk], platform: FakePlatform
) -> None:
    desk = desk_of([account("fedi", platform, template="house")], [route()])
    desk.poll(entry(1))
    walk(desk, NOON + 4 * HOUR)
    assert [each.text.split(":")[0] for each in platform.sent] == ["house", "again"]


def test_a_repeat_keeps_gap_cap_and_quiet_hours(desk_of: Callable[..., Desk], platform: FakePlatform) -> None:
    day = Schedule("day", quiet=(Quiet(time(14), time(16)),), min_gap=HOUR, max_per_day=3)
    desk = desk_of(
        [account("fedi", platform, schedule="day")],
        [route(repeat=(Repeat(2 * HOUR, "again"),))],
        schedules={"day": day},
    )
    desk.poll(entry(1), entry(2))
    sent = walk(desk, NOON + 36 * HOUR)
    # Two at noon and 13:00, then quiet until 16:00, one more by the cap, the last on the day after.
    assert [at.strftime("%d %H:%M") for at, _ in sent] == ["24 12:10", "24 13:10", "24 16:00", "25 00:00"]


def test_a_slot_goes_to_news_before_a_repeat(desk_of: Callable[..., Desk], platform: FakePlatform) -> None:
    slots = tuple((time(9), time(18)) for _ in range(7))
    desk = desk_of(
        [account("fedi", platform, schedule="day")],
        [route(timing="slot", repeat=(Repeat(HOUR, "again"),), priority=0)],
        schedules={"day": Schedule("day", slots=slots)},
    )
    desk.poll(entry(1))
    walk(desk, NOON + 7 * HOUR)
    assert rows(desk)["repeat:1"].due_at == NOON + 21 * HOUR
    desk.clock.forward(HOUR)
    desk.poll(entry(2, published_at=desk.clock.now()))
    walk(desk, NOON + 22 * HOUR)
    assert [each.text.split(" https")[0] for each in platform.sent] == ["Article 1", "Article 2"]


def test_a_repeat_lets_news_have_the_slot_its_gap_would_spoil(
    desk_of: Callable[..., Desk], platform: FakePlatform
) -> None:
    slots = tuple((time(12), time(15, 10)) for _ in range(7))
    schedule = Schedule("day", slots=slots, min_gap=timedelta(minutes=30))
    routes: Sequence[Route] = [
        Route("slots", ("site",), ("fedi",), timing="slot", priority=-5),
    ]
    desk = desk_of([account("fedi", platform, schedule="day")], [route()], schedules={"day": schedule})
    desk.poll(entry(1))
    desk.send_all()
    desk.newsroom = replace(desk.newsroom, routes=(*routes, *desk.newsroom.routes))
    desk.clock.forward(timedelta(minutes=1))
    desk.poll(entry(2))
    walk(desk, NOON + 5 * HOUR)
    assert [(each.text.split()[0], f"{each.at:%H:%M}") for each in platform.sent] == [
        ("Article", "12:00"),
        ("Article", "15:11"),
        ("again:", "15:41"),
    ]


def test_a_pause_stops_a_repeat_too_and_its_own_age_ends_it(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    desk.send_all()
    pause(desk.store, "route:all", desk.clock.now(), None, "a test")
    walk(desk, NOON + 28 * HOUR)
    with desk.store.write() as tx:
        ended = tx.outbox.expire(desk.clock.now())
    assert [(row.occasion, row.state) for row in ended] == [("repeat:1", "missed")]
    resume(desk.store, desk.newsroom, "route:all", desk.clock.now())
    walk(desk, NOON + 49 * HOUR)
    assert [each.text.split(":")[0] for each in platform.sent][1:] == ["once_more"]


def test_what_a_person_shared_or_filled_in_is_not_repeated(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1, published_at=NOON - 100 * HOUR), entry(2, published_at=NOON - 100 * HOUR))
    with desk.store.read() as tx:
        first = tx.articles.get(1)
    assert first
    share(desk.store, desk.newsroom, first, ["fedi"], desk.clock.now())
    backfill(desk.store, desk.newsroom, "site", desk.clock.now(), since=NOON - timedelta(days=30), limit=1)
    walk(desk, NOON + 4 * HOUR)
    assert len(platform.sent) == 2
    assert {row.occasion for row in rows(desk).values()} == {"new"}


def test_a_plan_gives_a_slot_to_one_of_two_repeats(
    desk_of: Callable[..., Desk], platform: FakePlatform
) -> None:
    slots = tuple((time(12, 10), time(13), time(16)) for _ in range(7))
    desk = desk_of(
        [account("fedi", platform, schedule="day")],
        [route(timing="slot", repeat=(Repeat(HOUR, "again"),))],
        schedules={"day": Schedule("day", slots=slots)},
    )
    desk.poll(entry(1))
    walk(desk, NOON + timedelta(minutes=30))
    desk.poll(entry(2, published_at=desk.clock.now()))
    now = desk.clock.now()
    foreseen = [
        (each["at"][8:16], each["occasion"], each["article"])
        for each in plan(desk.store, desk.newsroom, now, 24 * HOUR)
    ]
    assert foreseen == [
        ("24T13:00", "new", 2),
        ("24T16:00", "repeat:1", 2),
        ("25T12:10", "repeat:1", 1),
    ]
    walk(desk, NOON + 25 * HOUR)
    assert [f"{each.at:%dT%H:%M}" for each in platform.sent[1:]] == [at for at, _, _ in foreseen]
