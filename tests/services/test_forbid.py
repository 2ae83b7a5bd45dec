"""An article of which the desk says not to share it once it has been shared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.article import Article
from bot.domain.delivery import State
from bot.domain.errors import Ambiguous, Unavailable
from bot.domain.post import Findable
from bot.domain.routing import Repeat, Route
from bot.services.backfill import backfill
from bot.services.explain import explain
from bot.services.review import move
from bot.services.settle import settle_next
from bot.services.share import share
from bot.services.status import status
from bot.services.withdraw import withdraw
from tests.fakes.newsroom import NOON, Desk, account, entry, feed
from tests.fakes.platform import FakePlatform
from tests.services.test_follow import alerts, followed, rows

SKIP = "the article's own sharewire_skip says not to share it"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def shared(desk: Desk) -> Desk:
    """Article 1 stands."""
    desk.poll(entry(1))
    assert desk.send_all() == ["published"]
    return desk


def order(desk: Desk, *, skip: str = SKIP, title: str = "Article 1") -> None:
    """The CMS says so, and again at a later poll."""
    for _ in range(2):
        desk.clock.forward(timedelta(minutes=5))
        desk.poll(entry(1, skip=skip, title=title))


def test_it_is_told_once_and_nothing_is_deleted(shared: Desk, platform: FakePlatform) -> None:
    order(shared)
    text = (
        "“Article 1” was shared on fedi (2026-11-24 12:00 UTC, https://social.example/0), and now "
        f"{SKIP}: sharewire withdraw 1 --reason … takes its posts back"
    )
    told = [("updated", text)]
    assert alerts(shared) == told
    assert followed(shared) == []
    order(shared, title="Article 1, edited once more")
    assert (followed(shared), alerts(shared), platform.deleted) == ([], told, [])
    assert rows(shared) == [("new", "published", "")]


def test_status_names_it_for_a_week_and_no_edit_brings_it_up_again(shared: Desk) -> None:
    order(shared)
    now = shared.clock.now()
    assert any(
        "takes its posts back" in each for each in status(shared.store, shared.newsroom, now)["problems"]
    )
    followed(shared, 6 * DAY)
    assert len(alerts(shared)) == 1
    followed(shared, DAY)
    assert alerts(shared) == []
    order(shared, title="edited a week after")
    assert (followed(shared), alerts(shared)) == ([], [])


def test_one_alert_names_all_its_posts(desk_of: Callable[..., Desk], platform: FakePlatform) -> None:
    other = FakePlatform()
    accounts = [account("fedi", platform), account("sky", other)]
    desk = desk_of(accounts, [Route("everything", ("site",), ("fedi", "sky"))])
    desk.poll(entry(1))
    desk.send_all()
    order(desk)
    ((_, text),) = alerts(desk)
    assert "on fedi (2026-11-24 12:00 UTC, https://social.example/0), sky (2026-11-24 12:00 UTC, " in text


def test_an_order_taken_back_ends_it_and_one_given_anew_is_told_anew(shared: Desk) -> None:
    order(shared)
    order(shared, skip="")
    assert alerts(shared) == []
    order(shared)
    assert len(alerts(shared)) == 1


def test_a_withdrawal_ends_it(
    desk_of: Callable[..., Desk], everything: Route, platform: FakePlatform
) -> None:
    desk = desk_of([account("fedi", platform, on_withdrawal="delete")], [everything])
    desk.poll(entry(1))
    desk.send_all()
    order(desk)
    withdraw(desk.store, desk.newsroom, 1, desk.clock.now(), by="person", why="the desk", delete=True)
    assert alerts(desk) == []
    assert (desk.send_all(), platform.deleted) == (["published"], [0])


def test_what_waits_is_taken_back_with_the_reason_whoever_ordered_it(
    desk_of: Callable[..., Desk], platform: FakePlatform
) -> None:
    again = Route("everything", ("site",), ("fedi",), repeat=(Repeat(3 * HOUR),))
    other = FakePlatform()
    desk = desk_of([account("fedi", platform), account("sky", other)], [again])
    desk.poll(entry(1))
    desk.send_all()
    share(desk.store, desk.newsroom, _article(desk), ["sky"], desk.clock.now())
    move(desk.store, desk.newsroom, 3, desk.clock.now() + HOUR, desk.clock.now())
    order(desk)
    assert rows(desk) == [
        ("new", "published", ""),
        ("repeat:1", "skipped", "filtered"),
        ("new", "skipped", "filtered"),
    ]
    assert _details(desk) == ["", SKIP, SKIP]
    desk.clock.forward(4 * HOUR)
    assert desk.send_all() == []


def test_what_was_taken_back_comes_back_with_the_order(
    desk_of: Callable[..., Desk], platform: FakePlatform
) -> None:
    again = Route("everything", ("site",), ("fedi",), repeat=(Repeat(3 * HOUR),))
    desk = desk_of([account("fedi", platform)], [again])
    desk.poll(entry(1))
    desk.send_all()
    order(desk)
    order(desk, skip="")
    assert rows(desk) == [("new", "published", ""), ("repeat:1", "queued", "")]


def test_a_backfill_stops_at_it(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route
) -> None:
    sources = (feed("site", enrich=False),)
    desk = desk_of([account("fedi", platform)], [everything], sources=sources, seed=False)
    desk.poll(entry(1))
    backfill(desk.store, desk.newsroom, "site", desk.clock.now(), since=NOON - DAY, limit=5)
    order(desk)
    assert (rows(desk), alerts(desk)) == ([("new", "skipped", "filtered")], [])


def test_what_a_person_shares_in_spite_of_it_goes_out_and_is_no_news(desk: Desk) -> None:
    order(desk)
    share(desk.store, desk.newsroom, _article(desk), ["fedi"], desk.clock.now())
    order(desk, title="Article 1, edited")
    assert desk.send_all() == ["published"]
    order(desk, title="Article 1, edited twice")
    assert (followed(desk), alerts(desk)) == ([], [])


def test_what_is_being_sent_meanwhile_is_told_once_it_is_known(
    desk_of: Callable[..., Desk], everything: Route
) -> None:
    platform = FakePlatform(replay=(Findable(),), after=[Ambiguous("the answer was lost")])
    desk = desk_of([account("fedi", platform)], [everything])
    desk.poll(entry(1))
    assert desk.send_all() == ["unknown"]
    order(desk)
    assert (followed(desk), alerts(desk)) == ([], [])
    settle_next(desk.courier)
    assert rows(desk) == [("new", "published", "")]
    assert followed(desk) == []
    assert [event for event, _ in alerts(desk)] == ["updated"]


def test_one_that_comes_out_behind_the_others_is_named_as_well(
    desk_of: Callable[..., Desk], platform: FakePlatform
) -> None:
    other = FakePlatform(replay=(Findable(),), after=[Ambiguous("the answer was lost")])
    accounts = [account("fedi", platform), account("sky", other)]
    desk = desk_of(accounts, [Route("everything", ("site",), ("fedi", "sky"))])
    desk.poll(entry(1))
    assert sorted(desk.send_all()) == ["published", "unknown"]
    order(desk)
    assert len(alerts(desk)) == 1
    settle_next(desk.courier)
    for _ in range(2):
        followed(desk)
    (_, first), (_, second) = alerts(desk)
    assert ("on fedi" in first, "on sky" in second, "fedi" in second) == (True, True, False)


@pytest.mark.parametrize("trouble", [None, Unavailable("down")])
def test_an_order_that_comes_while_it_is_being_uploaded_stops_it(
    desk: Desk, platform: FakePlatform, trouble: Unavailable | None
) -> None:
    platform.preparing = [trouble]
    platform.on_prepare = lambda: order(desk)
    desk.poll(entry(1))
    desk.send_all()
    desk.clock.forward(HOUR)
    desk.send_all()
    assert (platform.sent, rows(desk), _details(desk)) == ([], [("new", "skipped", "filtered")], [SKIP])


def test_explain_says_both(shared: Desk) -> None:
    order(shared)
    document = explain(shared.store, shared.newsroom, "1", shared.clock.now())
    assert document is not None
    assert document["skip"] == {
        "why": SKIP,
        "standing": [{"account": "fedi", "delivery": 1, "at": "2026-11-24T12:00:00+00:00"}],
    }
    (decision,) = document["decisions"]
    assert (decision["verdict"], decision["deliveries"][0]["state"]) == ("pass", str(State.PUBLISHED))


def _article(desk: Desk) -> Article:
    with desk.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    return article


def _details(desk: Desk) -> list[str]:
    with desk.store.read() as tx:
        return [row.detail for row in sorted(tx.outbox.list(), key=lambda row: row.id)]
