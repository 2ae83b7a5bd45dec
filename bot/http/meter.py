"""Reads from an answer's headers what the platform still allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.domain.allowance import Allowance

__all__ = ["LONGEST_WAIT", "allowances", "moment"]

LONGEST_WAIT = timedelta(days=32)
FAMILIES = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour", "x-ratelimit", "ratelimit")
"""X; X's days; Mastodon and GoToSocial; Bluesky: each as -limit, -remaining and -reset."""
WAIT = "retry-after"


def allowances(headers: Mapping[str, str], now: datetime | None = None) -> tuple[Allowance, ...]:
    """Each limit that the headers name with what is left of it and when it is filled again.

    Retry-After, which may come with a success too, is a limit that is used up. What does not say when it
    ends, or ended already, is left out.
    """
    now = now or datetime.now(UTC)  # noqa: TID251 # an adapter's clock
    found = {name.lower(): value.strip() for name, value in headers.items()}
    read = []
    for family in FAMILIES:
        remaining = _count(found.get(f"{family}-remaining", ""))
        resets_at = moment(found.get(f"{family}-reset", ""), now)
        if remaining is not None and resets_at is not None and resets_at > now:
            resets_at = min(resets_at, now + LONGEST_WAIT)
            read.append(Allowance(family, remaining, resets_at, _count(found.get(f"{family}-limit", ""))))
    again_at = moment(found.get(WAIT, ""), now)
    if again_at is not None and again_at > now:
        read.append(Allowance(WAIT, 0, min(again_at, now + LONGEST_WAIT)))
    return tuple(read)


def moment(value: str, now: datetime) -> datetime | None:
    """A time as headers write it: epoch seconds, seconds from now, ISO 8601 or an HTTP date."""
    try:
        if re.fullmatch(r"\d+(\.\d+)?", value):
            number = float(value)
            epoch = number > 1e9  # noqa: PLR2004 # no wait is thirty years long
            return datetime.fromtimestamp(number, UTC) if epoch else now + timedelta(seconds=number)
        at = datetime.fromisoformat(value) if value[4:5] == "-" else parsedate_to_datetime(value)
    except (ValueError, OverflowError, OSError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _count(value: str) -> int | None:
    """A whole number; of a list ("100, 100;w=3600") the first."""
    found = re.match(r"\d{1,12}(?!\d)", value)
    return int(found[0]) if found else None
