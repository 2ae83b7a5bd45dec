"""Finds accounts that are told to edit or delete where their platform cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bot import registry
from bot.domain.errors import UserError
from bot.ports.platform import AccountOptions, DeletablePlatform, EditablePlatform
from bot.settings.model import Settings

__all__ = ["follow_problems"]

WORDS = {"edit": 'on_update = "alert" or "ignore"', "delete": 'on_withdrawal = "alert" or "ignore"'}


def follow_problems(settings: Settings) -> Iterator[tuple[Literal["error", "warning"], str, str]]:
    """Level, key, message."""
    for id_, options in settings.accounts.items():
        kind = getattr(options, "as_", "") or options.platform
        try:
            connector = registry.platform(kind)
        except UserError:
            continue  # said elsewhere
        if options.on_update == "edit" and not issubclass(connector, EditablePlatform):
            yield "error", f"accounts.{id_}.on_update", _cannot(kind, "edit")
        if options.on_withdrawal == "delete" and not issubclass(connector, DeletablePlatform):
            yield "error", f"accounts.{id_}.on_withdrawal", _cannot(kind, "delete")
        yield from _window(id_, options)


def _window(id_: str, options: AccountOptions) -> Iterator[tuple[Literal["error", "warning"], str, str]]:
    key = f"accounts.{id_}.edit_window"
    if options.on_update == "ignore" and "edit_window" in options.model_fields_set:
        yield "warning", key, 'has no effect: the account says nothing of `on_update` ("edit" or "alert")'
    elif options.on_update != "ignore" and not options.edit_window:
        yield "error", key, "is 0: no change would ever be told; give a duration, such as 24h"


def _cannot(kind: str, what: str) -> str:
    able = EditablePlatform if what == "edit" else DeletablePlatform
    can = [each for each in registry.platform_kinds() if issubclass(registry.platform(each), able)]
    return f"{kind} cannot {what} a post ({', '.join(can)} can): say {WORDS[what]}"
