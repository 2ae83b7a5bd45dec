"""Times as the desk's clock shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.wallclock import WallClock

KIGALI = ZoneInfo("Africa/Kigali")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVE = datetime(2026, 12, 31, 21, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "now", "form", "says"),
    [
        (NOON, NOON, "%d %b %H:%M", "24 Nov 14:00"),
        (datetime(2099, 1, 1, 6, tzinfo=UTC), NOON, "%d %b %H:%M", "01 Jan 2099 08:00"),
        (datetime(2019, 11, 24, 6, tzinfo=UTC), NOON, "%d %b %H:%M:%S", "24 Nov 2019 08:00:00"),
        (datetime(2027, 1, 1, 6, tzinfo=UTC), NOON, "%A %d %B", "Friday 01 January 2027"),
        (EVE, EVE, "%d %b %H:%M", "31 Dec 23:59"),
        # It is 2027 in Kigali a minute later, and 2026 in UTC still.
        (EVE.replace(hour=22, minute=0), EVE, "%d %b %H:%M", "01 Jan 2027 00:00"),
        (EVE, EVE.replace(hour=22, minute=0), "%d %b %H:%M", "31 Dec 2026 23:59"),
    ],
)
def test_a_year_is_told_where_it_is_not_the_present_one(
    at: datetime, now: datetime, form: str, says: str
) -> None:
    assert WallClock(KIGALI, now).tell(at, form) == says
