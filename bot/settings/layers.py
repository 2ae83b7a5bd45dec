"""Reads variables, `.env` and secrets directories into tables of the configuration, and names leftovers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_settings import DotEnvSettingsSource

from bot.settings.model import Settings
from bot.settings.problems import Problem, nearest
from bot.settings.tree import KINDS, Leaf, variable

__all__ = ["Layer", "merge", "read_dotenv", "read_secrets", "read_variables", "skeleton"]

DATABASE_URL = "DATABASE_URL"
CONFIG = "BOT_CONFIG"
PREFIX = "BOT_"


@dataclass(slots=True)
class Layer:
    """What one origin says. `origin`: "environment", ".env", "secrets" or the file's path."""

    origin: str
    values: dict[str, Any] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)

    def put(self, path: tuple[str, ...], value: Any) -> None:
        table = self.values
        for part in path[:-1]:
            table = table.setdefault(part, {})
        table[path[-1]] = value


def read_dotenv(path: Path) -> dict[str, str]:
    """The names and values of a `.env` file; none if there is no such file."""
    source = DotEnvSettingsSource(Settings, env_file=path, env_file_encoding="utf-8", case_sensitive=True)
    return {name: value for name, value in source.env_vars.items() if value is not None}


def read_secrets(folders: Iterable[Path]) -> dict[str, str]:
    """One variable a file, its name in any case, with or without BOT_: `accounts__fedi__access_token`."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            name = path.name.upper()
            if not path.is_file() or name.startswith("."):
                continue
            if not name.startswith(PREFIX) and name != DATABASE_URL:
                name = PREFIX + name if "__" in name or name == "TOKEN_KEY" else name
            found.setdefault(name, _text(path))
    return {name: text for name, text in found.items() if text}


def skeleton(file: Mapping[str, Any], layers: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """The file's tables with the accounts and sources that variables bring by naming their kind."""
    out = deepcopy(dict(file))
    for names in reversed(list(layers)):
        for name, value in names.items():
            section, _, rest = name.removeprefix(PREFIX).lower().partition("__")
            id_, _, key = rest.partition("__")
            tables = out.setdefault(section, {}) if section in KINDS else None
            if isinstance(tables, dict) and key == KINDS[section][0] and value.strip():
                table = tables.setdefault(id_, {})
                if isinstance(table, dict):
                    table[key] = value.strip()
    return out


def read_variables(
    origin: str, names: Mapping[str, str], known: Mapping[str, Any], by_name: Mapping[str, Leaf]
) -> Layer:
    """The variables that set a key of `known`'s tables, and a warning for each BOT_ name that sets none.

    Args:
        by_name: the leaves of `known` by the variables that set them.
    """
    layer = Layer(origin)
    for name, value in names.items():
        if not value.strip() or name in {CONFIG, DATABASE_URL}:
            continue
        leaf = by_name.get(name) or _keyed(name, by_name)
        if leaf is not None and not (leaf.keyed and leaf.variable == name):
            own = (name[len(leaf.variable) + 2 :].lower(),) if leaf.keyed else ()
            layer.put(leaf.path + own, value.split() if leaf.many else value.strip())
        elif name.startswith(PREFIX):
            layer.warnings.append(_leftover(origin, name, known, by_name))
    if names.get(DATABASE_URL, "").strip():
        layer.put(("database",), names[DATABASE_URL].strip())
    return layer


def merge(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Tables joined key by key, the first that says something winning; lists are not joined."""
    out: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if key not in out:
                out[key] = deepcopy(value)
            elif isinstance(out[key], dict) and isinstance(value, Mapping):
                out[key] = merge([out[key], value])
    return out


def _keyed(name: str, by_name: Mapping[str, Leaf]) -> Leaf | None:
    above, _, own = name.rpartition("__")
    leaf = by_name.get(above)
    return leaf if leaf is not None and leaf.keyed and own else None


def _leftover(origin: str, name: str, known: Mapping[str, Any], by_name: Mapping[str, Leaf]) -> Problem:
    section, *rest = name.removeprefix(PREFIX).lower().split("__")
    if section in {"routes", "blackouts", "labels"}:
        return Problem(origin, name, f"has no effect: {section} are set in the file only", "warning")
    ids = known.get(section)
    if section in {*KINDS, "schedules"} and isinstance(ids, Mapping) and rest and rest[0] not in ids:
        near = nearest(rest[0], ids)
        cure = f"did you mean {variable((section, near, *rest[1:]))}?" if near else "remove it"
        return Problem(origin, name, f"there is no [{section}.{rest[0]}]: {cure}", "warning")
    near = nearest(name, [*by_name, CONFIG])
    return Problem(origin, name, f"sets nothing: did you mean {near}?" if near else "sets nothing", "warning")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
