"""What is read from the headers of X, Mastodon, GoToSocial, Bluesky and of webhooks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.allowance import Allowance
from bot.http.meter import allowances

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
EPOCH = str(int(SOON.timestamp()))


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        (
            {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "99", "x-rate-limit-reset": EPOCH},
            [Allowance("x-rate-limit", 99, SOON, 100)],
        ),
        (
            {
                "x-user-limit-24hour-limit": "100",
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": EPOCH,
                "x-app-limit-24hour-limit": "10000",
                "x-app-limit-24hour-remaining": "812",
                "x-app-limit-24hour-reset": EPOCH,
            },
            [
                Allowance("x-user-limit-24hour", 0, SOON, 100),
                Allowance("x-app-limit-24hour", 812, SOON, 10_000),
            ],
        ),
        (
            {
                "X-RateLimit-Limit": "300",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": "2026-11-24T09:05:00.000000Z",
            },
            [Allowance("x-ratelimit", 0, SOON, 300)],
        ),
        ({"X-RateLimit-Remaining": "4", "X-RateLimit-Reset": EPOCH}, [Allowance("x-ratelimit", 4, SOON)]),
        (
            {
                "RateLimit-Limit": "5000",
                "RateLimit-Remaining": "4998",
                "RateLimit-Reset": EPOCH,
                "RateLimit-Policy": "5000;w=3600",
            },
            [Allowance("ratelimit", 4998, SOON, 5000)],
        ),
        ({"Retry-After": "300"}, [Allowance("retry-after", 0, SOON)]),
        ({"Retry-After": "Tue, 24 Nov 2026 09:05:00 GMT"}, [Allowance("retry-after", 0, SOON)]),
    ],
)
def test_each_familys_headers_are_read(headers: dict[str, str], read: list[Allowance]) -> None:
    assert list(allowances(headers, NOW)) == read


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-rate-limit-remaining": "0"},
        {"x-rate-limit-remaining": "soon", "x-rate-limit-reset": EPOCH},
        {"x-rate-limit-remaining": "-3", "x-rate-limit-reset": EPOCH},
        {"x-rate-limit-remaining": "9" * 400, "x-rate-limit-reset": EPOCH},
        {"x-rate-limit-remaining": "0", "x-rate-limit-reset": "never"},
        {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(NOW.timestamp()) - 1)},
        {"Retry-After": "0"},
        {"Retry-After": ""},
    ],
)
def test_what_says_nothing_certain_is_left_out(headers: dict[str, str]) -> None:
    assert allowances(headers, NOW) == ()


def test_no_platform_can_silence_an_account_for_years() -> None:
    (read,) = allowances({"Retry-After": "999999999"}, NOW)
    assert read.resets_at == NOW + timedelta(days=32)
