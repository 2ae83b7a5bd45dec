"""What becomes of an unknown: proof, never hope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.delivery import Delivery, State
from bot.domain.errors import Ambiguous, Duplicate, Rejected, Unavailable, UserError
from bot.domain.post import Deduped, Findable, Identity, Keyed, Replay
from bot.domain.routing import Route
from bot.ports.newsroom import Account
from bot.services.review import resolve
from bot.services.settle import probe_accounts, recover, settle_next
from tests.fakes.newsroom import Desk, account, entry
from tests.fakes.platform import FakePlatform

LOST = Ambiguous("the answer was lost")


def settle(desk: Desk, after: timedelta = timedelta(minutes=2)) -> str:
    """Let time pass, then look once; the state the row is left in."""
    desk.clock.forward(after)
    row = settle_next(desk.courier)
    assert row is not None
    return state_of(desk, row.id)


def state_of(desk: Desk, id_: int) -> str:
    with desk.store.read() as tx:
        row = tx.outbox.get(id_)
    assert row is not None
    return str(row.state)


def only(desk: Desk) -> Delivery:
    with desk.store.read() as tx:
        rows = tx.outbox.list()
    assert len(rows) == 1
    return rows[0]


@pytest.fixture
def unknown(desk: Desk, platform: FakePlatform) -> Desk:
    """One article, sent; the platform acted and its answer was lost."""
    platform.after = [LOST]
    desk.poll(entry(1))
    assert desk.send_all() == ["unknown"]
    return desk


def test_it_is_not_looked_at_before_a_minute_has_passed(unknown: Desk) -> None:
    unknown.clock.forward(timedelta(seconds=59))
    assert settle_next(unknown.courier) is None


def test_found_on_the_platform_means_published(unknown: Desk, platform: FakePlatform) -> None:
    assert settle(unknown) == "published"
    assert only(unknown).remote_url == "https://social.example/0"
    assert len(platform.sent) == 1


def test_a_post_that_shows_up_only_at_the_second_look_is_not_sent_again(
    unknown: Desk, platform: FakePlatform
) -> None:
    platform.hidden = 1
    assert settle(unknown) == "unknown"
    assert settle(unknown) == "published"
    assert len(platform.sent) == 1


def test_absent_by_two_looks_goes_out_once_more(desk: Desk, platform: FakePlatform) -> None:
    platform.before = [LOST]
    desk.poll(entry(1))
    assert desk.send_all() == ["unknown"]
    assert settle(desk) == "unknown"
    assert settle(desk) == "queued"
    assert desk.send_all() == ["published"]
    assert len(platform.sent) == 1


def test_one_outage_leaves_one_unknown(desk: Desk, platform: FakePlatform) -> None:
    platform.after = [LOST]
    desk.poll(entry(1), entry(2), entry(3))
    assert desk.send_all() == ["unknown"]
    assert settle(desk) == "published"
    assert desk.send_all() == ["published", "published"]


def test_an_older_post_with_the_same_link_is_not_mistaken_for_ours(
    desk: Desk, platform: FakePlatform
) -> None:
    from tests.fakes.platform import Sent

    link = "https://news.example/1/"
    platform.sent.append(Sent("old", 0, f"Article 1 {link}", link, None, desk.clock.now()))
    desk.clock.forward(timedelta(hours=1))
    platform.before = [LOST]
    desk.poll(entry(1))
    desk.send_all()
    assert settle(desk) == "unknown"
    assert settle(desk) == "queued"


def test_another_shares_post_is_not_mistaken_for_ours(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    desk.send_all()
    platform.before = [LOST]
    desk.poll(entry(2, title="Article 1 https://news.example/1/ x", url="https://news.example/2/"))
    desk.send_all()
    platform.sent[0].link = "https://news.example/2/"
    assert settle(desk) == "unknown"


def test_no_answer_to_the_look_means_looking_again_not_sending(unknown: Desk, platform: FakePlatform) -> None:
    platform.reading = [Unavailable("down"), Unavailable("down")]
    assert settle(unknown) == "unknown"
    assert settle(unknown, timedelta(hours=1)) == "unknown"
    assert settle(unknown, timedelta(hours=1)) == "published"
    assert len(platform.sent) == 1


@pytest.fixture
def with_replay(desk_of: Callable[..., Desk], everything: Route) -> Callable[..., tuple[Desk, FakePlatform]]:
    def make(
        *replay: Replay, on_unconfirmed: str = "wait", **script: list[Exception | None]
    ) -> tuple[Desk, FakePlatform]:
        platform = FakePlatform(replay=replay, **script)  # type: ignore[arg-type]
        desk = desk_of([account("fedi", platform, on_unconfirmed=on_unconfirmed)], [everything])
        desk.poll(entry(1))
        desk.send_all()
        return desk, platform

    return make


def test_a_key_is_used_within_its_window(with_replay: Callable[..., tuple[Desk, FakePlatform]]) -> None:
    desk, platform = with_replay(Keyed(timedelta(hours=1)), after=[LOST])
    assert settle(desk) == "published"
    assert platform.sent[0].key == platform.sent[1].key
    assert platform.sent[0].text == platform.sent[1].text


def test_a_key_is_not_used_after_its_window(with_replay: Callable[..., tuple[Desk, FakePlatform]]) -> None:
    desk, platform = with_replay(Keyed(timedelta(hours=1)), after=[LOST])
    assert settle(desk, timedelta(minutes=58)) == "unknown"
    assert only(desk).settle_at is None
    assert len(platform.sent) == 1


def test_a_key_follows_two_empty_looks(with_replay: Callable[..., tuple[Desk, FakePlatform]]) -> None:
    desk, platform = with_replay(Findable(), Keyed(timedelta(hours=1)), before=[LOST])
    assert settle(desk) == "unknown"
    assert settle(desk) == "published"
    assert platform.calls == ["prepare", "publish 0", "find", "find", "publish 0"]


def test_a_key_is_not_trusted_where_the_account_cannot_be_read_first(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = with_replay(
        Findable(), Keyed(timedelta(hours=1)), after=[LOST], reading=[Rejected("no right to read")]
    )
    assert settle(desk) == "unknown"
    assert len(platform.sent) == 1


def test_a_duplicate_refusal_is_proof_that_it_is_there(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = with_replay(
        Findable(),
        Deduped(),
        after=[LOST],
        before=[None, Duplicate("already posted")],
        reading=[Rejected("no right to read")],
    )
    assert settle(desk) == "published"
    assert len(platform.sent) == 1


def test_a_platform_that_dedupes_is_asked_once_and_never_a_third_time(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = with_replay(Deduped(), before=[LOST, LOST])
    assert settle(desk) == "unknown"
    assert settle(desk) == "unknown"
    assert only(desk).settle_at is None
    assert platform.calls.count("publish 0") == 2


def test_a_replay_that_certainly_failed_says_nothing_of_the_first_try(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, _ = with_replay(Keyed(timedelta(hours=1)), after=[LOST], before=[None, Unavailable("refused")])
    assert settle(desk) == "unknown"
    assert settle(desk) == "published"


def test_with_nothing_to_ask_the_account_waits_for_a_person_however_well_it_answers(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = with_replay(after=[LOST])
    desk.poll(entry(1), entry(2))
    for _ in range(3):
        desk.clock.forward(timedelta(hours=1))
        probe_accounts(desk.courier)
        assert desk.send_all() == []
    assert "check" not in platform.calls
    with desk.store.read() as tx:
        told = [each.text for each in tx.alerts.open()]
    assert any("nothing else goes out on fedi until you have said" in text for text in told), told
    resolve(desk.store, desk.newsroom, 1, desk.clock.now(), to=State.PUBLISHED, url="https://a.example/1")
    assert desk.send_all() == ["published"]


def test_of_two_shares_left_to_a_person_both_must_be_settled(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, _ = with_replay(after=[LOST, LOST], on_unconfirmed="go_on")
    desk.poll(entry(1), entry(2), entry(3))
    desk.clock.forward(timedelta(minutes=2))
    probe_accounts(desk.courier)
    assert desk.send_all() == ["unknown"]
    fedi = desk.newsroom.accounts["fedi"]
    patient = replace(fedi, options=fedi.options.model_copy(update={"on_unconfirmed": "wait"}))
    desk.newsroom = replace(desk.newsroom, accounts={"fedi": patient})
    for id_, then in ((1, []), (2, ["published"])):
        resolve(desk.store, desk.newsroom, id_, desk.clock.now(), to=State.SKIPPED)
        desk.clock.forward(timedelta(hours=1))
        probe_accounts(desk.courier)
        assert desk.send_all() == then


def test_an_answer_asked_for_before_the_last_doubt_frees_no_account(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    """Two workers ask at once: the slower one hears that all is well when the next share is in doubt."""
    desk, platform = with_replay(after=[LOST, LOST], on_unconfirmed="go_on")
    desk.poll(entry(1), entry(2), entry(3))
    desk.clock.forward(timedelta(minutes=2))
    check = platform.check

    def slowly() -> Identity:
        platform.check = check  # type: ignore[method-assign]
        probe_accounts(desk.courier)
        assert desk.send_all() == ["unknown"]
        return check()

    platform.check = slowly  # type: ignore[method-assign]
    probe_accounts(desk.courier)
    assert desk.send_all() == []


def test_an_account_that_goes_on_is_probed_first(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = with_replay(after=[LOST], on_unconfirmed="go_on")
    assert (only(desk).state, only(desk).settle_at) == ("unknown", None)
    desk.poll(entry(1), entry(2))
    assert desk.send_all() == []
    platform.reading = [Unavailable("still down")]
    desk.clock.forward(timedelta(minutes=1))
    probe_accounts(desk.courier)
    assert desk.send_all() == []
    desk.clock.forward(timedelta(minutes=5))
    probe_accounts(desk.courier)
    assert desk.send_all() == ["published"]


def test_a_crash_before_the_mark_queues_and_after_it_is_unknown(
    desk_of: Callable[..., Desk], everything: Route, platform: FakePlatform, fedi: Account
) -> None:
    desk = desk_of([fedi, account("x", FakePlatform())], [Route("all", ("site",), ("fedi", "x"))])
    desk.poll(entry(1))
    dead = desk.courier
    dead.worker = "dead"
    first, second = dead.claim(), dead.claim()
    assert first is not None
    assert second is not None
    with desk.store.write() as tx:
        assert tx.outbox.mark(
            first.id, first.lease_epoch, post={"parts": []}, prepared={"parts": [{}]}, now=desk.clock.now()
        )
    recover(desk.store, "worker", desk.clock.now(), timedelta(minutes=1))
    assert (state_of(desk, first.id), state_of(desk, second.id)) == ("unknown", "queued")


def test_late_evidence_is_believed(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    slow = desk.courier
    slow.worker = "slow"
    row = slow.claim()
    assert row is not None
    real = platform.publish

    def hang(*args: object) -> object:
        answer = real(*args)  # type: ignore[arg-type]
        recover(desk.store, "worker", desk.clock.now(), timedelta(minutes=1))
        assert state_of(desk, row.id) == "unknown"
        return answer

    slow.newsroom.accounts["fedi"].connector.publish = hang  # type: ignore[method-assign,assignment]
    slow.carry_out(row)
    recover(desk.store, "worker", desk.clock.now(), timedelta(minutes=1))
    assert state_of(desk, row.id) == "published"
    assert len(platform.sent) == 1


def test_what_a_thread_of_ours_still_carries_is_not_proved_absent(desk: Desk, platform: FakePlatform) -> None:
    """A suspended machine wakes: the lease is over, and the thread is about to send."""
    desk.poll(entry(1))
    asleep = desk.courier
    asleep.worker = "asleep"
    row = asleep.claim()
    assert row is not None
    real = platform.publish

    def wake_up(*args: object) -> object:
        recover(desk.store, "worker", desk.clock.now(), timedelta(minutes=1))
        looking = desk.courier
        looking.flying = {row.id}
        for _ in range(3):
            desk.clock.forward(timedelta(minutes=5))
            assert settle_next(looking) is not None
            assert state_of(desk, row.id) == "unknown"
        return real(*args)  # type: ignore[arg-type]

    asleep.newsroom.accounts["fedi"].connector.publish = wake_up  # type: ignore[method-assign,assignment]
    asleep.carry_out(row)
    recover(desk.store, "worker", desk.clock.now(), timedelta(minutes=1))
    assert (state_of(desk, row.id), len(platform.sent)) == ("published", 1)


def test_who_has_told_the_end_of_its_try_is_not_waited_for(desk: Desk, platform: FakePlatform) -> None:
    platform.before = [LOST]
    desk.poll(entry(1))
    other = desk.courier
    other.worker = "alive"
    row = other.claim()
    assert row is not None
    assert other.carry_out(row) == "unknown"
    desk.store.dead = lambda workers: set()  # type: ignore[method-assign]
    assert settle(desk) == "unknown"
    assert settle(desk) == "queued"


def test_each_share_left_to_a_person_doubles_the_wait_until_one_comes_through(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = with_replay(after=[LOST] * 3, on_unconfirmed="go_on")
    desk.poll(*map(entry, range(1, 7)))
    waits = []
    for _ in range(3):
        minutes = 0
        while not (sent := desk.send_all()):
            desk.clock.forward(timedelta(minutes=1))
            minutes += 1
            probe_accounts(desk.courier)
        waits.append((minutes, sent[0]))
    assert waits == [(1, "unknown"), (2, "unknown"), (4, "published")]
    assert len(platform.sent) == 6


def thread_in_doubt(with_replay: Callable[..., tuple[Desk, FakePlatform]]) -> tuple[Desk, FakePlatform]:
    """Three posts, the second of which only a person can settle; it came."""
    desk, platform = with_replay()
    desk.poll(entry(2, title="One\nTwo\nThree"))
    platform.after = [None, LOST]
    assert desk.send_all() == ["unknown"]
    desk.clock.forward(timedelta(minutes=2))
    settle_next(desk.courier)
    return desk, platform


def test_a_person_who_found_a_post_of_a_thread_has_the_rest_go_out_below_it(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = thread_in_doubt(with_replay)
    url = "https://social.example/2"
    row = resolve(desk.store, desk.newsroom, 2, desk.clock.now(), to=State.PUBLISHED, url=url)
    assert (row.state, row.part, row.refs[1]) == (State.QUEUED, 2, {"id": "2"})
    assert desk.send_all() == ["published"]
    assert [each.text.split()[0] for each in platform.sent[1:]] == ["One", "Two", "Three"]
    assert platform.sent[-1].reply_to == {"id": "2"}


def test_an_address_that_does_not_say_what_the_rest_goes_below_settles_nothing(
    with_replay: Callable[..., tuple[Desk, FakePlatform]],
) -> None:
    desk, platform = thread_in_doubt(with_replay)
    url = "https://elsewhere.example/2"
    with pytest.raises(UserError, match=r"share 2: it is post 2 of 3, and \S+ does not say"):
        resolve(desk.store, desk.newsroom, 2, desk.clock.now(), to=State.PUBLISHED, url=url)
    assert (state_of(desk, 2), len(platform.sent)) == ("unknown", 3)
