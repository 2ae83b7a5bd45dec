"""What is wrong with a source is told once, and its end too; how often it is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.errors import SourceError
from bot.domain.routing import Route
from bot.ports.newsroom import Account
from bot.ports.records import SourceRow
from bot.ports.source import Harvest, Skips
from bot.services.health import examined, tell_health
from bot.services.poll import after_failure, after_harvest
from bot.services.status import status
from tests.fakes.newsroom import NOON, Desk, entry, feed

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SITE = feed("site")
DAILY = tuple(entry(n, published_at=NOON - DAY * n) for n in range(10))
PAGE = SourceError("answers a web page, not a feed", status=200, page=True)


@pytest.fixture
def desk(desk_of: Callable[..., Desk], fedi: Account, everything: Route) -> Desk:
    return desk_of([fedi], [everything], seed=False)


def polled(desk: Desk, row: SourceRow, answer: Harvest | SourceError, **more: object) -> SourceRow:
    """One poll, remembered and told."""
    now = desk.clock.now()
    error = answer if isinstance(answer, SourceError) else None
    done = (
        after_failure(SITE, row, answer, now)
        if isinstance(answer, SourceError)
        else after_harvest(SITE, row, answer, now)
    )
    after = examined(SITE, done, now, error=error, **more)  # type: ignore[arg-type]
    with desk.store.write() as tx:
        tx.sources.ensure({"site": ()})
        tx.sources.claim_due("worker", ["site"], now, MINUTE, forced=True)
        assert tx.sources.record(after, "worker")
        tell_health(tx, row, after, now)
        assert tx.sources.rows()["site"] == after
    return after


def told(desk: Desk) -> list[str]:
    with desk.store.read() as tx:
        return [each.key.rpartition(":")[2] for each in tx.alerts.open()]


def test_a_source_that_falls_silent_is_told_of_until_it_speaks(desk: Desk) -> None:
    row = polled(desk, SourceRow("site"), Harvest(DAILY, {}))
    desk.clock.forward(DAY * 4)
    row = polled(desk, row, Harvest((), {}, unchanged=True))
    assert told(desk) == []
    desk.clock.forward(DAY * 2)
    for _ in range(2):
        row = polled(desk, row, Harvest((), {}, unchanged=True))
        row = polled(desk, row, SourceError("no answer"))
        assert told(desk) == ["silent"]
    (problem,) = status(desk.store, desk.newsroom, desk.clock.now())["problems"]
    assert problem == "source site has shown nothing new for 6d; it usually does every 1d"
    row = polled(desk, row, Harvest((entry(99, published_at=desk.clock.now()),), {}))
    assert (told(desk), row.health["wrong"]) == ([], {})


def test_a_web_page_once_is_nothing_and_twice_is_told(desk: Desk) -> None:
    row = polled(desk, SourceRow("site"), PAGE)
    assert told(desk) == []
    row = polled(desk, row, PAGE)
    row = polled(desk, row, PAGE)
    assert told(desk) == ["page"]
    polled(desk, row, Harvest(DAILY, {}))
    assert told(desk) == []


def test_a_source_that_is_gone_is_told_at_once_and_asked_once_a_day(desk: Desk) -> None:
    row = polled(desk, SourceRow("site"), SourceError("gone", status=410, gone=True))
    assert told(desk) == ["gone"]
    assert row.next_poll_at is not None
    assert row.next_poll_at - desk.clock.now() >= DAY
    row = polled(desk, row, SourceError("no answer"))
    assert told(desk) == ["gone"]
    polled(desk, row, Harvest(DAILY, {}))
    assert told(desk) == []


@pytest.mark.parametrize(("days", "expected"), [(13, ["certificate"]), (15, []), (-1, [])])
def test_a_certificate_that_ends_soon_is_told(desk: Desk, days: int, expected: list[str]) -> None:
    row = polled(desk, SourceRow("site"), Harvest(DAILY, {}), valid_until=NOON + DAY * days)
    assert told(desk) == expected
    row = polled(desk, row, Harvest((), {}, unchanged=True))
    assert told(desk) == expected
    polled(desk, row, Harvest((), {}, unchanged=True), valid_until=NOON + DAY * 90)
    assert told(desk) == []


def test_a_move_for_good_is_told_until_the_file_says_so(desk: Desk) -> None:
    new = "https://example.org/rss?key=1"
    row = polled(desk, SourceRow("site"), Harvest(DAILY, {"url": new}))
    assert told(desk) == ["moved"]
    assert "key=1" not in row.health["wrong"]["moved"]
    polled(desk, row, Harvest(DAILY, {"url": ""}))
    assert told(desk) == []


@pytest.mark.parametrize(("slowest", "minutes"), [("0", 5), ("1h", 60), ("2h", 120), ("10m", 10)])
def test_a_daily_source_is_asked_less_often_where_it_may(slowest: str, minutes: int) -> None:
    site = feed("site", slowest=slowest)
    row = after_harvest(site, SourceRow("site"), Harvest(DAILY, {}), NOON)
    assert row.next_poll_at is not None
    assert timedelta(minutes=minutes) <= row.next_poll_at - NOON <= timedelta(minutes=minutes + 5.5)


def test_hours_to_be_skipped_are_asked_a_third_as_often() -> None:
    for hours, minutes in ((frozenset({12}), 15), (frozenset({13}), 5)):
        row = after_harvest(SITE, SourceRow("site"), Harvest((), {}, skips=Skips(hours)), NOON)
        assert row.next_poll_at is not None
        wait = row.next_poll_at - NOON
        assert timedelta(minutes=minutes) <= wait < timedelta(minutes=minutes + 1)
