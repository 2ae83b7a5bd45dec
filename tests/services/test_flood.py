"""A site that moved shows its archive as new: held, with one alert; election night is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.article import Entry
from bot.domain.errors import UserError
from bot.domain.routing import Route
from bot.ports.newsroom import Account
from bot.services.flood import let_go
from bot.services.housekeeping import expire
from tests.fakes.newsroom import NOON, Desk, entry, feed
from tests.fakes.platform import FakePlatform

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
AWAKE = 40 * DAY
"""How long the source has been read when it happens: what is older than that is baseline anyway."""


@pytest.fixture
def desk(desk_of: Callable[..., Desk], fedi: Account) -> Desk:
    """A source read for a month, on a route to which no age is too old."""
    desk = desk_of([fedi], [Route("everything", ("site",), ("fedi",), max_age=timedelta(0))], seed=False)
    desk.clock.at = NOON - AWAKE
    desk.seed()
    desk.clock.at = NOON
    return desk


def old(count: int, first: int = 0) -> list[Entry]:
    """Articles of days gone by, an hour apart."""
    return [entry(n, published_at=NOON - 2 * DAY - HOUR * n) for n in range(first, first + count)]


def fresh(count: int, first: int = 1000) -> list[Entry]:
    return [
        entry(n, published_at=NOON - 5 * MINUTE + timedelta(seconds=n % 300))
        for n in range(first, first + count)
    ]


def states(desk: Desk) -> dict[str, int]:
    with desk.store.read() as tx:
        rows = tx.outbox.list()
    return dict(Counter(f"{row.state} {row.reason}".strip() for row in rows))


def alerts(desk: Desk) -> list[str]:
    with desk.store.read() as tx:
        return [each.key for each in tx.alerts.open()]


@pytest.mark.parametrize("at_once", [50, 25, 10])
def test_an_archive_shown_as_new_is_held_with_one_alert(desk: Desk, at_once: int) -> None:
    articles = old(60)
    for start in range(0, 60, at_once):
        desk.poll(*articles[: start + at_once])
        desk.clock.forward(MINUTE)
    assert states(desk) == {"held flood": 60}
    assert alerts(desk) == ["source:site:flood"]
    assert desk.send_all() == []


def test_election_night_goes_out(desk: Desk) -> None:
    desk.poll(*fresh(120))
    assert states(desk) == {"queued": 120}
    assert alerts(desk) == []


def test_fresh_articles_go_out_also_while_old_ones_are_held(desk: Desk) -> None:
    desk.poll(*old(55), *fresh(5))
    assert states(desk) == {"held flood": 55, "queued": 5}
    desk.poll(*old(1, first=70), *fresh(1, first=2000))
    assert states(desk) == {"held flood": 56, "queued": 6}


def test_an_old_article_now_and_then_is_none(desk: Desk) -> None:
    for number in range(60):
        desk.poll(*old(1, first=number))
        desk.clock.forward(MINUTE)
    assert states(desk) == {"queued": 60}


@pytest.mark.parametrize("date", [None, NOON - MINUTE])
def test_articles_without_a_date_or_with_one_date_for_all_are_suspect(desk: Desk, date: object) -> None:
    desk.poll(*(entry(n, published_at=date) for n in range(50)))
    assert states(desk) == {"held flood": 50}


def test_what_no_route_would_share_does_not_count(desk_of: Callable[..., Desk], fedi: Account) -> None:
    desk = desk_of([fedi], [Route("everything", ("site",), ("fedi",), max_age=2 * DAY)], seed=False)
    desk.clock.at = NOON - AWAKE
    desk.seed()
    desk.clock.at = NOON - MINUTE
    desk.poll()  # it has been read all the time: nothing was overlooked
    desk.clock.at = NOON
    desk.poll(*old(60))
    assert (states(desk), alerts(desk)) == ({}, [])


def test_released_they_go_out_once_and_are_not_held_again(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(*old(60))
    assert let_go(desk.store, desk.newsroom, "site", desk.clock.now(), share=True) == 60
    assert alerts(desk) == []
    assert desk.send_all() == ["published"] * 60
    desk.poll(*old(62))
    assert states(desk) == {"published": 60, "queued": 2}
    assert len({each.link for each in platform.sent}) == 60


def test_skipped_they_stay_skipped(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(*old(60))
    assert let_go(desk.store, desk.newsroom, "site", desk.clock.now(), share=False) == 60
    desk.poll(*old(60))
    assert (desk.send_all(), states(desk), alerts(desk)) == ([], {"skipped flood": 60}, [])


def test_nothing_held_is_said(desk: Desk) -> None:
    with pytest.raises(UserError, match="nothing of source site is held"):
        let_go(desk.store, desk.newsroom, "site", NOON, share=True)
    with pytest.raises(UserError, match=r"there is no \[sources.zz\]: choose among site"):
        let_go(desk.store, desk.newsroom, "zz", NOON, share=True)


def test_held_too_long_they_are_skipped_without_an_alert_each(
    desk_of: Callable[..., Desk], fedi: Account
) -> None:
    desk = desk_of([fedi], [Route("everything", ("site",), ("fedi",), max_age=2 * DAY)], seed=False)
    desk.clock.at = NOON - AWAKE
    desk.seed()
    desk.clock.at = NOON
    desk.poll(*(entry(n, published_at=NOON - 30 * HOUR - MINUTE * n) for n in range(60)))
    assert states(desk) == {"held flood": 60}
    desk.clock.forward(DAY)
    expire(desk.store, desk.newsroom, desk.clock.now())
    assert (states(desk), alerts(desk)) == ({"skipped flood": 60}, ["source:site:flood"])


def test_the_guard_can_be_set_and_switched_off(desk_of: Callable[..., Desk], fedi: Account) -> None:
    for limit, expected in ((0, {"queued": 60}), (5, {"held flood": 60})):
        desk = desk_of(
            [fedi],
            [Route("everything", (f"site{limit}",), ("fedi",), max_age=timedelta(0))],
            sources=(feed(f"site{limit}", flood=limit),),
            seed=False,
        )
        desk.clock.at = NOON - AWAKE
        desk.seed(f"site{limit}")
        desk.clock.at = NOON
        desk.poll(*(_of(limit, each) for each in old(60)), source=f"site{limit}")
        with desk.store.read() as tx:
            rows = [row for row in tx.outbox.list() if row.source == f"site{limit}"]
        assert dict(Counter(f"{row.state} {row.reason}".strip() for row in rows)) == expected


def _of(site: int, each: Entry) -> Entry:
    return entry(f"{site}-{each.guid}", published_at=each.published_at)


def test_a_renamed_source_is_still_in_its_flood(desk: Desk) -> None:
    desk.poll(*old(50))
    with desk.store.write() as tx:
        tx.sources.ensure({"paper": ("site",)})
    desk.newsroom = replace(
        desk.newsroom,
        sources={"paper": replace(desk.newsroom.sources["site"], id="paper")},
        routes=tuple(replace(route, sources=("paper",)) for route in desk.newsroom.routes),
    )
    desk.clock.forward(HOUR)
    desk.poll(*old(5, first=60), source="paper")
    assert states(desk) == {"held flood": 55}
    assert let_go(desk.store, desk.newsroom, "paper", desk.clock.now(), share=False) == 55


def test_articles_dated_alike_are_held_however_few_a_poll_brings(
    desk_of: Callable[..., Desk], fedi: Account
) -> None:
    desk = desk_of(
        [fedi], [Route("everything", ("site",), ("fedi",))], sources=[feed("site", flood=10)], seed=False
    )
    desk.clock.at = NOON - AWAKE
    desk.seed()
    desk.clock.at = NOON
    for n in range(12):
        desk.poll(entry(n, published_at=NOON - MINUTE))
        desk.clock.forward(timedelta(seconds=20))
    assert states(desk) == {"held flood": 12}
    assert alerts(desk) == ["source:site:flood"]
