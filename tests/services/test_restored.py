"""After a restore nothing goes out twice: what can be read back is recorded, what cannot waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.cost import Prices
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.errors import Unavailable, UserError
from bot.domain.outcome import Step
from bot.domain.routing import Route
from bot.ports.facts import BACKUP, BEHIND
from bot.ports.newsroom import Account
from bot.ports.records import Pause
from bot.ports.store import Store
from bot.services.readback import verify
from bot.services.restored import hold_if_behind, last_alive, read_back, require_whole, since_when
from bot.services.spend import spent_by
from tests.fakes.newsroom import NOON, Desk, account, entry, now_call
from tests.fakes.platform import FakePlatform, Sent

DAY = timedelta(days=1)


class Unreadable:
    """A platform with nothing to ask."""

    def __init__(self, platform: FakePlatform) -> None:
        self._platform = platform
        self.replay = ()

    def __getattr__(self, name: str) -> Any:
        if name == "find":
            raise AttributeError(name)
        return getattr(self._platform, name)


def posted(platform: FakePlatform, link: str, text: str = "as it was sent", ago: float = 60) -> None:
    """What a worker sent that the restored database does not know of."""
    platform.sent.append(Sent("lost", 0, text, link, None, NOON - timedelta(minutes=ago)))


def shares(store: Store) -> list[Delivery]:
    with store.read() as tx:
        return list(tx.outbox.list())


@pytest.fixture
def both(desk_of: Callable[..., Desk], platform: FakePlatform) -> Desk:
    """One article, waiting on an account that can be read back and on one that cannot."""
    desk = desk_of(
        [account("fedi", platform), account("hook", FakePlatform())],
        [Route("everything", ("site",), ("fedi", "hook"))],
    )
    hook = desk.newsroom.accounts["hook"]
    silent: Any = Unreadable(FakePlatform())
    accounts = {**desk.newsroom.accounts, "hook": Account("hook", "webhook", hook.options, silent)}
    desk.newsroom = replace(desk.newsroom, accounts=accounts)
    desk.poll(entry(1))
    return desk


def test_what_stands_on_the_account_is_recorded_and_never_sent_again(
    both: Desk, platform: FakePlatform
) -> None:
    posted(platform, entry(1).url + "?utm_source=fedi")
    done = read_back(both.store, both.newsroom, now_call, NOON - DAY, NOON)
    (fedi,) = [row for row in shares(both.store) if row.account == "fedi"]
    assert (fedi.state, fedi.reason, fedi.remote_url) == (
        State.PUBLISHED,
        Reason.RESTORED,
        "https://social.example/0",
    )
    assert fedi.refs == ({"id": "0"},)
    assert done.published == [f"share {fedi.id} on fedi: https://social.example/0"]
    assert both.courier.claim() is None
    again = read_back(both.store, both.newsroom, now_call, NOON - DAY, NOON)
    assert (again.published, again.strangers) == ([], [])


def test_where_nobody_can_be_asked_it_is_held_for_a_person(both: Desk) -> None:
    done = read_back(both.store, both.newsroom, now_call, NOON - DAY, NOON)
    hook, fedi = sorted(shares(both.store), key=lambda row: row.account, reverse=True)
    assert (hook.state, hook.reason) == (State.HELD, Reason.RESTORED)
    assert (fedi.state, fedi.account) == (State.QUEUED, "fedi")
    assert done.troubles == ["hook: cannot be read back"]
    assert len(done.held) == 1


def test_a_share_that_was_not_due_yet_waits_on(both: Desk) -> None:
    with both.store.write() as tx:
        (hook,) = tx.outbox.list(account="hook")
        tx.outbox.move(hook.id, State.QUEUED, Reason.NONE, at=NOON, due_at=NOON + DAY, pin=True)
    read_back(both.store, both.newsroom, now_call, NOON + timedelta(seconds=1), NOON + timedelta(minutes=1))
    (hook,) = [row for row in shares(both.store) if row.account == "hook"]
    assert hook.state is State.QUEUED


def test_an_account_that_does_not_answer_counts_as_one_that_cannot_be_asked(
    both: Desk, platform: FakePlatform
) -> None:
    platform.reading = [Unavailable("503")]
    done = read_back(both.store, both.newsroom, now_call, NOON - DAY, NOON)
    assert {row.state for row in shares(both.store)} == {State.HELD}
    assert "fedi: cannot be read back just now: 503" in done.troubles


@pytest.mark.parametrize("state", [State.HELD, State.SKIPPED, State.FAILED, State.AWAITING])
def test_what_the_backup_thought_otherwise_is_put_right_too(
    both: Desk, platform: FakePlatform, state: State
) -> None:
    with both.store.write() as tx:
        (row,) = tx.outbox.list(account="fedi")
        if state in (State.HELD, State.SKIPPED):
            tx.outbox.move(row.id, state, Reason.PERSON, at=NOON)
        else:
            claimed = tx.outbox.claim("worker", ["fedi"], NOON, timedelta(minutes=1))
            assert claimed is not None
            tx.outbox.record(claimed.id, claimed.lease_epoch, Step("x", state, due_at=NOON), NOON)
    posted(platform, entry(1).url)
    read_back(both.store, both.newsroom, now_call, NOON - DAY, NOON)
    (fedi,) = [row for row in shares(both.store) if row.account == "fedi"]
    assert fedi.state is State.PUBLISHED


def test_a_post_of_an_article_that_had_no_share_there_becomes_one(both: Desk, platform: FakePlatform) -> None:
    with both.store.write() as tx:
        (row,) = tx.outbox.list(account="fedi")
        connection: Any = tx
        connection.connection.exec_driver_sql(f"DELETE FROM deliveries WHERE id = {row.id}")
    posted(platform, entry(1).url)
    read_back(both.store, both.newsroom, now_call, NOON - DAY, NOON)
    (fedi,) = [row for row in shares(both.store) if row.account == "fedi"]
    assert (fedi.state, fedi.occasion) == (State.PUBLISHED, "new")


def test_a_post_of_ours_that_nothing_here_explains_is_told(both: Desk, platform: FakePlatform) -> None:
    posted(platform, "https://news.example/never-heard-of/")
    posted(platform, "https://elsewhere.example/cats")
    done = read_back(both.store, both.newsroom, now_call, NOON - DAY, NOON)
    assert done.strangers == ["fedi: https://social.example/0 links to no article that is known here"]


def test_it_ends_what_kept_the_worker_from_going_on(both: Desk) -> None:
    with both.store.write() as tx:
        tx.workers.set(BACKUP, (NOON - DAY).isoformat())
        tx.accounts.pause(Pause("all", NOON, None, "behind", "sharewire"))
    with pytest.raises(UserError, match=r"is a backup of 2026-11-23T12:00.*recover --restored"):
        require_whole(both.store)
    assert since_when(both.store) == NOON - DAY
    read_back(both.store, both.newsroom, now_call, NOON - DAY, NOON)
    require_whole(both.store)
    assert since_when(both.store) is None
    with both.store.read() as tx:
        assert tx.accounts.pauses(NOON) == []


def test_a_pause_of_a_persons_stays(both: Desk) -> None:
    with both.store.write() as tx:
        tx.accounts.pause(Pause("all", NOON, None, "strike", "person"))
    read_back(both.store, both.newsroom, now_call, NOON - DAY, NOON)
    with both.store.read() as tx:
        assert [pause.reason for pause in tx.accounts.pauses(NOON)] == ["strike"]


def test_a_database_of_yesterday_is_held_at_start(both: Desk, platform: FakePlatform) -> None:
    with both.store.read() as tx:
        alive = last_alive(tx)
    assert alive == NOON
    later = NOON + DAY
    platform.sent.append(Sent("lost", 0, "text", "https://news.example/2/", None, NOON + timedelta(hours=3)))
    assert hold_if_behind(both.store, both.newsroom, now_call, later) == ["https://social.example/0"]
    with both.store.read() as tx:
        (pause,) = tx.accounts.pauses(later)
        assert tx.workers.get(BEHIND) == NOON.isoformat()
    assert pause.scope == "all"
    assert "sharewire recover --restored" in pause.reason
    assert since_when(both.store) == NOON


@pytest.mark.parametrize(
    ("link", "hours"),
    [("https://elsewhere.example/cats", 3), ("https://news.example/2/", -3)],
    ids=["another's link", "older than the database"],
)
def test_what_is_no_proof_holds_nothing(both: Desk, platform: FakePlatform, link: str, hours: int) -> None:
    platform.sent.append(Sent("x", 0, "text", link, None, NOON + timedelta(hours=hours)))
    assert hold_if_behind(both.store, both.newsroom, now_call, NOON + DAY) == []


def test_what_the_database_knows_holds_nothing(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    desk.send_all()
    assert platform.sent
    assert hold_if_behind(desk.store, desk.newsroom, now_call, NOON + DAY) == []


def test_after_a_short_break_nobody_is_asked(both: Desk, platform: FakePlatform) -> None:
    posted(platform, entry(1).url, ago=-1)
    assert hold_if_behind(both.store, both.newsroom, now_call, NOON + timedelta(minutes=9)) == []
    assert "find" not in platform.calls


def test_reading_back_counts_in_the_months_money(both: Desk, platform: FakePlatform) -> None:
    fedi = replace(both.newsroom.accounts["fedi"], prices=Prices(15_000, 15_000, read=5_000))
    both.newsroom = replace(both.newsroom, accounts={**both.newsroom.accounts, "fedi": fedi})
    posted(platform, entry(1).url)
    posted(platform, "https://elsewhere.example/cats")
    read_back(both.store, both.newsroom, now_call, NOON - DAY, NOON)
    with both.store.read() as tx:
        assert spent_by(tx, fedi, NOON) == 10_000


def test_verify_tells_what_does_not_agree(desk: Desk, platform: FakePlatform) -> None:
    desk.poll(entry(1))
    desk.send_all()
    assert verify(desk.store, desk.newsroom, now_call, NOON - DAY, NOON) == ([], 1, [])
    posted(platform, entry(1).url)
    problems, agreed, _ = verify(desk.store, desk.newsroom, now_call, NOON - DAY, NOON)
    assert agreed == 1
    assert problems == ["fedi: https://social.example/1 is there and not recorded; it links to article 1"]
    platform.sent.clear()
    problems, agreed, _ = verify(desk.store, desk.newsroom, now_call, NOON - DAY, NOON)
    assert (agreed, len(problems)) == (0, 1)
    assert problems[0].startswith("fedi: share 1 is published here, and not to be seen there")
