"""Parts a Markdown file into its front matter (YAML, TOML, JSON, Pelican's own lines) and its text."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["fields", "first", "flag", "parted", "words"]

FENCED = re.compile(
    r"\A(?P<fence>---|\+\+\+)[ \t]*\r?\n(?P<matter>.*?)^(?P=fence)[ \t]*(?:\r?\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
LINE = re.compile(r"(?P<key>[A-Za-z][\w-]*):[ \t]*(?P<value>.*)")
NO = frozenset({"", "0", "false", "no", "off", "none", "null"})


def parted(text: str) -> tuple[dict[str, Any], str]:
    """The front matter, its keys in small letters, and the rest; {} where there is none.

    Raises:
        ValueError: there is one, and it cannot be read.
    """
    text = text.removeprefix("\ufeff")
    found = FENCED.match(text)
    if found:
        matter = found["matter"]
        table = _yaml(matter) if found["fence"] == "---" else _toml(matter)
        return fields(table), text[found.end() :]
    if text.startswith("{"):
        try:
            table, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return {}, text
        return (fields(table), text[end:]) if isinstance(table, dict) else ({}, text)
    return _lines(text)


def fields(table: Any) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in table.items()} if isinstance(table, Mapping) else {}


def first(table: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that holds a text."""
    for name in names:
        value = table.get(name)
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, str | int | float) and str(value).strip():
            return str(value).strip()
    return ""


def words(*values: Any) -> tuple[str, ...]:
    """The words of lists, or of a text with commas."""
    found: list[str] = []
    for value in values:
        if isinstance(value, str):
            found += value.split(",")
        elif isinstance(value, Iterable) and not isinstance(value, Mapping):
            found += [_name(each) for each in value]
        elif isinstance(value, Mapping):
            found.append(_name(value))
    return tuple(dict.fromkeys(word.strip() for word in found if word.strip()))


def flag(value: Any) -> bool:
    """Whether a field says yes; YAML is read as texts."""
    return isinstance(value, str | int) and str(value).strip().lower() not in NO


def _name(value: Any) -> str:
    """A word, or the name in a table; never what is nested deeper, which YAML can make endless."""
    value = value.get("name", "") if isinstance(value, Mapping) else value
    return str(value) if isinstance(value, str | int | float) else ""


def _yaml(matter: str) -> Any:
    import yaml

    try:
        # Every scalar stays a text: PyYAML would read 12:30 as 750 and `no` as False.
        return yaml.load(matter, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and tables only
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ValueError("YAML that cannot be read") from None


def _toml(matter: str) -> Any:
    try:
        return tomllib.loads(matter)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise ValueError("TOML that cannot be read") from None


def _lines(text: str) -> tuple[dict[str, Any], str]:
    """`Title: …` lines up to the first empty one, as Python-Markdown's meta extension reads them."""
    head, _, rest = text.replace("\r\n", "\n").partition("\n\n")
    found: dict[str, Any] = {}
    for line in head.split("\n"):
        pair = LINE.fullmatch(line)
        if pair is None:
            return {}, text
        found[pair["key"].lower()] = pair["value"].strip()
    return (found, rest) if "title" in found else ({}, text)
