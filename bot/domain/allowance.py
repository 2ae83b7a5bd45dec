"""What a platform still lets an account do, as its answers say, and until when it must be left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["Allowance", "allowance_document", "allowance_from", "spent_until"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """One limit of a platform's: `remaining` calls of `limit` (None where it is not said) until `resets_at`.

    `name` is the header's, without what follows its family: "x-rate-limit", "retry-after".
    """

    name: str
    remaining: int
    resets_at: datetime
    limit: int | None = None


def spent_until(allowances: Iterable[Allowance], now: datetime) -> datetime | None:
    """When the last of the limits that are used up is filled again, None if none stands in the way."""
    ends = [each.resets_at for each in allowances if each.remaining <= 0 and each.resets_at > now]
    return max(ends, default=None)


def allowance_document(allowance: Allowance) -> dict[str, Any]:
    """`{name, limit, remaining, resets_at}`, as it is kept and as `status` shows it."""
    return {
        "name": allowance.name,
        "limit": allowance.limit,
        "remaining": allowance.remaining,
        "resets_at": allowance.resets_at.isoformat(),
    }


def allowance_from(document: Mapping[str, Any]) -> Allowance:
    """The allowance of a document."""
    return Allowance(
        name=document["name"],
        remaining=document["remaining"],
        resets_at=datetime.fromisoformat(document["resets_at"]),
        limit=document["limit"],
    )
