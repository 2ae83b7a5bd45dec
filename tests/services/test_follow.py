"""An article that changes after it was shared: what stands is put right, once, and never made anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.delivery import State
from bot.domain.errors import Ambiguous, Rejected, Unavailable
from bot.domain.routing import Route
from bot.services.follow import follow
from bot.services.review import resolve
from bot.services.settle import settle_next
from bot.services.withdraw import withdraw
from tests.fakes.newsroom import Desk, account, entry
from tests.fakes.platform import FakePlatform

LINK = "https://news.example/1/"
CALM = timedelta(minutes=3)
LOST = Ambiguous("the answer was lost")


@pytest.fixture
def editing(desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route) -> Desk:
    """Article 1 stands on an account that corrects."""
    desk = desk_of([account("fedi", platform, on_update="edit")], [everything])
    desk.poll(entry(1))
    assert desk.send_all() == ["published"]
    return desk


def followed(desk: Desk, after: timedelta = CALM) -> list[str]:
    """Time passes; what is to be followed is, and what is due goes out; the states it led to."""
    desk.clock.forward(after)
    follow(desk.store, desk.newsroom, desk.clock.now())
    return desk.send_all()


def rows(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.store.read() as tx:
        found = sorted(tx.outbox.list(), key=lambda row: row.id)
    return [(row.occasion, str(row.state), str(row.reason)) for row in found]


def alerts(desk: Desk) -> list[tuple[str, str]]:
    with desk.store.read() as tx:
        return [(str(each.event), each.text) for each in tx.alerts.open()]


def test_a_change_that_shows_edits_the_post_in_place(editing: Desk, platform: FakePlatform) -> None:
    editing.poll(entry(1, title="Article 1, corrected"))
    assert followed(editing) == ["published"]
    assert [(each.text, each.reply_to) for each in platform.sent] == [(f"Article 1, corrected {LINK}", None)]
    assert rows(editing) == [("new", "published", ""), ("edit:1", "published", "")]


def test_a_change_that_does_not_show_does_nothing(editing: Desk, platform: FakePlatform) -> None:
    editing.poll(entry(1, tags=("rain",), html="<p>More of it.</p>"))
    assert followed(editing) == []
    assert rows(editing) == [("new", "published", "")]


def test_ten_quick_edits_are_one(editing: Desk, platform: FakePlatform) -> None:
    for number in range(10):
        editing.poll(entry(1, title=f"Article 1, version {number}"))
        assert followed(editing, timedelta(seconds=50)) == []
    assert followed(editing) == ["published"]
    assert [text for _, _, text in platform.edits] == [f"Article 1, version 9 {LINK}"]


def test_an_article_that_never_rests_is_corrected_every_ten_minutes(
    editing: Desk, platform: FakePlatform
) -> None:
    for number in range(13):
        editing.poll(entry(1, title=f"Article 1, version {number}"))
        followed(editing, timedelta(minutes=1))
    assert len(platform.edits) == 1


def test_each_sent_edit_has_a_number_and_a_key_of_its_own(editing: Desk, platform: FakePlatform) -> None:
    for title in ("second", "third"):
        editing.poll(entry(1, title=title))
        assert followed(editing) == ["published"]
    assert [row[0] for row in rows(editing)] == ["new", "edit:1", "edit:2"]
    assert len({key for _, key, _ in platform.edits}) == 2


def test_a_waiting_edit_is_rendered_when_it_goes_and_not_stacked(
    editing: Desk, platform: FakePlatform
) -> None:
    editing.poll(entry(1, title="second"))
    editing.clock.forward(CALM)
    follow(editing.store, editing.newsroom, editing.clock.now())
    editing.poll(entry(1, title="third"))
    assert followed(editing) == ["published"]
    assert [text for _, _, text in platform.edits] == [f"third {LINK}"]
    assert followed(editing) == []


def test_an_edit_taken_back_before_it_went_is_not_sent(editing: Desk, platform: FakePlatform) -> None:
    editing.poll(entry(1, title="second"))
    editing.clock.forward(CALM)
    follow(editing.store, editing.newsroom, editing.clock.now())
    editing.poll(entry(1))
    assert followed(editing) == ["cancelled"]
    assert platform.edits == []
    assert rows(editing)[1] == ("edit:1", "cancelled", "unchanged")


def test_after_the_window_nothing_is_corrected(editing: Desk, platform: FakePlatform) -> None:
    editing.clock.forward(timedelta(hours=24))
    editing.poll(entry(1, title="second"))
    assert followed(editing) == []


def test_what_still_waits_is_rendered_when_it_goes_out(editing: Desk, platform: FakePlatform) -> None:
    platform.before = [Unavailable("down")]
    editing.poll(entry(1), entry(2))
    assert editing.send_all() == ["queued"]
    editing.poll(entry(1), entry(2, title="Article 2, corrected"))
    assert followed(editing) == ["published"]
    assert [each.text for each in platform.sent][1:] == ["Article 2, corrected https://news.example/2/"]
    assert followed(editing) == []


def test_an_edit_waits_for_an_original_nobody_knows_of(editing: Desk, platform: FakePlatform) -> None:
    platform.after = [LOST]
    editing.poll(entry(1), entry(2))
    assert editing.send_all() == ["unknown"]
    editing.poll(entry(1), entry(2, title="Article 2, corrected"))
    assert followed(editing) == []
    settle_next(editing.courier)
    assert followed(editing) == ["published"]
    assert platform.edits[0][2] == "Article 2, corrected https://news.example/2/"


def test_what_a_person_found_not_there_is_not_edited(desk_of: Callable[..., Desk], everything: Route) -> None:
    platform = FakePlatform(replay=(), after=[LOST])
    desk = desk_of([account("fedi", platform, on_update="edit")], [everything])
    desk.poll(entry(1))
    assert desk.send_all() == ["unknown"]
    resolve(desk.store, desk.newsroom, 1, desk.clock.now(), to=State.SKIPPED)
    desk.poll(entry(1, title="second"))
    assert followed(desk) == []
    assert platform.edits == []


def test_an_edit_whose_answer_was_lost_is_sent_again_and_stands_once(
    editing: Desk, platform: FakePlatform
) -> None:
    platform.after = [LOST]
    editing.poll(entry(1, title="second"))
    assert followed(editing) == ["unknown"]
    editing.clock.forward(timedelta(minutes=2))
    settle_next(editing.courier)
    assert rows(editing)[1] == ("edit:1", "published", "")
    assert [text for _, _, text in platform.edits] == [f"second {LINK}"] * 2
    assert len({key for _, key, _ in platform.edits}) == 1
    assert len(platform.sent) == 1


def test_an_edit_that_never_gets_a_clear_answer_is_left_to_a_person_and_holds_up_no_news(
    editing: Desk, platform: FakePlatform
) -> None:
    platform.after = [LOST] * 9
    editing.poll(entry(1, title="second"))
    assert followed(editing) == ["unknown"]
    for _ in range(9):
        editing.clock.forward(timedelta(hours=1))
        settle_next(editing.courier)
    assert len(platform.edits) == 5
    ((event, text),) = alerts(editing)
    assert event == "unconfirmed"
    assert "nothing else goes out" not in text
    platform.after = []
    editing.poll(entry(2, published_at=editing.clock.now()))
    assert editing.send_all() == ["published"]


def test_a_post_that_is_gone_is_never_made_anew(editing: Desk, platform: FakePlatform) -> None:
    platform.deleted = [0]
    editing.poll(entry(1, title="second"))
    assert followed(editing) == ["failed"]
    assert len(platform.sent) == 1
    assert rows(editing)[1] == ("edit:1", "failed", "rejected")


@pytest.mark.parametrize("on_update", ["alert", "ignore"])
def test_an_account_that_does_not_edit_is_told_of_once_or_not_at_all(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route, on_update: str
) -> None:
    desk = desk_of([account("fedi", platform, on_update=on_update)], [everything])
    desk.poll(entry(1))
    desk.send_all()
    for title in ("second", "third"):
        desk.poll(entry(1, title=title))
        assert followed(desk) == []
    told = alerts(desk)
    assert [event for event, _ in told] == (["updated"] if on_update == "alert" else [])
    assert all("https://social.example/0 still says" in text for _, text in told)


def test_what_is_taken_back_need_not_be_corrected_any_more(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route
) -> None:
    desk = desk_of([account("fedi", platform, on_update="alert", on_withdrawal="delete")], [everything])
    desk.poll(entry(1), entry(2))
    desk.send_all()
    desk.poll(entry(1, title="second"), entry(2, title="second of another"))
    followed(desk)
    withdraw(desk.store, desk.newsroom, 1, desk.clock.now(), by="page", why="it answers 404")
    assert desk.send_all() == ["published"]
    assert ["another" in text for _, text in alerts(desk)] == [True]


def test_a_correction_of_another_length_is_told_not_sent(editing: Desk, platform: FakePlatform) -> None:
    editing.poll(entry(1, title="second\nand third"))
    assert followed(editing) == []
    (told,) = alerts(editing)
    assert "it takes 2 posts where 1 stand" in told[1]


def test_every_part_of_a_thread_is_corrected(desk_of: Callable[..., Desk], everything: Route) -> None:
    platform = FakePlatform()
    desk = desk_of([account("fedi", platform, on_update="edit")], [everything])
    desk.poll(entry(1, title="one\ntwo"))
    assert desk.send_all() == ["published"]
    desk.poll(entry(1, title="uno\ndue"))
    assert followed(desk) == ["published"]
    assert [each.text for each in platform.sent] == [f"uno {LINK}", f"due {LINK}"]
    assert [number for number, _, _ in platform.edits] == [0, 1]


def test_a_thread_half_corrected_goes_on_where_it_stopped(
    desk_of: Callable[..., Desk], everything: Route
) -> None:
    platform = FakePlatform()
    desk = desk_of([account("fedi", platform, on_update="edit")], [everything])
    desk.poll(entry(1, title="one\ntwo"))
    desk.send_all()
    platform.before = [None, Unavailable("down")]
    desk.poll(entry(1, title="uno\ndue"))
    assert followed(desk) == ["queued"]
    desk.clock.forward(timedelta(minutes=5))
    assert desk.send_all() == ["published"]
    assert [(number, text) for number, _, text in platform.edits] == [(0, f"uno {LINK}"), (1, f"due {LINK}")]


def test_a_correction_takes_up_no_place_of_news(editing: Desk) -> None:
    editing.poll(entry(1, title="second"))
    followed(editing)
    with editing.store.read() as tx:
        assert len(tx.outbox.history("fedi", editing.clock.now() - timedelta(days=1)).sent_at) == 1


def test_a_refused_edit_is_told_with_the_platforms_words(editing: Desk, platform: FakePlatform) -> None:
    platform.before = [Rejected("too long")]
    editing.poll(entry(1, title="second"))
    assert followed(editing) == ["failed"]
    assert ["too long" in text for _, text in alerts(editing)] == [True]
