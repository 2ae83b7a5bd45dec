"""Knows which keys the configuration can have: the model's fields, walked by a dotted path."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot import registry
from bot.domain.errors import UserError
from bot.ports.platform import AccountOptions
from bot.ports.source import SourceOptions
from bot.settings.model import Settings

__all__ = [
    "Leaf",
    "fields_of",
    "is_secret",
    "leaves",
    "model_at",
    "named_tables",
    "options_of",
    "secrets_of",
    "variable",
]

KINDS: dict[str, tuple[str, typing.Callable[[str], Any], type[BaseModel]]] = {
    "accounts": ("platform", registry.platform, AccountOptions),
    "sources": ("kind", registry.source, SourceOptions),
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A key that holds a value. `path` from the top of the file; `many`: a list of words; `keyed`: words by
    a key of the operator's own.
    """

    path: tuple[str, ...]
    field: FieldInfo
    many: bool
    keyed: bool
    secret: bool

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return variable(self.path)


def variable(path: tuple[str, ...]) -> str:
    """The environment variable for a key: BOT_ACCOUNTS__MAIN_X__ACCESS_TOKEN."""
    return "BOT_" + "__".join(path).upper()


@cache
def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields by the names that the file uses."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


@cache
def named_tables() -> dict[str, type[BaseModel]]:
    """The sections of tables under names of the operator's own, all of one model: `[schedules.<id>]`."""
    sections = {name: field.annotation for name, field in fields_of(Settings).items() if name not in KINDS}
    models = {name: _model_in(each) for name, each in sections.items() if get_origin(each) is dict}
    return {name: model for name, model in models.items() if model is not None}


def is_secret(field: FieldInfo) -> bool:
    """Whether the field's values are never shown."""
    return SecretStr in _types(field.annotation)


def secrets_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a table that hold secrets."""
    return tuple(each.path[0] for each in _within(model) if each.secret and len(each.path) == 1)


def options_of(section: str, table: Any) -> type[BaseModel]:
    """The model of one account's or source's table; the common one where its kind is not known."""
    key, find, common = KINDS[section]
    kind = table.get(key) if isinstance(table, Mapping) else None
    if not isinstance(kind, str):
        return common
    try:
        options: type[BaseModel] = find(kind).Options
    except UserError:
        return common
    return options


def model_at(path: tuple[str, ...], data: Mapping[str, Any]) -> type[BaseModel] | None:
    """The model of the table at a path (list indexes as "0"); None where there is no table of fixed keys."""
    if not path:
        return Settings
    if path[0] in KINDS:
        model = options_of(path[0], _dig(data, path[:2])) if len(path) > 1 else None
        rest = path[2:]
    elif len(path) == 1 and path[0] in named_tables():
        return None
    else:
        skip = 2 if path[0] in named_tables() else 1
        model = _model_in(fields_of(Settings)[path[0]].annotation) if path[0] in fields_of(Settings) else None
        rest = path[skip:]
    for part in rest:
        if model is None or part.isdigit():
            continue
        field = fields_of(model).get(part)
        model = _model_in(field.annotation) if field else None
    return model


def leaves(data: Mapping[str, Any]) -> Iterator[Leaf]:
    """Every key that holds a value and stands in tables of fixed keys, for the ids there are in `data`."""
    for name, field in fields_of(Settings).items():
        if name in KINDS:
            for id_, table in _tables(data.get(name)):
                yield from _at((name, id_), options_of(name, table))
        elif name in named_tables():
            for id_, _ in _tables(data.get(name)):
                yield from _at((name, id_), named_tables()[name])
        else:
            yield from _leaf((name,), field)


def _at(path: tuple[str, ...], model: type[BaseModel]) -> Iterator[Leaf]:
    return (Leaf(path + each.path, each.field, each.many, each.keyed, each.secret) for each in _within(model))


@cache
def _within(model: type[BaseModel]) -> tuple[Leaf, ...]:
    """A table's leaves, `path` from the table: a newsroom has a thousand tables of one model."""
    return tuple(_under((), model))


def _under(path: tuple[str, ...], model: type[BaseModel]) -> Iterator[Leaf]:
    for name, field in fields_of(model).items():
        yield from _leaf((*path, name), field)


def _leaf(path: tuple[str, ...], field: FieldInfo) -> Iterator[Leaf]:
    nested = _model_in(field.annotation)
    keyed = dict in _types(field.annotation)
    many = tuple in _types(get_args(field.annotation)[-1] if keyed else field.annotation)
    if nested is not None and not many:
        yield from _under(path, nested)
    elif nested is None:
        yield Leaf(path, field, many, keyed, is_secret(field))


def _tables(section: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(section, Mapping):
        yield from section.items()


def _dig(data: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return data


def _types(annotation: Any) -> set[Any]:
    """Every type an annotation is made of, tuples by their origin, looking into unions and Annotated."""
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        return set().union(*(_types(arg) for arg in get_args(annotation)))
    if origin is Annotated:
        return _types(get_args(annotation)[0])
    return {origin or annotation}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation, also inside a tuple or as a mapping's values."""
    origin = get_origin(annotation)
    if isinstance(annotation, type) and origin is None:
        return annotation if issubclass(annotation, BaseModel) else None
    return next((m for m in map(_model_in, get_args(annotation)) if m is not None), None)
