"""Checks what is shared again: repeats that come in order and find their templates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from bot.settings.model import RouteTable, Settings

__all__ = ["found", "template_keys"]

Found = Iterator[tuple[Literal["error", "warning"], str, str]]


def found(settings: Settings) -> Found:
    """Level, key, message of each problem."""
    for route in settings.routes:
        yield from _repeats(route)


def template_keys(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each template set named here, with its key."""
    for route in settings.routes:
        for place, each in enumerate(route.repeat):
            if each.template:
                yield each.template, f"routes.{route.name}.repeat.{place}.template"


def _repeats(route: RouteTable) -> Found:
    key = f"routes.{route.name}.repeat"
    before = timedelta(0)
    for place, each in enumerate(route.repeat):
        if each.after <= timedelta(0):
            yield "error", f"{key}.{place}", 'comes with the first share: say how long after it, such as "3h"'
        elif each.after <= before:
            yield "error", f"{key}.{place}", "does not come after the one before it: put them in order"
        before = max(before, each.after)
