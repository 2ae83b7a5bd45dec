"""Says what the model refuses in the operator's words: the key, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot import registry
from bot.settings.fields import ID
from bot.settings.problems import Problem, choices, did_you_mean, nearest
from bot.settings.tree import fields_of, model_at, variable

__all__ = ["MENDS", "dotted", "problems_of"]

Path = tuple[str, ...]

NO_NAME = "is no name: use small letters, digits and single underscores"
MISFORMED = "is not of the form that it must have"

MENDS = {
    "string_type": 'write it in quotes: "…"',
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "float_parsing": "write a number",
    "bool_type": "write true or false, without quotes",
    "bool_parsing": "write true or false, without quotes",
    "tuple_type": 'write a list: ["…", "…"]',
    "dict_type": "is a table: write its keys below a header of its own",
    "model_type": "is a table: write its keys below a header of its own, or between { and }",
    "too_short": "needs at least one",
}


def dotted(path: Path, data: Mapping[str, Any]) -> str:
    """The key as reports name it: a route by its name, another list's items by their place from 1."""
    out: list[str] = []
    table: Any = data
    for part in path:
        if isinstance(table, list | tuple) and part.isdigit():
            table = table[int(part)] if int(part) < len(table) else None
            name = table.get("name") if isinstance(table, Mapping) else None
            out.append(name if isinstance(name, str) and len(out) == 1 else str(int(part) + 1))
            continue
        table = table.get(part) if isinstance(table, Mapping) else None
        out.append(part)
    return ".".join(out)


def problems_of(
    error: ValidationError, data: Mapping[str, Any], file: str, origin: Callable[[Path], str]
) -> list[Problem]:
    """Every refusal as a problem; `origin` says where the value of a path came from."""
    details = error.errors(include_url=False, include_input=False, include_context=True)
    fallen = [(e, _home(e, data)) for e in details]
    found = {(*home, str(e["loc"][-1])) for e, home in fallen if home is not None}
    out = []
    for each, home in fallen:
        path = tuple(str(part) for part in each["loc"] if part != "[key]")
        if each["type"] == "missing" and _without_places(path) in {_without_places(f) for f in found}:
            continue
        where = origin(path)
        if where == file:
            out.append(Problem(where, dotted(path, data), _message(each, path, data, home)))
        else:
            out.append(Problem(where, variable(path), _message(each, path, data, home)))
    return out


def _message(error: ErrorDetails, path: Path, data: Mapping[str, Any], home: Path | None) -> str:
    kind, key = error["type"], path[-1] if path else ""
    if kind == "extra_forbidden":
        return _unknown(path, data, home)
    if kind == "missing":
        return f"is missing: {_kinds_of(path) or f'write `{key} = …` there'}"
    if kind == "string_pattern_mismatch":
        return _pattern(error, path)
    if kind == "literal_error":
        return _choice(error, path, data)
    if kind in MENDS:
        return MENDS[kind]
    return error["msg"].removeprefix("Value error, ").replace("\n", " ")


def _unknown(path: Path, data: Mapping[str, Any], home: Path | None) -> str:
    key = path[-1]
    if home is not None:
        above = "that header" if home else "the first header of the file"
        return f"`{key}` stands under {_header(path[:-1])}; move it above {above}"
    model = model_at(path[:-1], data)
    known = list(fields_of(model)) if model else []
    near = nearest(key, known)
    return f'is no key: did you mean "{near}"?' if near else f"is no key: {choices(known)}"


def _pattern(error: ErrorDetails, path: Path) -> str:
    if error.get("ctx", {}).get("pattern") != ID:
        return (
            'write a whole address, such as "https://example.org/feed/"' if path[-1] == "url" else MISFORMED
        )
    if error["loc"][-1] != "[key]":
        return NO_NAME
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in path[-1].lower()).split()
    near = "_".join(words)
    return NO_NAME + (f', such as "{near}"' if near[:1].isalpha() else "")


def _choice(error: ErrorDetails, path: Path, data: Mapping[str, Any]) -> str:
    expected = str(error.get("ctx", {}).get("expected", ""))
    words = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    value: Any = data
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list | tuple) and part.isdigit():
            value = value[int(part)]
    return (
        f"is none of its values: {did_you_mean(value, words) if isinstance(value, str) else choices(words)}"
    )


def _kinds_of(path: Path) -> str:
    if path[0] == "accounts" and path[2:] == ("platform",):
        return "name its platform; " + choices(registry.platform_kinds())
    if path[0] == "sources" and path[2:] == ("kind",):
        return "name its kind; " + choices(registry.source_kinds())
    return ""


def _home(error: ErrorDetails, data: Mapping[str, Any]) -> Path | None:
    """The table an unknown key belongs to, when it only fell under a header further down."""
    if error["type"] != "extra_forbidden":
        return None
    *parent, key = (str(part) for part in error["loc"])
    own = model_at(tuple(parent), data)
    if own is not None and nearest(key, fields_of(own)) == key:
        return None
    for length in range(len(parent) - 1, -1, -1):
        model = model_at(tuple(parent[:length]), data)
        if model is not None and model is not own and key in fields_of(model):
            return tuple(parent[:length])
    return None


def _header(path: Path) -> str:
    if len(path) == 2 and path[1].isdigit():  # noqa: PLR2004 - a list and a place in it
        return f"[[{path[0]}]]"
    return f"[{'.'.join(_without_places(path))}]"


def _without_places(path: Path) -> Path:
    return tuple(part for part in path if not part.isdigit())
