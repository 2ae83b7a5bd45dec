"""An article that is taken back: nothing more of it goes out, and what stands goes or is told."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.blackout import Blackout
from bot.domain.delivery import State
from bot.domain.errors import Ambiguous, Rejected, SourceError, Unauthorized, Unavailable, UserError
from bot.domain.post import Findable, Keyed
from bot.domain.routing import Route
from bot.ports.source import Response
from bot.services.apply import apply
from bot.services.housekeeping import expire
from bot.services.look import look, pages_to_look_at
from bot.services.lost import withdraw_gone
from bot.services.review import pause, resolve, retry
from bot.services.settle import recover, settle_next
from bot.services.share import share
from bot.services.withdraw import withdraw
from tests.fakes.newsroom import Desk, account, entry
from tests.fakes.platform import FakePlatform
from tests.services.test_follow import alerts, followed, rows

HOUR = timedelta(hours=1)
LOST = Ambiguous("the answer was lost")


@pytest.fixture
def deleting(desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route) -> Desk:
    """An account that deletes."""
    return desk_of([account("fedi", platform, on_withdrawal="delete")], [everything])


def take_back(desk: Desk, article: int = 1, **more: Any) -> list[str]:
    taken = withdraw(
        desk.store, desk.newsroom, article, desk.clock.now(), **{"by": "page", "why": "it answers 404"} | more
    )
    return [each.way for each in taken]


def answered(
    desk: Desk, *statuses: int | None, every: timedelta = timedelta(minutes=15), body: bytes = b"<html>"
) -> list[int]:
    """Each due page answers so, one round a status; the articles withdrawn by the end."""
    for status in statuses:
        desk.clock.forward(every)
        now = desk.clock.now()
        for article in pages_to_look_at(desk.store, desk.newsroom, now):
            drive(look(desk.store, desk.newsroom, article, now), status, body=body)
    with desk.store.read() as tx:
        return [a.id for a in tx.articles.latest(50) if a.withdrawn_at]


def drive(
    steps: Generator[Any, Any, None], status: int | None, others: int = 200, body: bytes = b"<html>"
) -> None:
    request = next(steps)
    with suppress(StopIteration):
        request = (
            steps.throw(SourceError("no answer"))
            if status is None
            else steps.send(Response(request.url, status, {}, body))
        )
        while True:
            request = steps.send(Response(request.url, others, {}, b"<html>"))


def test_what_stands_is_deleted_once(deleting: Desk, platform: FakePlatform) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    assert take_back(deleting) == ["delete"]
    assert deleting.send_all() == ["published"]
    assert (platform.deleted, rows(deleting)[1]) == ([0], ("withdraw:1", "published", ""))
    assert (take_back(deleting), take_back(deleting, delete=True), followed(deleting)) == ([], [], [])


def test_what_waits_is_cancelled_and_never_shared(deleting: Desk, platform: FakePlatform) -> None:
    deleting.poll(entry(1))
    assert take_back(deleting) == ["cancel"]
    assert deleting.send_all() == []
    assert rows(deleting) == [("new", "cancelled", "withdrawn")]
    deleting.poll(entry(1, title="back again, and new"))
    assert (deleting.send_all(), followed(deleting), platform.sent) == ([], [], [])
    with deleting.store.read() as tx:
        article = tx.articles.get(1)
        assert article is not None
        assert article.withdrawn_at is not None
        assert tx.articles.decisions(1)[-1].rule == "it was withdrawn"


def test_a_thread_is_deleted_from_its_end(deleting: Desk, platform: FakePlatform) -> None:
    deleting.poll(entry(1, title="one\ntwo\nthree"))
    deleting.send_all()
    take_back(deleting)
    assert deleting.send_all() == ["published"]
    assert platform.deleted == [2, 1, 0]


def test_the_first_parts_of_a_thread_go_and_the_rest_is_not_sent(
    deleting: Desk, platform: FakePlatform
) -> None:
    platform.before = [None, Unavailable("down")]
    deleting.poll(entry(1, title="one\ntwo"))
    assert deleting.send_all() == ["queued"]
    assert sorted(take_back(deleting)) == ["cancel", "delete"]
    deleting.clock.forward(HOUR)
    assert deleting.send_all() == ["published"]
    assert (len(platform.sent), platform.deleted) == (1, [0])
    assert rows(deleting)[0] == ("new", "skipped", "withdrawn")


def test_a_withdrawal_while_it_is_being_uploaded_stops_it_at_the_mark(
    deleting: Desk, platform: FakePlatform
) -> None:
    deleting.poll(entry(1))
    platform.on_prepare = lambda: take_back(deleting)
    assert deleting.send_all() == ["cancelled"]
    assert (platform.sent, rows(deleting)) == ([], [("new", "cancelled", "withdrawn")])
    assert followed(deleting) == []


@pytest.mark.parametrize("withdrawn_first", [False, True])
def test_what_a_person_found_is_deleted(
    desk_of: Callable[..., Desk], everything: Route, *, withdrawn_first: bool
) -> None:
    platform = FakePlatform(replay=(), after=[LOST])
    desk = desk_of([account("fedi", platform, on_withdrawal="delete")], [everything])
    desk.poll(entry(1))
    desk.send_all()
    desk.clock.forward(timedelta(minutes=2))
    settle_next(desk.courier)
    if withdrawn_first:
        assert take_back(desk) == ["wait"]
    url = "https://social.example/0"
    resolve(desk.store, desk.newsroom, 1, desk.clock.now(), to=State.PUBLISHED, url=url)
    if not withdrawn_first:
        assert take_back(desk) == ["delete"]
    assert followed(desk) == ["published"]
    assert platform.deleted == [0]


@pytest.mark.parametrize("replay", [(Findable(),), (Findable(), Keyed(timedelta(days=1)))])
def test_an_unknown_of_a_withdrawn_article_is_looked_for_and_deleted(
    desk_of: Callable[..., Desk], everything: Route, replay: Any
) -> None:
    platform = FakePlatform(replay=replay, after=[LOST])
    desk = desk_of([account("fedi", platform, on_withdrawal="delete")], [everything])
    desk.poll(entry(1))
    assert desk.send_all() == ["unknown"]
    assert take_back(desk) == ["wait"]
    desk.clock.forward(timedelta(minutes=2))
    settle_next(desk.courier)
    assert followed(desk) == ["published"]
    assert (len(platform.sent), platform.deleted) == (1, [0])


@pytest.mark.parametrize("replay", [(Findable(),), (Findable(), Keyed(timedelta(days=1)))])
def test_an_unknown_of_a_withdrawn_article_that_never_stood_is_not_sent(
    desk_of: Callable[..., Desk], everything: Route, replay: Any
) -> None:
    platform = FakePlatform(replay=replay, before=[LOST])
    desk = desk_of([account("fedi", platform, on_withdrawal="delete")], [everything])
    desk.poll(entry(1))
    desk.send_all()
    take_back(desk)
    for _ in range(3):
        desk.clock.forward(timedelta(minutes=2))
        settle_next(desk.courier)
    assert followed(desk) == []
    assert (platform.sent, rows(desk)) == ([], [("new", "cancelled", "withdrawn")])


def test_an_edit_nobody_knows_of_does_not_hold_up_the_deletion(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route
) -> None:
    desk = desk_of([account("fedi", platform, on_update="edit", on_withdrawal="delete")], [everything])
    desk.poll(entry(1))
    desk.send_all()
    platform.after = [LOST]
    desk.poll(entry(1, title="second"))
    assert followed(desk) == ["unknown"]
    assert sorted(take_back(desk)) == ["cancel", "delete"]
    assert desk.send_all() == ["published"]
    assert platform.deleted == [0]


def test_a_deletion_whose_answer_was_lost_is_sent_again(deleting: Desk, platform: FakePlatform) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    take_back(deleting)
    platform.after = [LOST]
    assert deleting.send_all() == ["unknown"]
    deleting.clock.forward(timedelta(minutes=2))
    settle_next(deleting.courier)
    assert rows(deleting)[1] == ("withdraw:1", "published", "")
    assert (platform.calls.count("delete 0"), platform.deleted) == (2, [0])


def test_a_worker_that_died_over_a_deletion_leaves_an_unknown_that_is_settled(
    deleting: Desk, platform: FakePlatform
) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    take_back(deleting)
    dead = deleting.courier
    dead.worker = "dead"
    row = dead.claim()
    assert row is not None
    platform.delete = lambda ref, key: (_ for _ in ()).throw(SystemExit)  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        dead.carry_out(row)
    del platform.delete
    recover(deleting.store, "worker", deleting.clock.now(), timedelta(minutes=1))
    assert rows(deleting)[1][1] == "unknown"
    deleting.clock.forward(timedelta(minutes=2))
    settle_next(deleting.courier)
    assert (rows(deleting)[1][1], platform.deleted) == ("published", [0])


@pytest.mark.parametrize(("says", "told"), [("alert", ["withdrawn"]), ("ignore", [])])
def test_an_account_that_does_not_delete_is_told_of_or_left(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route, says: str, told: list[str]
) -> None:
    desk = desk_of([account("fedi", platform, on_withdrawal=says)], [everything])
    desk.poll(entry(1), entry(2))
    desk.send_all()
    take_back(desk)
    take_back(desk)
    assert (desk.send_all(), platform.deleted) == ([], [])
    assert [event for event, _ in alerts(desk)] == told
    assert all("still stands at https://social.example/" in text for _, text in alerts(desk))


def test_a_persons_word_deletes_whatever_the_account_says(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route
) -> None:
    desk = desk_of([account("fedi", platform)], [everything])
    desk.poll(entry(1))
    desk.send_all()
    assert take_back(desk) == ["alert"]
    assert take_back(desk, by="person", why="a mistake", delete=True) == ["delete"]
    assert (desk.send_all(), platform.deleted, alerts(desk)) == (["published"], [0], [])


def test_it_is_shared_again_only_on_a_persons_word(deleting: Desk, platform: FakePlatform) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    take_back(deleting)
    deleting.send_all()
    now = deleting.clock.now()
    with deleting.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    with pytest.raises(UserError, match="--again"):
        share(deleting.store, deleting.newsroom, article, ["fedi"], now)
    share(deleting.store, deleting.newsroom, article, ["fedi"], now, again=True)
    assert (deleting.send_all(), len(platform.sent)) == (["published"], 2)
    take_back(deleting)
    assert (deleting.send_all(), platform.deleted) == (["published"], [0, 1])
    assert [row[0] for row in rows(deleting)] == ["new", "withdraw:1", "manual:1", "withdraw:2"]


def test_what_was_skipped_for_it_cannot_be_retried_by_mistake(deleting: Desk, platform: FakePlatform) -> None:
    platform.before = [None, Unavailable("down")]
    deleting.poll(entry(1, title="one\ntwo"))
    deleting.send_all()
    take_back(deleting)
    with pytest.raises(UserError, match="was withdrawn"):
        retry(deleting.store, deleting.newsroom, 1, deleting.clock.now())


def test_a_paused_account_deletes_after_it_is_resumed_and_a_paused_route_at_once(
    deleting: Desk, platform: FakePlatform
) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    take_back(deleting)
    pause(deleting.store, "account:fedi", deleting.clock.now(), deleting.clock.now() + HOUR, "")
    assert deleting.send_all() == []
    deleting.clock.forward(HOUR)
    pause(deleting.store, "route:everything", deleting.clock.now(), None, "")
    assert deleting.send_all() == ["published"]


def test_a_deletion_the_account_may_not_make_pauses_it(deleting: Desk, platform: FakePlatform) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    take_back(deleting)
    platform.before = [Unauthorized("a scope is missing")]
    assert deleting.send_all() == ["queued"]
    assert [event for event, _ in alerts(deleting)] == ["account"]


def test_a_source_that_says_gone_withdraws(deleting: Desk, platform: FakePlatform) -> None:
    deleting.poll(entry(1), entry(2))
    deleting.send_all()
    withdraw_gone(deleting.store, deleting.newsroom, "site", ["guid-2", "never-seen"], deleting.clock.now())
    assert deleting.send_all() == ["published"]
    assert platform.deleted == [int(next(r.refs[0]["id"] for r in of(deleting, 2) if r.occasion == "new"))]


def of(desk: Desk, article: int) -> Any:
    with desk.store.read() as tx:
        return tx.outbox.of_article(article)


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_not_found_twice_is_proof(deleting: Desk, platform: FakePlatform, status: int) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    assert answered(deleting, status) == []
    assert answered(deleting, status) == [1]
    assert (deleting.send_all(), platform.deleted) == (["published"], [0])


@pytest.mark.parametrize(
    "statuses", [(404, 200, 404), (404, 500, 403, None, 401), (500,) * 8, (None,) * 8, (302, 403)]
)
def test_nothing_less_is_proof(deleting: Desk, statuses: tuple[int | None, ...]) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    assert answered(deleting, *statuses, every=HOUR) == []


def test_a_page_not_found_twice_with_trouble_between_is_proof(deleting: Desk) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    assert answered(deleting, 404, 503, None, 404, every=HOUR) == [1]


def test_a_page_is_looked_at_eight_times_in_a_week(deleting: Desk) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    looks = 0
    for _ in range(24 * 9):
        deleting.clock.forward(HOUR)
        now = deleting.clock.now()
        for article in pages_to_look_at(deleting.store, deleting.newsroom, now):
            drive(look(deleting.store, deleting.newsroom, article, now), 200)
            looks += 1
    assert looks == 8


def test_no_page_is_looked_at_where_nobody_cares(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route
) -> None:
    desk = desk_of([account("fedi", platform, on_withdrawal="ignore")], [everything])
    desk.poll(entry(1))
    desk.send_all()
    desk.clock.forward(HOUR)
    assert pages_to_look_at(desk.store, desk.newsroom, desk.clock.now()) == []


def test_four_pages_lost_at_once_are_four_withdrawals(deleting: Desk) -> None:
    deleting.poll(*(entry(number) for number in range(4)))
    deleting.send_all()
    assert len(answered(deleting, 404, 404)) == 4


def test_states_name_the_reason(deleting: Desk) -> None:
    deleting.poll(entry(1))
    take_back(deleting)
    (row,) = of(deleting, 1)
    assert (row.state, row.detail) == (State.CANCELLED, "it answers 404")


@pytest.mark.parametrize("then", ["wait", "skip"])
def test_a_blackout_holds_up_neither_a_deletion_nor_an_edit(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route, then: str
) -> None:
    desk = desk_of([account("fedi", platform, on_update="edit", on_withdrawal="delete")], [everything])
    desk.poll(entry(1))
    assert desk.send_all() == ["published"]
    off = Blackout("off", "UTC", lambda _: [desk.clock.now().date()], then=then)
    desk.newsroom = replace(desk.newsroom, blackouts=(off,))
    apply(desk.store, desk.newsroom, desk.clock.now())
    desk.poll(entry(1, title="corrected"))
    assert followed(desk) == ["published"]
    take_back(desk)
    expire(desk.store, desk.newsroom, desk.clock.now())
    assert desk.send_all() == ["published"]
    assert (len(platform.edits), platform.deleted) == (1, [0])


def test_what_failed_before_its_article_was_withdrawn_cannot_be_retried(
    deleting: Desk, platform: FakePlatform
) -> None:
    platform.before = [Rejected("no")]
    deleting.poll(entry(1))
    assert deleting.send_all() == ["failed"]
    take_back(deleting)
    with pytest.raises(UserError, match="was withdrawn"):
        retry(deleting.store, deleting.newsroom, 1, deleting.clock.now())


def test_a_deletion_that_failed_can_be_retried(deleting: Desk, platform: FakePlatform) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    take_back(deleting)
    platform.before = [Rejected("not today")]
    assert deleting.send_all() == ["failed"]
    retry(deleting.store, deleting.newsroom, 2, deleting.clock.now())
    assert (deleting.send_all(), platform.deleted) == (["published"], [0])


def why_of(desk: Desk) -> str:
    with desk.store.read() as tx:
        return tx.following.get(1).why


def test_a_page_that_is_there_again_is_said_to_and_shared_by_nobody(
    deleting: Desk, platform: FakePlatform
) -> None:
    desk = deleting
    desk.poll(entry(1))
    desk.send_all()
    assert answered(desk, 404, 404, None, 503, 404, every=HOUR) == [1]
    followed(desk)
    assert "public again" not in why_of(desk)
    sent = len(platform.sent)
    assert answered(desk, *[200] * 30, every=HOUR) == [1]
    assert why_of(desk).startswith("its page answers 404; it is public again, and is shared anew only by:")
    assert (len(platform.sent), alerts(desk)) == (sent, [])
    with desk.store.read() as tx:
        assert tx.following.get(1).page_at is None


@pytest.mark.parametrize("title", ["Just a moment...", "Under maintenance", "Article 1"])
def test_another_page_in_its_place_does_not_say_that_it_is_there_again(deleting: Desk, title: str) -> None:
    deleting.poll(entry(1, title="Article 1"))
    deleting.send_all()
    page = f"<html><title>{title}</title>".encode()
    assert answered(deleting, 404, 200, 404, every=HOUR, body=page) == ([1] if title != "Article 1" else [])
    assert answered(deleting, 404, every=HOUR) == [1]
    answered(deleting, *[200] * 9, every=HOUR, body=page)
    assert ("public again" in why_of(deleting)) is (title == "Article 1")


def test_a_page_that_cannot_be_read_keeps_no_other_from_being_looked_at(
    deleting: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.pages.gate", lambda *_: 1 / 0)
    deleting.poll(entry(1))
    deleting.send_all()
    assert answered(deleting, 404, 200, 404, every=HOUR) == []
    assert answered(deleting, 404, every=HOUR) == [1]


def test_a_page_that_stays_away_is_asked_ever_more_rarely_for_a_week(deleting: Desk) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    answered(deleting, 404, 404)
    looks = 0
    for _ in range(24 * 20):
        deleting.clock.forward(HOUR)
        now = deleting.clock.now()
        for article in pages_to_look_at(deleting.store, deleting.newsroom, now):
            drive(look(deleting.store, deleting.newsroom, article, now), 404)
            looks += 1
    assert 7 <= looks <= 9
    assert answered(deleting, 200) == [1]


def test_what_a_person_took_back_is_not_asked_for(deleting: Desk) -> None:
    deleting.poll(entry(1))
    deleting.send_all()
    take_back(deleting, by="person", why="a mistake")
    deleting.clock.forward(30 * HOUR)
    assert pages_to_look_at(deleting.store, deleting.newsroom, deleting.clock.now()) == []
