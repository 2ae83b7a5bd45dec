"""What keeps an article from going out before it is fit to: its date, its changes, its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.delivery import Delivery, State
from bot.domain.errors import UserError
from bot.domain.limits import Limits
from bot.domain.routing import CardRule, Route
from bot.ports.newsroom import Account
from bot.services.apply import apply
from bot.services.housekeeping import tidy
from bot.services.review import approve, move
from bot.services.share import share
from tests.fakes.newsroom import NOON, Desk, account, entry, feed
from tests.fakes.platform import FakePlatform

Make = Callable[..., Desk]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def the_row(desk: Desk) -> Delivery:
    with desk.store.read() as tx:
        return tx.outbox.list()[0]


def alerts(desk: Desk) -> list[str]:
    with desk.store.read() as tx:
        return [each.text for each in tx.alerts.open()]


class TestFuture:
    """A publication date that lies ahead."""

    @pytest.fixture
    def holding(self, desk_of: Make, fedi: Account, everything: Route) -> Desk:
        return desk_of([fedi], [everything], sources=[feed("site", future={"beyond": "hold"})])

    def test_within_the_tolerance_counts_as_now(self, desk: Desk) -> None:
        desk.poll(entry(1, published_at=NOON + 5 * MINUTE))
        assert desk.send_all() == ["published"]

    def test_beyond_it_waits_until_then(self, desk: Desk) -> None:
        desk.poll(entry(1, published_at=NOON + 6 * MINUTE))
        assert (desk.send_all(), the_row(desk).due_at) == ([], NOON + 6 * MINUTE)
        desk.clock.at = NOON + 6 * MINUTE
        assert desk.send_all() == ["published"]

    def test_its_age_runs_from_its_date(self, desk: Desk) -> None:
        desk.poll(entry(1, published_at=NOON + timedelta(days=9)))
        assert the_row(desk).expires_at == NOON + timedelta(days=11)

    def test_an_edit_shortly_before_its_date_does_not_let_it_out(self, desk: Desk) -> None:
        ahead = NOON + HOUR
        desk.poll(entry(1, published_at=ahead))
        desk.clock.at = ahead - 2 * MINUTE
        desk.poll(entry(1, published_at=ahead, title="Mended"))
        assert the_row(desk).due_at == ahead

    def test_an_edit_may_move_it(self, desk: Desk) -> None:
        desk.poll(entry(1, published_at=NOON + HOUR))
        desk.poll(entry(1, published_at=NOON - MINUTE, title="Now"))
        assert desk.send_all() == ["published"]

    def test_a_date_moved_ahead_during_the_upload_stops_it_at_the_mark(
        self, desk: Desk, platform: FakePlatform
    ) -> None:
        ahead = NOON + 2 * HOUR
        platform.on_prepare = lambda: desk.poll(entry(1, published_at=ahead, title="Not yet")) and None
        desk.poll(entry(1))
        assert (desk.send_all(), platform.sent) == (["queued"], [])
        row = the_row(desk)
        assert (str(row.reason), row.due_at, row.committed_at) == ("embargo", ahead, None)
        platform.on_prepare = lambda: None
        assert desk.send_all() == []
        desk.clock.at = ahead
        assert desk.send_all() == ["published"]
        assert len(platform.sent) == 1

    def test_urgent_waits_too(self, desk_of: Make, fedi: Account) -> None:
        desk = desk_of([fedi], [Route("breaking", ("site",), ("fedi",), urgent=True)])
        desk.poll(entry(1, published_at=NOON + HOUR))
        assert (desk.send_all(), the_row(desk).due_at) == ([], NOON + HOUR)

    def test_by_hand_it_waits_too(self, desk: Desk) -> None:
        desk.poll(entry(1, published_at=NOON + HOUR))
        with desk.store.read() as tx:
            article = tx.articles.latest(1)[0]
        share(desk.store, desk.newsroom, article, ["fedi"], NOON, again=True)
        assert desk.send_all() == []

    def test_nothing_is_moved_ahead_of_it(self, desk: Desk) -> None:
        desk.poll(entry(1, published_at=NOON + HOUR))
        with pytest.raises(UserError, match="it is embargoed until 2026-11-24 13:00 UTC"):
            move(desk.store, desk.newsroom, 1, NOON + MINUTE, NOON)

    def test_a_date_moved_ahead_stops_a_share_that_has_been_claimed(
        self, desk: Desk, platform: FakePlatform
    ) -> None:
        desk.poll(entry(1))
        courier = desk.courier
        row = courier.claim()
        assert row is not None
        desk.clock.forward(MINUTE)
        desk.poll(entry(1, published_at=NOON + HOUR, title="Not yet"))
        assert str(courier.carry_out(row)) == "queued"
        assert (platform.sent, the_row(desk).due_at) == ([], NOON + HOUR)

    def test_hold_holds_it_and_a_person_may_let_it_go_at_once(self, holding: Desk) -> None:
        holding.poll(entry(1, published_at=NOON + 90 * MINUTE))
        row = the_row(holding)
        assert (str(row.state), str(row.reason)) == ("held", "embargo")
        assert row.detail == "its date, 2026-11-24 13:30 UTC, lies ahead"
        assert len(alerts(holding)) == 1
        approve(holding.store, holding.newsroom, 1, NOON)
        apply(holding.store, holding.newsroom, NOON)
        assert holding.send_all() == ["published"]
        assert alerts(holding) == []

    def test_held_it_goes_on_when_an_edit_says_it_is_out(self, holding: Desk) -> None:
        holding.poll(entry(1, published_at=NOON + 90 * MINUTE))
        holding.poll(entry(1, published_at=NOON, title="Out"))
        assert holding.send_all() == ["published"]

    def test_a_zone_set_wrong_is_one_alert_that_names_the_hours(self, holding: Desk) -> None:
        holding.poll(entry(1, published_at=NOON + 2 * HOUR - 3 * MINUTE))
        holding.poll(entry(2, published_at=NOON + 2 * HOUR - MINUTE))
        (said,) = alerts(holding)
        assert said == (
            "source site dates its articles 2 h ahead (13:57 UTC, met at 12:00): its shares are held; if it "
            "is no embargo, its time zone is set wrong by 2 h"
        )
        holding.poll(entry(3, published_at=NOON))
        assert alerts(holding) == []


class TestFarAhead:
    """A date so far ahead that it is more likely a mistake than an embargo."""

    def test_it_is_told_once_and_closed_when_it_is_mended(self, desk: Desk) -> None:
        desk.poll(entry(1, published_at=NOON + 366 * DAY))
        (said,) = alerts(desk)
        assert said == (
            "source site dates “Article 1” 366 days ahead (2027-11-25 12:00 UTC): its shares wait until "
            "then; if that is a mistake, mend the date there"
        )
        desk.clock.forward(MINUTE)
        desk.poll(entry(1, published_at=NOON + 366 * DAY, title="The same"))
        assert len(alerts(desk)) == 1
        desk.poll(entry(1, published_at=NOON, title="Mended"))
        assert alerts(desk) == []
        assert desk.send_all() == ["published"]

    def test_it_is_closed_when_its_day_has_come(self, desk: Desk) -> None:
        desk.poll(entry(1, published_at=NOON + 8 * DAY))
        tidy(desk.store, desk.newsroom, NOON + 7 * DAY)
        assert len(alerts(desk)) == 1
        tidy(desk.store, desk.newsroom, NOON + 8 * DAY)
        assert alerts(desk) == []

    def test_an_embargo_of_days_wakes_nobody(self, desk: Desk) -> None:
        desk.poll(entry(1, published_at=NOON + 6 * DAY))
        assert alerts(desk) == []


class TestStableFor:
    def test_it_is_shared_once_it_stopped_changing(
        self, desk_of: Make, fedi: Account, everything: Route
    ) -> None:
        desk = desk_of([fedi], [everything], sources=[feed("site", stable_for="2m")])
        desk.poll(entry(1))
        desk.clock.forward(MINUTE)
        desk.poll(entry(1, title="Mended"))
        assert (desk.send_all(), the_row(desk).due_at) == ([], NOON + 3 * MINUTE)

    def test_urgent_does_not_wait_for_it(self, desk_of: Make, fedi: Account) -> None:
        urgent = Route("breaking", ("site",), ("fedi",), urgent=True, delay=HOUR)
        desk = desk_of([fedi], [urgent], sources=[feed("site", stable_for="2m")])
        desk.poll(entry(1))
        assert desk.send_all() == ["published"]

    def test_delay_runs_from_when_it_was_first_seen(self, desk_of: Make, fedi: Account) -> None:
        desk = desk_of([fedi], [Route("late", ("site",), ("fedi",), delay=HOUR)])
        desk.poll(entry(1, published_at=NOON - HOUR))
        assert the_row(desk).due_at == NOON + HOUR


class Looks:
    """Says of every link what it is told to."""

    def __init__(self, trouble: str) -> None:
        self.trouble = trouble
        self.links: list[str] = []

    def __call__(self, url: str, limits: Limits, headline: str = "") -> str:
        self.links.append(url)
        return self.trouble


def looking(desk: Desk, trouble: str = "its page answers 404") -> Looks:
    looks = Looks(trouble)
    desk.newsroom = replace(desk.newsroom, look=looks)
    return looks


class TestCard:
    def make(self, desk_of: Make, platform: FakePlatform, check: str, **route: object) -> Desk:
        wired = account("fedi", platform, card={"check": check})
        return desk_of([wired], [Route("all", ("site",), ("fedi",), **route)])  # type: ignore[arg-type]

    def test_report_shares_it_all_the_same(self, desk: Desk) -> None:
        looks = looking(desk)
        desk.poll(entry(1))
        assert (desk.send_all(), looks.links) == (["published"], ["https://news.example/1/"])

    def test_off_does_not_look(self, desk_of: Make, platform: FakePlatform) -> None:
        desk = self.make(desk_of, platform, "off")
        looks = looking(desk)
        desk.poll(entry(1))
        assert (desk.send_all(), looks.links) == (["published"], [])

    @pytest.mark.parametrize(("check", "ends"), [("hold", "held card"), ("wait", "published")])
    def test_it_is_looked_at_again_for_a_while(
        self, desk_of: Make, platform: FakePlatform, check: str, ends: str
    ) -> None:
        desk = self.make(desk_of, platform, check)
        looks = looking(desk)
        desk.poll(entry(1))
        states = []
        while desk.clock.at <= NOON + 10 * MINUTE:
            states += desk.send_all()
            desk.clock.forward(30 * timedelta(seconds=1))
        row = the_row(desk)
        assert (states[0], len(states), len(looks.links)) == ("queued", 21, 21)
        assert f"{row.state} {row.reason}".strip() == ends
        assert len(platform.sent) == (check == "wait")

    def test_it_goes_out_once_its_page_is_there(self, desk_of: Make, platform: FakePlatform) -> None:
        desk = self.make(desk_of, platform, "hold")
        looks = looking(desk)
        desk.poll(entry(1))
        desk.send_all()
        assert the_row(desk).detail == "its page answers 404"
        looks.trouble = ""
        desk.clock.forward(MINUTE)
        assert desk.send_all() == ["published"]

    def test_the_route_has_the_last_word(self, desk_of: Make, platform: FakePlatform) -> None:
        rule = CardRule("hold", timedelta(0))
        desk = self.make(desk_of, platform, "off", card=rule)
        looking(desk)
        desk.poll(entry(1))
        assert desk.send_all() == [str(State.HELD)]

    def test_a_held_one_is_let_go_by_a_person(self, desk_of: Make, platform: FakePlatform) -> None:
        desk = self.make(desk_of, platform, "hold", card=CardRule("hold", timedelta(0)))
        looking(desk)
        desk.poll(entry(1))
        desk.send_all()
        approve(desk.store, desk.newsroom, 1, desk.clock.now())
        assert desk.send_all() == ["published"]
