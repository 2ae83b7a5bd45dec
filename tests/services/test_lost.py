"""A source that loses many articles at once: nothing is deleted or cancelled before a person says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import UserError
from bot.domain.routing import Route
from bot.services.decide import decide_articles
from bot.services.explain import explain
from bot.services.look import look, pages_to_look_at
from bot.services.lost import decide_held, foresee_held, show_again, withdraw_gone
from bot.services.review import approve, pause, resume
from bot.services.share import share
from bot.services.status import status
from bot.services.withdraw import withdraw
from tests.fakes.newsroom import Desk, account, entry, feed
from tests.fakes.platform import FakePlatform
from tests.services.test_follow import alerts, followed
from tests.services.test_withdraw import answered, drive

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def deleting(desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route) -> Desk:
    return desk_of([account("fedi", platform, on_withdrawal="delete")], [everything])


def shared(desk: Desk, count: int, first: int = 0) -> list[str]:
    """So many articles out; their guids."""
    now, numbers = desk.clock.now(), range(first, first + count)
    news = [entry(number, published_at=now - number * timedelta(seconds=1)) for number in numbers]
    desk.poll(*news)
    desk.send_all()
    return [each.guid for each in news]


def gone(desk: Desk, guids: list[str]) -> None:
    withdraw_gone(desk.store, desk.newsroom, "site", guids, desk.clock.now())


def decided(desk: Desk, *, withdrawn: bool) -> tuple[int, Counter[str]]:
    return decide_held(desk.store, desk.newsroom, "site", desk.clock.now(), withdrawn=withdrawn)


def states(desk: Desk) -> dict[str, int]:
    with desk.store.read() as tx:
        rows = tx.outbox.list()
    kinds = (f"{row.occasion.partition(':')[0]} {row.state} {row.reason}".strip() for row in rows)
    return dict(Counter(kinds))


def test_fifty_that_their_source_calls_gone_wait_for_a_person(deleting: Desk, platform: FakePlatform) -> None:
    gone(deleting, shared(deleting, 50))
    assert followed(deleting) == []
    assert (platform.deleted, states(deleting)) == ([], {"new published": 50})
    ((event, text),) = alerts(deleting)
    assert event == "source"
    assert "has lost 50 articles at once" in text
    assert "sharewire sources withdraw site" in text
    assert text in status(deleting.store, deleting.newsroom, deleting.clock.now())["problems"]


def test_they_are_taken_back_on_a_persons_word(deleting: Desk, platform: FakePlatform) -> None:
    gone(deleting, shared(deleting, 50))
    deleting.clock.forward(9 * DAY)
    assert foresee_held(deleting.store, deleting.newsroom, "site") == (50, Counter(delete=50))
    assert decided(deleting, withdrawn=True) == (50, Counter(delete=50))
    assert (len(deleting.send_all()), len(platform.deleted), alerts(deleting)) == (50, 50, [])
    with pytest.raises(UserError, match="no withdrawal of source site is held"):
        decided(deleting, withdrawn=True)


def test_or_they_are_kept(deleting: Desk, platform: FakePlatform) -> None:
    guids = shared(deleting, 50)
    gone(deleting, guids)
    assert decided(deleting, withdrawn=False) == (50, Counter())
    assert (followed(deleting, 8 * DAY), platform.deleted, alerts(deleting)) == ([], [], [])
    assert pages_to_look_at(deleting.store, deleting.newsroom, deleting.clock.now()) == []
    gone(deleting, guids[:1])
    assert followed(deleting) == ["published"]


def test_what_waits_keeps_no_slot_and_goes_on_once_they_are_kept(
    deleting: Desk, platform: FakePlatform
) -> None:
    guids = [each.guid for each in (entry(number) for number in range(6))]
    deleting.poll(*(entry(number) for number in range(6)))
    gone(deleting, guids)
    assert states(deleting) == {"new held withdrawn": 6}
    deleting.poll(*(entry(number, title="edited meanwhile") for number in range(6)))
    assert (deleting.send_all(), states(deleting)) == ([], {"new held withdrawn": 6})
    with deleting.store.read() as tx:
        first = tx.outbox.list()[0]
    with pytest.raises(UserError, match="sharewire sources keep site, or withdraw site"):
        approve(deleting.store, deleting.newsroom, first.id, deleting.clock.now())
    decided(deleting, withdrawn=False)
    assert states(deleting) == {"new queued": 6}
    decide_articles(deleting.store, deleting.newsroom, deleting.clock.now())
    assert (len(deleting.send_all()), len(platform.sent)) == (6, 6)
    with deleting.store.read() as tx:
        assert all(row.expires_at for row in tx.outbox.list())


def test_what_waits_is_cancelled_once_they_are_withdrawn(deleting: Desk, platform: FakePlatform) -> None:
    deleting.poll(*(entry(number) for number in range(6)))
    gone(deleting, [entry(number).guid for number in range(6)])
    assert decided(deleting, withdrawn=True) == (6, Counter(cancel=6))
    assert (deleting.send_all(), platform.sent, states(deleting)) == ([], [], {"new cancelled withdrawn": 6})


def test_what_is_not_yet_decided_is_shared_only_once_they_are_kept(
    deleting: Desk, platform: FakePlatform
) -> None:
    guids = shared(deleting, 5)
    with deleting.store.write() as tx:
        article = tx.articles.get(1)
        assert article is not None
        late = replace(article, id=0, url="https://news.example/late/", title="late")
        id_ = tx.articles.add(late, "", None)
        seen = tx.articles.sources_of(1)["site"]
        tx.articles.sight(replace(seen, guid="late", article=id_))
    gone(deleting, [*guids, "late"])
    decide_articles(deleting.store, deleting.newsroom, deleting.clock.now())
    assert (deleting.send_all(), len(platform.sent)) == ([], 5)
    decided(deleting, withdrawn=False)
    decide_articles(deleting.store, deleting.newsroom, deleting.clock.now())
    assert (deleting.send_all(), len(platform.sent)) == (["published"], 6)


def test_one_that_is_being_uploaded_waits_too(deleting: Desk, platform: FakePlatform) -> None:
    guids = shared(deleting, 5)
    deleting.poll(entry("upload"))
    platform.on_prepare = lambda: gone(deleting, [*guids, "guid-upload"])
    assert deleting.send_all() == ["held"]
    platform.on_prepare = lambda: None
    decided(deleting, withdrawn=False)
    assert (deleting.send_all(), len(platform.sent)) == (["published"], 6)


def test_four_are_taken_back_and_the_fifth_of_a_day_waits_with_all_that_follow(
    deleting: Desk, platform: FakePlatform
) -> None:
    guids = shared(deleting, 7)
    for guid in guids:
        gone(deleting, [guid])
        deleting.send_all()
    assert (len(platform.deleted), len(alerts(deleting))) == (4, 1)
    deleting.clock.forward(2 * DAY)
    late = shared(deleting, 1, first=100)
    gone(deleting, late)
    assert followed(deleting) == []
    assert foresee_held(deleting.store, deleting.newsroom, "site")[0] == 4


def test_a_few_a_day_are_taken_back_for_ever(deleting: Desk, platform: FakePlatform) -> None:
    for day in range(4):
        gone(deleting, shared(deleting, 3, first=10 * day))
        deleting.send_all()
        deleting.clock.forward(DAY + MINUTE)
    assert (len(platform.deleted), alerts(deleting)) == (12, [])


@pytest.mark.parametrize(("limit", "deleted"), [(0, 20), (30, 20), (20, 0)])
def test_the_source_says_how_many_are_many(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route, limit: int, deleted: int
) -> None:
    fedi = account("fedi", platform, on_withdrawal="delete")
    desk = desk_of([fedi], [everything], sources=[feed("site", withdrawals=limit)])
    gone(desk, shared(desk, 20))
    desk.send_all()
    assert len(platform.deleted) == deleted


def test_what_was_never_shared_does_not_count(desk_of: Callable[..., Desk], platform: FakePlatform) -> None:
    nowhere = Route("nowhere", ("other",), ("fedi",))
    desk = desk_of([account("fedi", platform)], [nowhere])
    gone(desk, shared(desk, 20))
    assert alerts(desk) == []
    with desk.store.read() as tx:
        assert all(each.withdrawn_at for each in tx.articles.latest(50))


def test_a_cut_short_order_given_again_does_the_rest(
    deleting: Desk, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone(deleting, shared(deleting, 6))
    carried = []

    def dies(*words: object) -> list[object]:
        carried.append(words)
        if len(carried) == 3:
            raise KeyboardInterrupt
        from bot.services.withdraw import carry_through

        return carry_through(*words)  # type: ignore[arg-type,return-value]

    with monkeypatch.context() as patch:
        patch.setattr("bot.services.lost.carry_through", dies)
        with pytest.raises(KeyboardInterrupt):
            decided(deleting, withdrawn=True)
    assert len(alerts(deleting)) == 1
    assert decided(deleting, withdrawn=True) == (4, Counter(delete=4))
    deleting.send_all()
    assert (len(platform.deleted), alerts(deleting)) == (6, [])


def test_many_pages_lost_at_once_wait_and_go_on_when_they_answer_again(
    deleting: Desk, platform: FakePlatform
) -> None:
    shared(deleting, 6)
    assert len(answered(deleting, 404, 404, every=HOUR)) == 6
    assert (deleting.send_all(), [event for event, _ in alerts(deleting)]) == ([], ["source"])
    assert (answered(deleting, 200, every=HOUR), alerts(deleting), platform.deleted) == ([], [], [])


def test_pages_lost_one_after_the_other_wait_from_the_fifth_on(
    deleting: Desk, platform: FakePlatform
) -> None:
    for number in range(7):
        shared(deleting, 1, first=number)
        answered(deleting, 404, 404)
        deleting.send_all()
    assert len(platform.deleted) == 4
    assert [event for event, _ in alerts(deleting)] == ["source"]


def test_pages_that_stay_lost_are_asked_for_a_week_and_no_more(deleting: Desk) -> None:
    shared(deleting, 6)
    answered(deleting, 404, 404, every=HOUR)
    looks = 0
    for _ in range(24 * 9):
        deleting.clock.forward(HOUR)
        now = deleting.clock.now()
        for article in pages_to_look_at(deleting.store, deleting.newsroom, now):
            drive(look(deleting.store, deleting.newsroom, article, now), 404)
            looks += 1
    assert 6 * 24 * 7 - 12 <= looks <= 6 * 24 * 7 + 12
    assert foresee_held(deleting.store, deleting.newsroom, "site")[0] == 6


def test_explain_tells_it(deleting: Desk) -> None:
    gone(deleting, shared(deleting, 6))
    said = explain(deleting.store, deleting.newsroom, "1", deleting.clock.now())
    assert said is not None
    assert (said["withdrawn"]["by"], said["withdrawn"]["held"]) == ("source", True)
    decided(deleting, withdrawn=True)
    said = explain(deleting.store, deleting.newsroom, "1", deleting.clock.now())
    assert said is not None
    assert said["withdrawn"]["held"] is False


def single(desk: Desk, article: int) -> None:
    now = desk.clock.now()
    withdraw(desk.store, desk.newsroom, article, now, by="person", why="so it is", delete=True)


def again(desk: Desk, article: int) -> None:
    with desk.store.read() as tx:
        known = tx.articles.get(article)
    assert known is not None
    share(desk.store, desk.newsroom, known, ["fedi"], desk.clock.now(), again=True)


@pytest.mark.parametrize(("order", "then"), [(single, ["delete 0"]), (again, [])])
def test_a_persons_word_on_one_of_them_stands_and_the_alert_ends_with_the_last(
    deleting: Desk, platform: FakePlatform, order: Callable[[Desk, int], None], then: list[str]
) -> None:
    gone(deleting, shared(deleting, 5))
    order(deleting, 1)
    assert deleting.send_all() == ["published"]
    assert [call for call in platform.calls if call.startswith("delete")] == then
    assert (foresee_held(deleting.store, deleting.newsroom, "site")[0], len(alerts(deleting))) == (4, 1)
    for article in range(2, 6):
        order(deleting, article)
    assert alerts(deleting) == []


def back(desk: Desk, guids: list[str]) -> None:
    show_again(desk.store, desk.newsroom, "site", guids, desk.clock.now())


def test_those_that_their_source_shows_again_before_a_person_decided_were_never_lost(
    deleting: Desk, platform: FakePlatform
) -> None:
    guids = shared(deleting, 6)
    gone(deleting, guids)
    back(deleting, guids)
    assert (states(deleting), alerts(deleting)) == ({"new published": 6}, [])
    with deleting.store.read() as tx:
        assert not any(article.withdrawn_at for article in tx.articles.latest(10))


def test_what_stands_is_followed_again_and_what_was_deleted_stays_so(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route
) -> None:
    there = FakePlatform()
    other = account("other", there, on_withdrawal="alert", on_update="edit")
    desk = desk_of(
        [account("fedi", platform, on_withdrawal="delete", on_update="edit"), other],
        [replace(everything, accounts=("fedi", "other"))],
    )
    (guid,) = shared(desk, 1)
    for number in range(2):
        gone(desk, [guid])
        assert [event for event, _ in alerts(desk)] == ["withdrawn"]
        desk.send_all()
        back(desk, [guid])
        desk.poll(entry(0, published_at=entry(1).published_at, title=f"Mended {number}"))
        desk.clock.forward(HOUR)
        assert followed(desk) == ["published"]
        assert alerts(desk) == []
    assert [text.split(" http")[0] for _, _, text in there.edits] == ["Mended 0", "Mended 1"]
    assert (platform.deleted, platform.edits, len(platform.sent)) == ([0], [], 1)
    said = explain(desk.store, desk.newsroom, "1", desk.clock.now())
    assert said is not None
    assert ("withdrawn" in said, said["deleted"]) == (False, ["fedi"])


def test_one_of_which_nothing_stands_any_more_stays_as_it_is(deleting: Desk, platform: FakePlatform) -> None:
    (guid,) = shared(deleting, 1)
    gone(deleting, [guid])
    deleting.send_all()
    for _ in range(2):
        back(deleting, [guid])
        deleting.clock.forward(DAY)
        assert followed(deleting) == []
    said = explain(deleting.store, deleting.newsroom, "1", deleting.clock.now())
    assert said is not None
    assert said["withdrawn"]["why"].endswith("shared anew only by: sharewire share ARTICLE --again")
    before = states(deleting)
    gone(deleting, [guid])
    assert (states(deleting), len(platform.sent)) == (before, 1)
    said = explain(deleting.store, deleting.newsroom, "1", deleting.clock.now())
    assert said is not None
    assert "public again" not in said["withdrawn"]["why"]


def test_one_whose_posts_all_stand_is_followed_again_and_nothing_is_shared_anew(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route
) -> None:
    """A draft for an hour, mended, and public again; on the other account it was still to come."""
    later = FakePlatform()
    wired = [account("fedi", platform, on_update="edit"), account("other", later)]
    desk = desk_of(wired, [replace(everything, accounts=("fedi", "other"))])
    desk.poll(entry(1))
    pause(desk.store, "account:other", desk.clock.now(), None, "not now")
    assert desk.send_all() == ["published"]
    for number in range(2):
        gone(desk, [entry(1).guid])
        assert [event for event, _ in alerts(desk)] == ["withdrawn"]
        desk.poll(entry(1, title=f"Mended {number}"))
        assert followed(desk) == []
        back(desk, [entry(1).guid])
        assert followed(desk) == ["published"]
        assert alerts(desk) == []
    resume(desk.store, desk.newsroom, "account:other", desk.clock.now())
    desk.poll(entry(1, title="Mended in the end"))
    assert followed(desk) == ["published"]
    assert [text.split(" http")[0] for _, _, text in platform.edits] == [
        "Mended 0",
        "Mended 1",
        "Mended in the end",
    ]
    assert (later.sent, platform.deleted) == ([], [])
    assert states(desk) == {"new published": 1, "new cancelled withdrawn": 1, "edit published": 3}
    with desk.store.read() as tx:
        (article,) = tx.articles.latest(1)
        assert (article.withdrawn_at, tx.following.get(article.id).page_at is None) == (None, False)


@pytest.mark.parametrize(("lost", "deleted"), [(3, 0), (2, 2), (1, 1)])
def test_all_that_a_folder_had_wait_though_they_are_few(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route, lost: int, deleted: int
) -> None:
    fedi = account("fedi", platform, on_withdrawal="delete")
    desk = desk_of([fedi], [everything], sources=[replace(feed("site"), folder=Path("content"))])
    gone(desk, shared(desk, 3)[:lost])
    desk.send_all()
    assert len(platform.deleted) == deleted
    assert [text for _, text in alerts(desk) if "has lost 3 articles at once" in text] == [
        text for _, text in alerts(desk) if not deleted
    ]


def test_who_wants_nothing_held_is_asked_nothing(
    desk_of: Callable[..., Desk], platform: FakePlatform, everything: Route
) -> None:
    fedi = account("fedi", platform, on_withdrawal="delete")
    desk = desk_of([fedi], [everything], sources=[feed("site", withdrawals=0)])
    shared(desk, 3)
    for _ in range(2):
        desk.clock.forward(15 * MINUTE)
        for article in pages_to_look_at(desk.store, desk.newsroom, desk.clock.now()):
            drive(look(desk.store, desk.newsroom, article, desk.clock.now()), 404, others=404)
    assert followed(desk) == ["published"] * 3
