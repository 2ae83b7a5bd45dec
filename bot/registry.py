"""Finds the platform and source kinds: modules of `bot.platforms` and `bot.sources`, and entry points.

An outsider's package brings a kind with an entry point in the group `sharewire.platforms` or
`sharewire.sources`, named for the kind, that names its connector class or the module that has it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from bot.domain.errors import UserError

__all__ = ["platform", "platform_kinds", "platforms", "source", "source_kinds", "sources"]

PLATFORMS = ("bot.platforms", "sharewire.platforms", "platform")
SOURCES = ("bot.sources", "sharewire.sources", "source kind")


def platform_kinds() -> tuple[str, ...]:
    """The names of every platform kind, sorted; none is imported."""
    return _kinds(*PLATFORMS[:2])


def source_kinds() -> tuple[str, ...]:
    """The names of every source kind, sorted; none is imported."""
    return _kinds(*SOURCES[:2])


def platform(kind: str) -> Any:
    """The connector class of one platform kind; no other kind is imported.

    Raises:
        UserError: there is no such kind, or the package that brings it is broken.
    """
    return _find(kind, *PLATFORMS)


def source(kind: str) -> Any:
    """The connector class of one source kind; no other kind is imported.

    Raises:
        UserError: as for `platform`.
    """
    return _find(kind, *SOURCES)


def platforms() -> Mapping[str, Any]:
    """Every platform kind and its connector class."""
    return {kind: platform(kind) for kind in platform_kinds()}


def sources() -> Mapping[str, Any]:
    """Every source kind and its connector class."""
    return {kind: source(kind) for kind in source_kinds()}


@cache
def _modules(package: str) -> frozenset[str]:
    found = pkgutil.iter_modules(import_module(package).__path__)
    return frozenset(module.name for module in found if not module.name.startswith("_"))


def _kinds(package: str, group: str) -> tuple[str, ...]:
    return tuple(sorted(_modules(package) | set(entry_points(group=group).names)))


def _find(kind: str, package: str, group: str, word: str) -> Any:
    if kind in _modules(package):
        return import_module(f"{package}.{kind}").Connector
    outsider = next(iter(entry_points(group=group, name=kind)), None)
    if outsider is None:
        kinds = _kinds(package, group)
        near = get_close_matches(kind, kinds, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"choose among {', '.join(kinds)}"
        raise UserError(f'there is no {word} "{kind}": {hint}')
    try:
        found = outsider.load()
        return found.Connector if isinstance(found, ModuleType) else found
    except (ImportError, AttributeError) as error:
        raise UserError(f'the {word} "{kind}" of {outsider.value} cannot be loaded: {error}') from error
