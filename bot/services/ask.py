"""Asks each account's platform who it is there, what its token may do, and for how long; posts nothing."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from bot.domain.errors import PlatformError
from bot.ports.newsroom import Account, Call
from bot.services.explain import iso

__all__ = ["ask_accounts"]

DEADLINE = timedelta(minutes=1)
SOON = timedelta(days=14)
AT_ONCE = 8


def ask_accounts(accounts: Iterable[Account], call: Call, now: datetime) -> list[dict[str, Any]]:
    """`[{account, platform, handle, id, url, expires_at, days_left, warnings, error}]`, several at once."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda account: _ask(account, call, now), accounts))


def _ask(account: Account, call: Call, now: datetime) -> dict[str, Any]:
    said: dict[str, Any] = {
        "account": account.id,
        "platform": account.platform,
        "handle": "",
        "id": "",
        "url": "",
        "expires_at": None,
        "days_left": None,
        "warnings": [],
        "error": "",
    }
    try:
        identity = call(account.connector.check, DEADLINE)
    except PlatformError as error:
        return said | {"error": str(error)}
    except TimeoutError:
        return said | {"error": f"no answer within {DEADLINE.total_seconds():g} s"}
    warnings = list(identity.notes)
    wanted = account.options.handle
    other = bool(wanted and identity.handle and _bare(identity.handle) != _bare(wanted))
    cure = f"the token speaks for {identity.handle}, but `handle` is {wanted}: mend one of them"
    left = identity.expires_at - now if identity.expires_at else None
    if left is not None and left < SOON:
        warnings.append(f"the token ends on {identity.expires_at:%Y-%m-%d}: renew it before")
    return said | {
        "handle": identity.handle,
        "id": identity.id,
        "url": identity.url,
        "expires_at": iso(identity.expires_at),
        "days_left": left.days if left is not None else None,
        "warnings": warnings,
        "error": cure if other else "",
    }


def _bare(handle: str) -> str:
    return handle.lstrip("@").casefold()
