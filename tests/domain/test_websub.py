from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.websub import Subscription, asked, confirmed, denied, due, failed

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
WANTED = Subscription("site", "https://hub.example/", "https://news.example/feed/", "callback")
DAY = timedelta(days=1)


def test_a_hub_that_was_never_asked_is_asked() -> None:
    assert due(None, WANTED, NOW)


def test_one_that_was_asked_is_given_an_hour_then_ever_more() -> None:
    known, waits = asked(None, WANTED, NOW), []
    for _ in range(8):
        assert known.next_at is not None
        assert not due(known, WANTED, known.next_at - timedelta(seconds=1))
        assert due(known, WANTED, known.next_at)
        waits.append(known.next_at - (known.asked_at or NOW))
        known = asked(known, WANTED, known.next_at)
    assert waits[:5] == sorted(waits[:5])
    assert timedelta(minutes=30) <= waits[0] <= timedelta(hours=2)
    assert waits[-1] <= 2 * DAY


def test_what_was_verified_is_renewed_before_it_ends() -> None:
    known = confirmed(asked(None, WANTED, NOW), 10 * 86400, NOW)
    assert (known.state, known.expires_at, known.tries) == ("verified", NOW + 10 * DAY, 0)
    assert not due(known, WANTED, NOW + 8 * DAY)
    assert due(known, WANTED, NOW + 9 * DAY)
    assert asked(known, WANTED, NOW + 9 * DAY).state == "verified"


def test_a_short_lease_is_renewed_within_it_and_an_endless_one_is_not_believed() -> None:
    short = confirmed(WANTED, 300, NOW)
    assert short.next_at == NOW + timedelta(minutes=4)
    assert confirmed(WANTED, 0, NOW).expires_at == NOW + timedelta(minutes=1)
    assert confirmed(WANTED, 999_999_999, NOW).expires_at == NOW + 90 * DAY


def test_another_hub_topic_or_address_of_ours_is_asked_for_at_once() -> None:
    known = confirmed(WANTED, 10 * 86400, NOW)
    for other in ({"hub": "https://hub2.example/"}, {"topic": "https://t.example/"}, {"callback": "new"}):
        wanted = replace(WANTED, **other)  # type: ignore[arg-type] # each is a text
        assert due(known, wanted, NOW)
        assert asked(known, wanted, NOW).state == "asked"


def test_a_hub_that_denies_is_left_alone_for_a_week() -> None:
    known = denied(asked(None, WANTED, NOW), "no room", NOW)
    assert (known.state, known.error) == ("denied", "no room")
    assert not due(known, WANTED, NOW + 6 * DAY)
    assert due(known, WANTED, NOW + 7 * DAY)


def test_a_failure_is_remembered_until_it_works() -> None:
    known = failed(asked(None, WANTED, NOW), "the hub answered 503")
    assert known.error == "the hub answered 503"
    assert confirmed(known, 600, NOW).error == ""
