"""What goes wrong in our own house blocks nobody, posts nothing twice and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.delivery import Delivery, Reason, State
from bot.domain.errors import Ambiguous, Throttled, Unavailable, UserError
from bot.domain.post import Findable, Keyed, Pending, Replay
from bot.domain.routing import Route
from bot.ports.newsroom import Account
from bot.ports.source import Harvest, Response
from bot.services import decide
from bot.services.ingest import take_in
from bot.services.late import enrich_again
from bot.services.pages import pages
from bot.services.review import pause, resume, retry
from bot.services.settle import probe_accounts, settle_next
from bot.services.share import article_at, share
from tests.fakes.newsroom import NOON, Desk, account, entry
from tests.fakes.platform import FakePlatform

LOST = Ambiguous("the answer was lost")


def only(desk: Desk) -> Delivery:
    with desk.store.read() as tx:
        rows = tx.outbox.list()
    assert len(rows) == 1
    return rows[0]


@pytest.fixture
def with_replay(desk_of: Callable[..., Desk], everything: Route) -> Callable[..., tuple[Desk, FakePlatform]]:
    """A desk whose one share is unknown, on a platform with these abilities."""

    def make(*replay: Replay, on_unconfirmed: str = "wait", **script: Any) -> tuple[Desk, FakePlatform]:
        platform = FakePlatform(replay=replay, **script)
        desk = desk_of([account("fedi", platform, on_unconfirmed=on_unconfirmed)], [everything])
        desk.poll(entry(1))
        assert desk.send_all() == ["unknown"]
        return desk, platform

    return make


class FullDisk:
    """The outbox cannot be written to for the next so many writes after `spare`."""

    def __init__(self, real: Any, spare: int) -> None:
        self.real, self.spare, self.broken = real, spare, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def write(self, *, lasting: bool = True, first: bool = False) -> Any:
        self.spare -= 1
        if self.broken and self.spare < 0:
            raise OSError("disk full")
        return self.real.write(lasting=lasting, first=first)


def test_an_acceptance_that_could_not_be_written_is_written_later(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    courier = desk.courier
    row = courier.claim()
    assert row is not None
    disk = FullDisk(desk.store, spare=1)
    courier.store = disk
    with pytest.raises(OSError, match="disk full"):
        courier.carry_out(row)
    courier.owe(row)
    disk.broken = False
    courier.pay()
    assert (only(desk).state, only(desk).remote_url) == ("published", "https://social.example/0")
    assert (len(platform.sent), courier.owed) == (1, {})


def test_a_row_that_a_fault_left_in_our_hands_is_given_back(desk: Desk) -> None:
    desk.poll(entry(1))
    courier = desk.courier
    row = courier.claim()
    assert row is not None
    courier.owe(row)
    courier.pay()
    assert (only(desk).state, only(desk).reason) == ("queued", "retry")
    desk.clock.forward(timedelta(minutes=1))
    assert desk.send_all() == ["published"]


def test_a_marked_row_that_a_fault_left_is_unknown_not_queued(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    courier = desk.courier
    row = courier.claim()
    assert row is not None
    with desk.store.write() as tx:
        assert tx.outbox.mark(row.id, row.lease_epoch, post={}, prepared={"parts": [{}]}, now=NOON)
    courier.owe(row)
    courier.pay()
    assert only(desk).state == "unknown"
    assert platform.sent == []


def test_a_fault_while_looking_leaves_the_share_to_be_looked_at_again(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = with_replay(Findable(), after=[LOST])
    platform.reading = [KeyError("created_at")]
    desk.clock.forward(timedelta(minutes=2))
    assert settle_next(desk.courier) is not None
    assert only(desk).state == "unknown"
    desk.clock.forward(timedelta(minutes=5))
    assert settle_next(desk.courier) is not None
    assert (only(desk).state, len(platform.sent)) == ("published", 1)


def test_a_pause_does_not_make_the_look_spin(with_replay: Callable[..., tuple[Desk, FakePlatform]]) -> None:
    desk, platform = with_replay(Keyed(timedelta(hours=1)), after=[LOST])
    pause(desk.store, "all", desk.clock.now(), None, "hold on")
    desk.clock.forward(timedelta(minutes=2))
    assert settle_next(desk.courier) is not None
    assert settle_next(desk.courier) is None
    assert (only(desk).state, len(platform.sent)) == ("unknown", 1)
    resume(desk.store, desk.newsroom, "all", desk.clock.now())
    desk.clock.forward(timedelta(minutes=2))
    assert settle_next(desk.courier) is not None
    assert only(desk).state == "published"


def test_a_throttled_replay_waits_as_long_as_it_was_told(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    until = NOON + timedelta(minutes=40)
    desk, platform = with_replay(
        Keyed(timedelta(hours=1)), after=[LOST], before=[None, Throttled("slow down", retry_at=until)]
    )
    desk.clock.forward(timedelta(minutes=2))
    settle_next(desk.courier)
    assert (only(desk).state, only(desk).settle_at) == ("unknown", until)
    with desk.store.read() as tx:
        assert tx.accounts.rows()["fedi"].throttled_until == until
    assert platform.calls.count("publish 0") == 2


def test_what_is_too_old_to_be_news_is_not_sent_again(desk_of: Callable[..., Desk]) -> None:
    platform = FakePlatform(replay=(Keyed(timedelta(days=7)),), before=[LOST])
    route = Route("all", ("site",), ("fedi",), max_age=timedelta(hours=2))
    desk = desk_of([account("fedi", platform)], [route])
    desk.poll(entry(1))
    desk.send_all()
    desk.clock.forward(timedelta(hours=3))
    settle_next(desk.courier)
    row = only(desk)
    assert (row.state, row.settle_at) == ("unknown", None)
    assert "too late to send it again" in row.detail
    assert platform.sent == []


def test_nothing_is_sent_again_after_a_day(with_replay: Callable[..., tuple[Desk, FakePlatform]]) -> None:
    desk, platform = with_replay(Keyed(timedelta(days=7)), before=[LOST])
    desk.clock.forward(timedelta(hours=25))
    settle_next(desk.courier)
    assert (only(desk).state, only(desk).settle_at) == ("unknown", None)
    assert platform.sent == []


def test_what_a_pause_stops_is_looked_at_ever_more_rarely_and_goes_out_soon_after_it(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = with_replay(Keyed(timedelta(hours=23)), before=[LOST])
    pause(desk.store, "all", desk.clock.now(), None, "hold on")
    waits = []
    for _ in range(8):
        due = only(desk).settle_at
        assert due is not None
        waits.append(due - desk.clock.now())
        desk.clock.at = due
        assert settle_next(desk.courier) is not None
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] == timedelta(minutes=15)
    resume(desk.store, desk.newsroom, "all", desk.clock.now())
    desk.clock.forward(timedelta(minutes=15))
    settle_next(desk.courier)
    assert (only(desk).state, len(platform.sent)) == ("published", 1)


def test_a_platform_silent_for_more_than_a_day_is_told_of_and_asked_on(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = with_replay(Findable(), after=[LOST], reading=[Unavailable("down")] * 4)
    for _ in range(4):
        desk.clock.forward(timedelta(hours=13))
        assert settle_next(desk.courier) is not None
        row = only(desk)
        assert (row.state, row.settle_at and row.settle_at - desk.clock.now() <= timedelta(hours=1)) == (
            "unknown",
            True,
        )
    with desk.store.read() as tx:
        told = [each.text for each in tx.alerts.open()]
    assert any("nothing else goes out on fedi until it answers" in text for text in told), told
    desk.clock.forward(timedelta(hours=1))
    settle_next(desk.courier)
    assert (only(desk).state, len(platform.sent)) == ("published", 1)
    with desk.store.read() as tx:
        assert not tx.alerts.open()


def test_a_throttle_that_names_no_end_is_asked_ever_more_rarely(desk: Desk, platform: FakePlatform) -> None:
    platform.before = [Throttled("slow down")] * 4
    desk.poll(entry(1))
    waits = []
    for _ in platform.before[:]:
        assert desk.send_all() == ["queued"]
        due = only(desk).due_at
        assert due is not None
        waits.append(due - desk.clock.now())
        desk.clock.at = due
    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]
    assert only(desk).attempts == 0


def test_media_that_never_finish_are_a_failed_try_and_are_uploaded_anew(
    desk: Desk, platform: FakePlatform
) -> None:
    platform.preparing = [Pending({"id": "media"}, timedelta(minutes=15))] * 3
    desk.poll(entry(1))
    assert desk.send_all() == ["awaiting"]
    desk.clock.forward(timedelta(minutes=15))
    assert desk.send_all() == ["awaiting"]
    desk.clock.forward(timedelta(minutes=15))
    assert desk.send_all() == ["queued"]
    row = only(desk)
    assert (row.attempts, row.pending, row.detail) == (1, None, "still processing after 30 minutes")
    desk.clock.forward(timedelta(minutes=5))
    assert desk.send_all() == ["published"]


@pytest.mark.parametrize("error", [Unavailable("down"), RuntimeError("a fault"), TimeoutError()])
def test_an_account_that_is_unwell_for_days_is_asked_hourly_and_comes_back(
    with_replay: Callable[..., tuple[Desk, FakePlatform]], error: Exception
) -> None:
    desk, platform = with_replay(after=[LOST], on_unconfirmed="go_on")
    with desk.store.write() as tx:
        tx.accounts.probe("fedi", desk.clock.now(), 60)
    platform.reading = [error]
    probe_accounts(desk.courier)
    with desk.store.read() as tx:
        assert tx.accounts.rows()["fedi"].probe_at == desk.clock.now() + timedelta(hours=1)
    desk.clock.forward(timedelta(hours=1))
    probe_accounts(desk.courier)
    with desk.store.read() as tx:
        assert tx.accounts.rows()["fedi"].probe_at is None


def test_one_article_that_cannot_be_decided_does_not_hold_up_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = decide.verdicts

    def poisoned(newsroom: Any, article: Any, *args: Any, **more: Any) -> Any:
        return real(newsroom, article, *args, **more) if article.title != "Poison" else 1 / 0

    monkeypatch.setattr(decide, "verdicts", poisoned)
    desk.poll(entry(1, title="Poison"), entry(2))
    assert desk.states() == ["fedi queued"]
    monkeypatch.undo()
    decide.decide_articles(desk.store, desk.newsroom, desk.clock.now())
    assert desk.states() == ["fedi queued", "fedi queued"]


def test_a_page_that_cannot_be_read_counts_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def poisoned(*_: object) -> None:
        raise ValueError("Invalid IPv6 URL")

    monkeypatch.setattr("bot.services.pages.weigh", poisoned)
    steps = pages([entry(1)])
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Response("https://news.example/1/", 200, {}, b"<html>"))
    assert end.value.value == {"guid-1": None}


def test_an_edit_made_while_the_page_is_asked_for_again_is_kept(desk: Desk) -> None:
    feed, now = desk.newsroom.sources["site"], desk.clock.now()
    with desk.store.read() as tx:
        row = tx.sources.rows()["site"]
    first = entry(1, title="With a mistake", summary="")
    take_in(desk.store, desk.newsroom, feed, row, Harvest((first,), {}), {"guid-1": None}, now)
    desk.clock.forward(timedelta(minutes=2))
    with desk.store.read() as tx:
        waiting = tx.articles.to_enrich(desk.clock.now(), 20)
    steps = enrich_again(desk.store, desk.newsroom, waiting[0], desk.clock.now())
    next(steps)
    second = entry(1, title="Mended", summary="")
    take_in(desk.store, desk.newsroom, feed, row, Harvest((second,), {}), {}, desk.clock.now())
    told = "All that happened in the town with that mistake in the count."
    page = f'<html><head><meta property="og:description" content="{told}"></head></html>'.encode()
    with pytest.raises(StopIteration):
        steps.send(Response(first.url, 200, {"content-type": "text/html"}, page))
    with desk.store.read() as tx:
        article = tx.articles.latest(1)[0]
    assert (article.title, article.summary) == ("Mended", told)


def shared_by_hand(desk: Desk, url: str, page_url: str, canonical: str) -> tuple[int, ...]:
    steps = article_at(url, desk.clock.now())
    next(steps)
    head = f'<html><head><title>Article 1</title><link rel="canonical" href="{canonical}"></head></html>'
    with pytest.raises(StopIteration) as end:
        steps.send(Response(page_url, 200, {"content-type": "text/html"}, head.encode()))
    return share(desk.store, desk.newsroom, end.value.value, ["fedi"], desk.clock.now()).deliveries


def test_a_known_article_shared_by_its_short_address_is_not_posted_again(
    desk: Desk, platform: FakePlatform
) -> None:
    desk.poll(entry(1))
    desk.send_all()
    link = "https://news.example/1/"
    assert shared_by_hand(desk, "https://news.example/?p=1", link, link) == ()
    assert desk.send_all() == []
    assert len(platform.sent) == 1


def test_a_canonical_that_names_the_front_page_is_not_the_articles_address(
    desk: Desk, platform: FakePlatform
) -> None:
    link = "https://news.example/7/"
    assert len(shared_by_hand(desk, link, link, "https://news.example/")) == 1
    assert desk.send_all() == ["published"]
    assert platform.sent[0].link == link


def test_what_turned_out_to_be_another_article_cannot_be_retried(desk: Desk, fedi: Account) -> None:
    desk.poll(entry(1))
    with desk.store.write() as tx:
        row = tx.outbox.list()[0]
        tx.outbox.move(row.id, State.SKIPPED, Reason.SUPERSEDED, at=desk.clock.now())
    with pytest.raises(UserError, match="a share of its own"):
        retry(desk.store, desk.newsroom, row.id, desk.clock.now())


def test_sharing_again_and_again_makes_a_share_each_time(desk: Desk) -> None:
    desk.poll(entry(1))
    with desk.store.read() as tx:
        article = tx.articles.latest(1)[0]
    made = [
        share(desk.store, desk.newsroom, article, ["fedi"], desk.clock.now(), again=True).deliveries
        for _ in "ab"
    ]
    assert [len(each) for each in made] == [1, 1]
