"""What is stopped while a mark is being written: it comes after the mark, or the mark is refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.blackout import Window
from bot.domain.delivery import Delivery
from bot.domain.post import Prepared
from bot.domain.routing import Route
from bot.ports.records import Pause
from bot.ports.store import Tx
from bot.services.mark import mark
from bot.storage.outbox import SqlOutbox
from bot.storage.store import SqlStore
from tests.fakes.newsroom import NOON, account, newsroom
from tests.fakes.platform import FakePlatform
from tests.storage.desk import StoreDesk

FEDI = account("fedi", FakePlatform())
ONE_DESK = newsroom([FEDI], [Route("everything", ("site",), ("fedi",))])
Stop = Callable[[Tx, int], None]


def embargo(tx: Tx, article: int) -> None:
    known = tx.articles.get(article)
    assert known is not None
    tx.articles.change(replace(known, not_before=NOON + timedelta(days=1)), undecide=True)


def withdraw(tx: Tx, article: int) -> None:
    tx.articles.withdraw(article, NOON)


def pause(tx: Tx, article: int) -> None:
    del article
    tx.accounts.pause(Pause("account:fedi", NOON, None, "stop", "person"))


def black_out(tx: Tx, article: int) -> None:
    del article
    tx.accounts.black_out([Window("off", NOON - timedelta(hours=1), NOON + timedelta(hours=1))])


each_stop = pytest.mark.parametrize("stop", [embargo, withdraw, pause, black_out])


def claimed(desk: StoreDesk) -> Delivery:
    desk.share(due=NOON)
    return desk.claimed(now=NOON)


def marked(desk: StoreDesk, row: Delivery) -> bool:
    return mark(desk.store, ONE_DESK, row, FEDI, Prepared(({"text": "a"},)), {"parts": []}, NOON)


@each_stop
@pytest.mark.parametrize("looked", [False, True])
def test_what_stops_once_the_mark_looks_comes_after_it(
    desk: StoreDesk,
    open_another: Callable[[], SqlStore],
    monkeypatch: pytest.MonkeyPatch,
    stop: Stop,
    looked: bool,
) -> None:
    row, other = claimed(desk), open_another()
    write, stopping = SqlOutbox.mark, Future[None]()

    def order() -> None:
        with other.write() as tx:
            stop(tx, row.article)

    def meanwhile(self: SqlOutbox, *words: Any, **more: Any) -> bool:
        nonlocal stopping
        done = write(self, *words, **more) if looked else None
        stopping = pool.submit(order)
        wait([stopping], 0.5)
        assert not stopping.done()
        return write(self, *words, **more) if done is None else done

    monkeypatch.setattr(SqlOutbox, "mark", meanwhile)
    with ThreadPoolExecutor(1) as pool:
        assert marked(desk, row)
        stopping.result(5)


@each_stop
def test_a_stop_that_is_just_being_written_is_waited_for_and_holds(
    desk: StoreDesk, open_another: Callable[[], SqlStore], stop: Stop
) -> None:
    row, other = claimed(desk), open_another()
    with ThreadPoolExecutor(1) as pool:
        with other.write() as tx:
            stop(tx, row.article)
            marking = pool.submit(marked, desk, row)
            wait([marking], 0.5)
            assert not marking.done()
        assert not marking.result(5)
