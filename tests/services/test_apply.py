"""A reload: waiting shares are timed anew, held, given back; nothing is decided again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.domain.delivery import Delivery
from bot.domain.routing import Match, Route
from bot.domain.schedule import Schedule
from bot.ports.newsroom import Account
from bot.services.apply import apply, as_applied
from bot.services.decide import decide_articles
from bot.services.housekeeping import expire
from bot.services.review import move, pause, resume
from bot.services.share import share
from tests.fakes.newsroom import NOON, Desk, account, entry
from tests.fakes.platform import FakePlatform

Make = Callable[..., Desk]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENING = Schedule("day", slots=((time(18),),) * 7)
NIGHT = Schedule("day", slots=((time(22),),) * 7)
SLOTTED = Route("everything", ("site",), ("fedi",), timing="slot", schedule="day")


@pytest.fixture
def slotted(desk_of: Make, fedi: Account) -> Desk:
    """A desk with one article that waits for 18:00."""
    desk = desk_of([fedi], [SLOTTED], schedules={"day": EVENING})
    desk.poll(entry(1))
    return desk


def reload(desk: Desk, **changes: object) -> None:
    desk.newsroom = replace(desk.newsroom, **changes)  # type: ignore[arg-type]
    apply(desk.store, desk.newsroom, desk.clock.now())


def the_row(desk: Desk) -> Delivery:
    with desk.store.read() as tx:
        return tx.outbox.list()[0]


def stands(desk: Desk) -> str:
    row = the_row(desk)
    return f"{row.state} {row.reason}".strip()


def test_other_slots_time_it_anew(slotted: Desk) -> None:
    assert the_row(slotted).due_at == NOON + 6 * HOUR
    reload(slotted, schedules={"day": NIGHT})
    assert the_row(slotted).due_at == NOON + 10 * HOUR


def test_what_a_person_moved_stays(slotted: Desk) -> None:
    move(slotted.store, slotted.newsroom, 1, NOON + HOUR, NOON)
    reload(slotted, schedules={"day": NIGHT})
    assert the_row(slotted).due_at == NOON + HOUR


@pytest.mark.parametrize(
    ("route", "due"),
    [
        (replace(SLOTTED, timing="now"), NOON),
        (replace(SLOTTED, timing="now", delay=2 * HOUR), NOON + 2 * HOUR),
        (replace(SLOTTED, urgent=True), NOON),
        (replace(SLOTTED, max_age=HOUR), None),
    ],
    ids=["at once", "later", "urgent", "too old by then"],
)
def test_its_route_times_it_anew(slotted: Desk, route: Route, due: object) -> None:
    reload(slotted, routes=(route,))
    assert the_row(slotted).due_at == due


def test_a_route_that_is_gone_holds_it_and_gives_it_back(slotted: Desk) -> None:
    reload(slotted, routes=())
    assert stands(slotted) == "held route_removed"
    assert the_row(slotted).detail == "route everything is not in the configuration any more"
    reload(slotted, routes=(SLOTTED,))
    assert (stands(slotted), the_row(slotted).due_at) == ("queued", NOON + 6 * HOUR)


def test_an_account_that_is_gone_holds_it_and_gives_it_back(slotted: Desk) -> None:
    accounts = slotted.newsroom.accounts
    reload(slotted, accounts={})
    assert stands(slotted) == "held account_removed"
    reload(slotted, accounts=accounts)
    assert stands(slotted) == "queued"


def test_held_so_it_ages_to_missed(slotted: Desk) -> None:
    reload(slotted, routes=())
    slotted.clock.forward(2 * DAY)
    expire(slotted.store, slotted.newsroom, slotted.clock.now())
    row = the_row(slotted)
    assert (str(row.state), row.detail.partition(":")[0]) == ("missed", "held")


def test_a_route_under_a_new_name_keeps_it(slotted: Desk) -> None:
    reload(slotted, routes=(replace(SLOTTED, name="all", was=("everything",)),))
    assert stands(slotted) == "queued"


def test_nothing_is_decided_again(slotted: Desk) -> None:
    nothing = replace(SLOTTED, match=Match(title_matches="never"))
    reload(slotted, routes=(nothing, replace(SLOTTED, name="second")))
    decide_articles(slotted.store, slotted.newsroom, slotted.clock.now())
    assert (stands(slotted), the_row(slotted).route) == ("queued", "everything")


@pytest.mark.parametrize(
    "changes",
    [
        {"routes": ()},
        {"accounts": {}},
        {"routes": (replace(SLOTTED, timing="now", delay=2 * HOUR, priority=3, template="other"),)},
    ],
    ids=["route gone", "account gone", "route edited"],
)
def test_what_is_foretold_is_what_comes(slotted: Desk, changes: dict[str, object]) -> None:
    with slotted.store.read() as tx:
        article = tx.articles.get(1)
    new = replace(slotted.newsroom, **changes)  # type: ignore[arg-type]
    foretold = as_applied(new, the_row(slotted), article, NOON)
    reload(slotted, **changes)
    row = the_row(slotted)
    for name in ("state", "reason", "schedule", "timing", "priority", "template", "ready_at", "expires_at"):
        assert getattr(row, name) == getattr(foretold, name), name


def test_a_route_that_is_renamed_keeps_its_pause_and_its_shares(slotted: Desk) -> None:
    pause(slotted.store, "route:everything", slotted.clock.now(), None, "a trial")
    reload(slotted, routes=(replace(SLOTTED, name="all", was=("everything",)),))
    slotted.poll(entry(1), entry(2))
    slotted.clock.forward(7 * HOUR)
    assert slotted.send_all() == []
    with slotted.store.read() as tx:
        assert {row.route for row in tx.outbox.list()} == {"all"}
        assert [each.scope for each in tx.accounts.pauses(slotted.clock.now())] == ["route:all"]
    resume(slotted.store, slotted.newsroom, "route:all", slotted.clock.now())
    slotted.clock.forward(DAY - HOUR)
    assert slotted.send_all() == ["published"]


def test_what_a_person_shares_before_it_is_decided_is_decided_for_the_others(
    desk_of: Make, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [account("fedi", platform), account("other", FakePlatform())]
    desk = desk_of(both, [Route("everything", ("site",), ("fedi", "other"))])
    with monkeypatch.context() as undecided:
        undecided.setattr("tests.fakes.newsroom.decide_articles", lambda *_: None)
        desk.poll(entry(1))
    with desk.store.read() as tx:
        (article,) = tx.articles.latest(1)
    share(desk.store, desk.newsroom, article, ["fedi"], desk.clock.now())
    decide_articles(desk.store, desk.newsroom, desk.clock.now())
    assert desk.states() == ["fedi queued", "other queued"]
