"""What is usual for a source, and what is odd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.health import Pulse, felt, pulse_from, silent, worth_asking_after

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def after(times: list[datetime]) -> Pulse:
    return felt(Pulse(), times, times[-1])


def every(gap: timedelta, count: int) -> list[datetime]:
    return [START + gap * n for n in range(count)]


WEEKDAYS = [START + DAY * d + HOUR * h for d in range(28) if d % 7 < 5 for h in range(10)]


@pytest.mark.parametrize(
    ("times", "quiet_for", "odd"),
    [
        (every(DAY, 10), DAY * 4, False),
        (every(DAY, 10), DAY * 5 + HOUR, True),
        (every(HOUR, 40), HOUR * 23, False),
        (every(HOUR, 40), HOUR * 25, True),
        (every(DAY, 4), DAY * 300, False),
        (WEEKDAYS, DAY * 3, False),
        (WEEKDAYS, DAY * 5, True),
        (every(timedelta(seconds=5), 50), DAY * 9, False),
    ],
)
def test_silence_is_odd_by_what_is_usual(times: list[datetime], quiet_for: timedelta, odd: bool) -> None:
    assert silent(after(times), times[-1] + quiet_for) is odd


def test_dates_to_come_and_dates_gone_by_say_nothing() -> None:
    pulse = after(every(DAY, 6))
    now = START + DAY * 5
    assert felt(pulse, [now + DAY * 365, START - DAY * 9000], now) == pulse


def test_a_pulse_is_kept_as_it_is() -> None:
    pulse = after(every(HOUR, 9))
    assert pulse_from(pulse.document()) == pulse
    assert pulse_from({}) == Pulse()


@pytest.mark.parametrize(
    ("gap", "slowest", "wait"),
    [
        (DAY, HOUR, HOUR),
        (HOUR, HOUR, timedelta(minutes=6)),
        (DAY, timedelta(0), timedelta(0)),
        (DAY * 30, DAY, DAY),
    ],
)
def test_a_source_is_worth_asking_by_how_often_it_brings_news(
    gap: timedelta, slowest: timedelta, wait: timedelta
) -> None:
    assert worth_asking_after(after(every(gap, 9)), slowest) == wait


def test_what_is_not_known_yet_is_asked_as_the_operator_says() -> None:
    assert worth_asking_after(after(every(DAY, 3)), HOUR) == timedelta(0)
