"""Shows the effective configuration: each value with its origin, each variable, no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, SecretStr

from bot.ports.durations import format_duration
from bot.settings.loading import Loaded
from bot.settings.tree import fields_of, secrets_of, variable

__all__ = ["Value", "Variable", "values", "variables"]

HIDDEN = "***"
DEFAULT = "default"
PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):[^/@\s]*@")
QUERY_PASSWORD = re.compile(r"(?<=password=)[^&\s]*")


@dataclass(frozen=True, slots=True)
class Value:
    """One key in force. `value` is text or a list of texts; `origin` as in Loaded, or "default"."""

    key: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. `state`: "set", "missing" (a live account needs it), or "not set"."""

    name: str
    key: str
    state: str
    origin: str = ""


def values(loaded: Loaded) -> list[Value]:
    """Every value in force, but for defaults that are empty."""
    return [
        value
        for value in _walk(loaded.settings, "", loaded.origins, set_=False)
        if value.origin != DEFAULT or value.value not in ("", [], {}, None)
    ]


def variables(loaded: Loaded) -> list[Variable]:
    """Every variable that is set, and every one that a secret or the installation could be set by."""
    settings, origins = loaded.settings, loaded.origins
    from_outside = {key: at for key, at in origins.items() if at != str(loaded.path)}
    wanted: list[tuple[str, ...]] = [("mode",), ("token_key",)]
    needed: set[tuple[str, ...]] = set()
    for section in ("accounts", "sources"):
        for id_, options in getattr(settings, section).items():
            paths: list[tuple[str, ...]] = [(section, id_, name) for name in secrets_of(type(options))]
            wanted += paths
            if settings.mode == "live":
                needed |= {path for path in paths if path[-1] not in options.optional_secrets}
    wanted += [("alerts", id_, "urls") for id_ in settings.alerts]
    set_paths = [tuple(key.split(".")) for key in from_outside if key != "database"]
    return [
        _variable("DATABASE_URL", "database", from_outside, needed=False),
        *(
            _variable(variable(path), ".".join(path), from_outside, needed=path in needed)
            for path in dict.fromkeys([*wanted, *set_paths])
        ),
    ]


def _variable(name: str, key: str, from_outside: Mapping[str, str], *, needed: bool) -> Variable:
    if key in from_outside:
        return Variable(name, key, "set", from_outside[key])
    return Variable(name, key, "missing" if needed else "not set")


def _walk(value: Any, key: str, origins: Mapping[str, str], *, set_: bool) -> Iterator[Value]:
    """`set_`: the value was given in a list, whose parts have no origin of their own."""
    above = f"{key}." if key else ""
    if isinstance(value, BaseModel):
        for alias, (name, _) in zip(fields_of(type(value)), type(value).model_fields.items(), strict=True):
            given = set_ and name in value.model_fields_set
            yield from _walk(getattr(value, name), above + alias, origins, set_=given)
    elif isinstance(value, dict) and value:
        for name, each in value.items():
            yield from _walk(each, above + name, origins, set_=set_)
    elif isinstance(value, tuple) and any(isinstance(each, BaseModel) for each in value):
        for place, each in enumerate(value, 1):
            yield from _walk(each, above + getattr(each, "name", str(place)), origins, set_=True)
    else:
        origin = origins.get(key) or (origins.get(key.partition(".")[0], DEFAULT) if set_ else DEFAULT)
        yield Value(key, _plain(key, value), origin)


def _plain(key: str, value: Any) -> Any:
    if isinstance(value, SecretStr):
        text = value.get_secret_value()
        return _masked(text) if key == "database" else HIDDEN if text else ""
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, tuple):
        return [_plain(key, each) for each in value]
    return _masked(value) if isinstance(value, str) else value


def _masked(text: str) -> str:
    return QUERY_PASSWORD.sub(HIDDEN, PASSWORD.sub(rf"\1:{HIDDEN}@", text))
