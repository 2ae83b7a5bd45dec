"""A share's own words outlive what its article and its configuration do meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.delivery import Delivery, State
from bot.domain.errors import UserError
from bot.domain.routing import Repeat, Route
from bot.ports.newsroom import Account
from bot.services.apply import apply
from bot.services.evergreen import bring_back
from bot.services.follow import follow
from bot.services.reword import changed_since, reword
from tests.contracts.test_occasions import CLASSICS
from tests.fakes.newsroom import NOON, Desk, account, entry
from tests.fakes.platform import FakePlatform

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINE = "In my words https://news.example/1/"


@pytest.fixture
def desk(desk_of: Callable[..., Desk], fedi: Account) -> Desk:
    desk = desk_of([fedi], [Route("everything", ("site",), ("fedi",), delay=HOUR)])
    desk.poll(entry(1))
    return desk


def row(desk: Desk, id_: int = 1) -> Delivery:
    with desk.store.read() as tx:
        found = tx.outbox.get(id_)
    assert found
    return found


def edit(desk: Desk, **how: Any) -> Delivery:
    return reword(desk.store, desk.newsroom, 1, desk.clock.now(), **how)


def test_an_edit_of_its_article_leaves_them_and_says_so(desk: Desk, platform: FakePlatform) -> None:
    edit(desk, text=MINE)
    desk.clock.forward(timedelta(minutes=10))
    desk.poll(entry(1, title="Another title"))
    with desk.store.read() as tx:
        [article] = tx.articles.latest(1)
    assert article.title == "Another title"
    assert row(desk).words.text == MINE
    now_says = changed_since(desk.newsroom, row(desk), article, desk.clock.now())
    assert now_says == ("Another title https://news.example/1/",)
    desk.clock.forward(2 * HOUR)
    assert desk.send_all() == ["published"]
    assert platform.sent[0].text == MINE


def test_a_reload_leaves_them(desk: Desk, platform: FakePlatform) -> None:
    edit(desk, text=MINE)
    desk.newsroom = replace(desk.newsroom, routes=(replace(desk.newsroom.routes[0], template="again"),))
    apply(desk.store, desk.newsroom, desk.clock.now())
    assert row(desk).template == "again"
    desk.clock.forward(2 * HOUR)
    desk.send_all()
    assert platform.sent[0].text == MINE


def test_a_later_edit_of_the_article_does_not_overwrite_the_post_but_is_told(
    desk_of: Callable[..., Desk], platform: FakePlatform
) -> None:
    desk = desk_of(
        [account("fedi", platform, on_update="edit")], [Route("all", ("site",), ("fedi",), delay=HOUR)]
    )
    desk.poll(entry(1))
    edit(desk, text=MINE)
    desk.clock.forward(2 * HOUR)
    assert desk.send_all() == ["published"]
    desk.poll(entry(1, summary="More is known."))  # what its template says is the same
    desk.clock.forward(5 * timedelta(minutes=1))
    follow(desk.store, desk.newsroom, desk.clock.now())
    with desk.store.read() as tx:
        assert tx.alerts.open() == []
    desk.poll(entry(1, title="Another title"))
    desk.clock.forward(5 * timedelta(minutes=1))
    follow(desk.store, desk.newsroom, desk.clock.now())
    with desk.store.read() as tx:
        [alert] = tx.alerts.open()
        rows = tx.outbox.of_article(1)
    assert "(its text was written by hand): correct it there, or leave it" in alert.text
    assert [each.occasion for each in rows] == ["new"]


def test_what_is_being_sent_meanwhile_is_not_changed(desk: Desk) -> None:
    desk.clock.forward(2 * HOUR)
    assert desk.courier.claim()
    with pytest.raises(UserError, match="share 1 is sending; only what waits"):
        edit(desk, text=MINE)


def test_a_held_share_is_edited_and_approved_as_it_is(desk: Desk, platform: FakePlatform) -> None:
    with desk.store.write() as tx:
        tx.outbox.move(1, State.HELD, row(desk).reason, at=NOON)
    edit(desk, text=MINE)
    with desk.store.write() as tx:
        tx.outbox.move(1, State.QUEUED, row(desk).reason, at=NOON, due_at=NOON, pin=True)
    desk.send_all()
    assert platform.sent[0].text == MINE


def test_repeats_and_evergreen_take_turns_among_the_variants(
    desk_of: Callable[..., Desk], fedi: Account
) -> None:
    route = Route("all", ("site",), ("fedi",), repeat=(Repeat(HOUR, "again"), Repeat(2 * HOUR, "more")))
    desk = desk_of([fedi], [route])
    desk.newsroom = replace(desk.newsroom, evergreen=(CLASSICS,))
    desk.poll(entry(1))
    while desk.send_all() or desk.clock.now() < NOON + 3 * HOUR:
        desk.clock.forward(HOUR)
    later = NOON + 200 * DAY
    with desk.store.write() as tx:
        [made] = bring_back(tx, desk.newsroom, CLASSICS, later, later)
    with desk.store.read() as tx:
        rows = tx.outbox.of_article(1)
    assert [(each.occasion, each.words.turn) for each in rows] == [
        ("new", None),
        ("repeat:1", 1),
        ("repeat:2", 2),
        ("evergreen:1", 3),
    ]
    assert made == rows[-1].id


def test_what_never_went_out_takes_no_turn(desk_of: Callable[..., Desk], fedi: Account) -> None:
    desk = desk_of([fedi], [Route("all", ("site",), ("fedi",))])
    desk.newsroom = replace(desk.newsroom, evergreen=(CLASSICS,))
    desk.poll(entry(1))
    with desk.store.write() as tx:
        tx.outbox.move(1, State.SKIPPED, row(desk).reason, at=NOON)
        later = NOON + 200 * DAY
        [made] = bring_back(tx, desk.newsroom, CLASSICS, later, later)
    assert row(desk, made).words.turn == 0
