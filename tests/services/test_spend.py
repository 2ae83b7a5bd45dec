"""A month's money: what it buys, what is kept for urgent shares, and what happens when it is gone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.budget import Budget
from bot.domain.cost import Prices
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.errors import Ambiguous, Rejected, Unavailable
from bot.domain.post import Image
from bot.domain.routing import Route
from bot.ports.newsroom import Account
from bot.ports.platform import ImagePolicy
from bot.services.apply import apply
from bot.services.housekeeping import expire, new_month
from bot.services.plan import plan
from bot.services.readback import verify
from bot.services.settle import settle_next
from bot.services.status import status
from bot.services.withdraw import withdraw
from tests.fakes.newsroom import NOON, Desk, account, entry, now_call
from tests.fakes.platform import FakePlatform
from tests.services.test_follow import followed

PRICES = Prices(post=15_000, post_with_link=200_000, alt=5_000, read=1_000)
DeskOf = Callable[..., Desk]


@pytest.fixture
def priced(desk_of: DeskOf, fedi: Account, everything: Route) -> Callable[..., Desk]:
    """A desk whose account pays for its posts."""

    def make(*routes: Route, budget: Budget | None = None, **options: object) -> Desk:
        table = fedi.options.model_copy(update=options)
        return desk_of([replace(fedi, prices=PRICES, budget=budget, options=table)], routes or (everything,))

    return make


def spent(desk: Desk) -> int:
    with desk.store.read() as tx:
        return tx.spending.by_account(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))[
            "fedi"
        ]


def rows(desk: Desk) -> list[Delivery]:
    with desk.store.read() as tx:
        return sorted(tx.outbox.list(), key=lambda row: row.id)


def test_what_goes_out_is_paid_for(priced: DeskOf) -> None:
    desk = priced()
    desk.poll(entry(1), entry(2, title="One\nTwo"))
    assert desk.send_all() == ["published", "published"]
    assert spent(desk) == 3 * 200_000
    (account,) = status(desk.store, desk.newsroom, desk.clock.now())["accounts"]
    assert (account["budget"]["spent_usd"], account["budget"]["left_usd"]) == (0.6, None)


def test_what_was_refused_is_not_paid_for(priced: DeskOf, platform: FakePlatform) -> None:
    desk = priced()
    platform.before = [Rejected("422 no")]
    desk.poll(entry(1), entry(2))
    assert desk.send_all() == ["failed", "published"]
    assert spent(desk) == 200_000


def test_what_no_money_is_left_for_is_skipped_and_says_why(priced: DeskOf) -> None:
    desk = priced(budget=Budget(per_month=500_000, near=500_000))
    desk.poll(entry(1), entry(2), entry(3))
    assert desk.send_all() == ["published", "published", "skipped"]
    row = rows(desk)[2]
    assert row.reason is Reason.BUDGET
    assert row.detail == (
        "it costs $0.20, and $0.40 of the month's $0.50 is spent: "
        "raise [accounts.fedi] budget, or wait until 2026-12-01"
    )
    assert spent(desk) == 400_000


def test_urgent_shares_have_a_reserve_of_their_own(priced: DeskOf, everything: Route) -> None:
    urgent = Route("breaking", ("site",), ("fedi",), urgent=True)
    desk = priced(budget=Budget(per_month=600_000, reserve=400_000, near=200_000))
    desk.poll(entry(1), entry(2))
    assert desk.send_all() == ["published", "skipped"]
    assert "and $0.40 is kept for urgent shares" in rows(desk)[1].detail
    desk.newsroom = replace(desk.newsroom, routes=(urgent,))
    desk.poll(entry(3), entry(4), entry(5))
    assert desk.send_all() == ["published", "published", "skipped"]
    assert spent(desk) == 600_000


def test_near_its_end_shares_are_told_by_another_template(priced: DeskOf) -> None:
    desk = priced(budget=Budget(per_month=10_000_000, near=400_000, near_template="nolink"))
    desk.poll(entry(1), entry(2), entry(3))
    desk.send_all()
    assert [(row.post or {})["template"] for row in rows(desk)] == [
        "default/any.j2",
        "default/any.j2",
        "nolink/any.j2",
    ]


def test_an_urgent_share_is_told_in_full_while_there_is_money(priced: DeskOf) -> None:
    desk = priced(
        Route("breaking", ("site",), ("fedi",), urgent=True),
        budget=Budget(per_month=300_000, near=1, near_template="nolink"),
    )
    desk.poll(entry(1), entry(2))
    assert desk.send_all() == ["published", "skipped"]
    assert (rows(desk)[0].post or {})["template"] == "default/any.j2"


def test_one_alert_says_that_it_is_near_and_one_that_it_is_spent(priced: DeskOf) -> None:
    desk = priced(budget=Budget(per_month=700_000, near=400_000))
    desk.poll(*(entry(number) for number in range(6)))
    assert desk.send_all() == ["published"] * 3 + ["skipped"] * 3
    with desk.store.read() as tx:
        told = [alert for alert in tx.alerts.open() if alert.event == "budget"]
    assert [(each.key, each.text.partition(":")[0]) for each in told] == [
        ("budget:fedi:near", "fedi"),
        ("budget:fedi:spent", "fedi"),
    ]
    assert "$0.40 of the month's $0.70 is spent" in told[0].text
    new_month(desk.store, desk.newsroom, datetime(2026, 12, 1, tzinfo=UTC))
    with desk.store.read() as tx:
        assert [alert for alert in tx.alerts.open() if alert.event == "budget"] == []


def test_held_shares_go_on_as_the_next_month_begins_and_never_before(
    priced: DeskOf, platform: FakePlatform
) -> None:
    route = Route("all", ("site",), ("fedi",), max_age=timedelta(days=30))
    desk = priced(route, budget=Budget(per_month=200_000, near=200_000, holds=True))
    desk.poll(entry(1), entry(2))
    assert desk.send_all() == ["published", "held"]
    new_month(desk.store, desk.newsroom, desk.clock.now())
    assert desk.send_all() == []
    desk.clock.at = datetime(2026, 12, 1, 0, 0, 5, tzinfo=UTC)
    new_month(desk.store, desk.newsroom, desk.clock.now())
    assert desk.send_all() == ["published"]
    assert platform.calls.count("prepare") == 2


def test_a_larger_budget_lets_held_shares_go_at_once(priced: DeskOf, fedi: Account) -> None:
    desk = priced(budget=Budget(per_month=200_000, near=200_000, holds=True))
    desk.poll(entry(1), entry(2))
    desk.send_all()
    apply(desk.store, desk.newsroom, desk.clock.now())
    assert [row.state for row in rows(desk)] == [State.PUBLISHED, State.HELD]
    more = replace(desk.newsroom.accounts["fedi"], budget=Budget(per_month=900_000, near=800_000))
    desk.newsroom = replace(desk.newsroom, accounts={"fedi": more})
    apply(desk.store, desk.newsroom, desk.clock.now())
    assert desk.send_all() == ["published"]


def test_what_was_held_for_want_of_money_ages_to_skipped_and_is_not_missed(priced: DeskOf) -> None:
    desk = priced(budget=Budget(per_month=200_000, near=200_000, holds=True))
    desk.poll(entry(1), entry(2))
    desk.send_all()
    desk.clock.forward(timedelta(days=3))
    assert [(row.state, row.reason) for row in expire(desk.store, desk.newsroom, desk.clock.now())] == [
        (State.SKIPPED, Reason.BUDGET)
    ]


def test_descriptions_are_paid_with_each_upload(priced: DeskOf, platform: FakePlatform) -> None:
    desk = priced(image=ImagePolicy(need="optional"))
    platform.preparing = [Unavailable("the upload failed")]
    desk.poll(entry(1, image=Image("https://news.example/a.jpg", "A bridge")))
    assert desk.send_all() == ["queued"]
    assert spent(desk) == 5_000
    desk.clock.forward(timedelta(minutes=2))
    assert desk.send_all() == ["published"]
    assert spent(desk) == 210_000


def test_reading_back_is_paid_by_the_post(priced: DeskOf, platform: FakePlatform) -> None:
    desk = priced()
    platform.after = [None, Ambiguous("no answer")]
    desk.poll(entry(1), entry(2))
    assert desk.send_all() == ["published", "unknown"]
    assert spent(desk) == 400_000
    desk.clock.forward(timedelta(minutes=2))
    settle_next(desk.courier)
    assert [row.state for row in rows(desk)] == [State.PUBLISHED, State.PUBLISHED]
    assert spent(desk) == 402_000


@pytest.mark.parametrize(
    ("fault", "paid"),
    [(SystemExit(), 2), (Unavailable("no answer"), 2), (Unavailable("503", status=503), 0)],
)
def test_a_look_whose_end_nobody_saw_counts_as_all_that_is_known_to_be_there(
    priced: DeskOf, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch, fault: BaseException, paid: int
) -> None:
    desk = priced()
    platform.after = [None, Ambiguous("no answer")]
    desk.poll(entry(1), entry(2))
    desk.send_all()

    def lost(since: datetime) -> None:
        raise fault

    monkeypatch.setattr(platform, "find", lost)
    desk.clock.forward(timedelta(minutes=2))
    with suppress(SystemExit):
        settle_next(desk.courier)
    assert spent(desk) == 400_000 + 1_000 * paid
    if not isinstance(fault, SystemExit):
        return
    with suppress(SystemExit):
        verify(desk.store, desk.newsroom, now_call, NOON - timedelta(days=1), desk.clock.now())
    assert spent(desk) == 400_000 + 1_000 * (paid + 1)


def test_every_try_to_correct_or_to_delete_is_paid_for(
    desk_of: DeskOf, platform: FakePlatform, everything: Route
) -> None:
    fedi = account("fedi", platform, on_update="edit", on_withdrawal="delete")
    prices = replace(PRICES, edit=3_000, delete=10_000)
    desk = desk_of([replace(fedi, prices=prices)], [everything])
    desk.poll(entry(1))
    desk.send_all()
    before = spent(desk)
    platform.after = [Ambiguous("no answer")]
    desk.poll(entry(1, title="corrected"))
    assert followed(desk) == ["unknown"]
    desk.clock.forward(timedelta(minutes=2))
    settle_next(desk.courier)
    assert spent(desk) == before + 6_000
    withdraw(desk.store, desk.newsroom, 1, desk.clock.now(), by="page", why="gone")
    (planned,) = plan(desk.store, desk.newsroom, desk.clock.now(), timedelta(hours=1))
    assert (planned["occasion"], planned["cost_usd"]) == ("withdraw:1", 0.01)
    assert desk.send_all() == ["published"]
    assert spent(desk) == before + 16_000


def test_reading_an_account_over_is_paid_too(priced: DeskOf) -> None:
    desk = priced()
    desk.poll(entry(1), entry(2))
    desk.send_all()
    now = desk.clock.now() + timedelta(minutes=1)
    assert verify(desk.store, desk.newsroom, now_call, now - timedelta(days=1), now) == ([], 2, [])
    assert spent(desk) == 402_000


def test_the_plan_spends_as_it_goes(priced: DeskOf) -> None:
    desk = priced(budget=Budget(per_month=500_000, near=400_000, near_template="nolink"))
    desk.poll(entry(1), entry(2), entry(3))
    foreseen = plan(desk.store, desk.newsroom, desk.clock.now(), timedelta(hours=24))
    assert [(row["cost_usd"], bool(row["over_budget"])) for row in foreseen] == [
        (0.2, False),
        (0.2, False),
        (0.2, True),
    ]
    assert desk.send_all() == ["published", "published", "skipped"]


def test_a_spent_budget_is_a_problem_that_status_names(priced: DeskOf) -> None:
    desk = priced(budget=Budget(per_month=600_000, reserve=400_000, near=100_000))
    desk.poll(entry(1))
    desk.send_all()
    document = status(desk.store, desk.newsroom, desk.clock.now())
    assert document["accounts"][0]["budget"] == {
        "spent_usd": 0.2,
        "left_usd": 0.4,
        "usd_per_month": 0.6,
        "reserve_urgent_usd": 0.4,
        "near": True,
        "spent": True,
        "until": "2026-12-01T00:00:00+00:00",
    }
    (problem,) = document["problems"]
    assert problem == (
        "fedi has spent $0.20 of the month's $0.60, and $0.40 is kept for urgent shares: "
        "raise [accounts.fedi] budget, or wait until 2026-12-01"
    )
