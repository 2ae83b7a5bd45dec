"""The configuration in force as it is kept in the database: what decides about times, and no secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.settings.model import Settings

__all__ = ["kept", "restored"]

KEPT = ("timezone", "schedules", "routes", "blackouts")
"""Neither accounts nor sources: their addresses and tokens change no time, and may be secrets."""


def kept(settings: Settings) -> dict[str, Any]:
    """A JSON document of what was written in the file about times."""
    return settings.model_dump(include=set(KEPT), mode="json", by_alias=True, exclude_unset=True)


def restored(document: Any) -> Settings | None:
    """The settings of a kept document, None where another release wrote what this one cannot read."""
    if not isinstance(document, Mapping):
        return None
    try:
        return Settings(**{name: document[name] for name in KEPT if name in document})
    except ValidationError:
        return None
