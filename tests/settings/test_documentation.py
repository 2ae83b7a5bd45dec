from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot import registry
from bot.ports.budget import BudgetTable
from bot.ports.matching import MatchTable
from bot.ports.platform import AccountOptions, CardPolicy, ImagePolicy
from bot.ports.source import FuturePolicy, SourceOptions
from bot.settings.again import EvergreenTable
from bot.settings.alerts import AlertTable
from bot.settings.blackout import BlackoutTable, HolidaysTable
from bot.settings.digest import DigestArticles, DigestTable
from bot.settings.labels import LabelTable
from bot.settings.model import DeliveryTable, RetryTable, RouteTable, ScheduleTable, Settings
from bot.settings.prices import PricesTable
from bot.settings.schema import described
from bot.settings.tree import fields_of
from bot.settings.web import WebTable

DOCS = Path(__file__).parents[2] / "docs"
TABLES: dict[str, type[BaseModel]] = {
    "The file": Settings,
    "`[sources.<id>]`": SourceOptions,
    "`[accounts.<id>]`": AccountOptions,
    "`image`": ImagePolicy,
    "`budget`": BudgetTable,
    "`[prices.<platform>]`": PricesTable,
    "`card`": CardPolicy,
    "`future`": FuturePolicy,
    "`[schedules.<id>]`": ScheduleTable,
    "`[[routes]]`": RouteTable,
    "`[[evergreen]]`": EvergreenTable,
    "`[[blackouts]]`": BlackoutTable,
    "`holidays`": HolidaysTable,
    "`[[digests]]`": DigestTable,
    "`articles`": DigestArticles,
    "`[[labels]]`": LabelTable,
    "`match` and `exclude`": MatchTable,
    "`[delivery]`": DeliveryTable,
    "`retry`": RetryTable,
    "`[alerts.<id>]`": AlertTable,
    "`[web]`": WebTable,
}
ROW = re.compile(r"\| `(?P<key>[^`]+)` \| (?P<type>[^|]+) \| (?P<default>[^|]+) \| (?P<meaning>[^|]+) \|")
Key = tuple[str, str, str, str]


def type_word(schema: dict[str, Any]) -> str:
    """The word a newsroom reads for a JSON Schema type."""
    schema = next((s for s in schema.get("anyOf", []) if s.get("type") != "null"), schema)
    if "enum" in schema:
        return " or ".join(f"`{word}`" for word in schema["enum"])
    if "(" in schema.get("pattern", ""):
        return "duration" if "dhms" in schema["pattern"] else "name"
    if schema.get("type") == "array":
        item = type_word(schema["items"])
        return "list of tables" if item == "table" else f"list of {item}s"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return words.get(schema.get("type", ""), "table")


def default_word(schema: dict[str, Any], *, required: bool) -> str:
    default = schema.get("default")
    if required:
        return "needed"
    if isinstance(default, bool):
        return str(default).lower()
    if default in (None, "", [], {}) or isinstance(default, dict):
        return "–"
    return f"`{default:g}`" if isinstance(default, int | float) else f"`{default}`"


def modelled() -> set[Key]:
    """(table, key, type, default) of every key in the model."""
    keys: set[Key] = set()
    for table, model in TABLES.items():
        schema = described(model)
        fields = (
            schema["properties"] if "properties" in schema else schema["$defs"][model.__name__]["properties"]
        )
        needed = schema.get("required", [])
        keys |= {
            (table, key, type_word(field), default_word(field, required=key in needed))
            for key, field in fields.items()
        }
    return keys


def documented() -> list[tuple[str, re.Match[str]]]:
    """Every row of docs/configuration.md below its heading."""
    heading, rows = "", []
    for line in (DOCS / "configuration.md").read_text("utf-8").splitlines():
        heading = line.lstrip("# ") if line.startswith("#") else heading
        found = ROW.fullmatch(line)
        rows += [(heading, found)] if found else []
    return rows


def test_the_page_has_exactly_the_keys_types_and_defaults_of_the_model() -> None:
    page = [(table, row["key"], row["type"], row["default"]) for table, row in documented()]
    assert set(page) == modelled()
    assert len(page) == len(set(page))


def test_every_key_on_the_page_has_a_meaning() -> None:
    assert [row["key"] for _, row in documented() if len(row["meaning"]) < 10] == []


def test_the_page_names_every_variable_that_is_no_key() -> None:
    page = (DOCS / "configuration.md").read_text("utf-8")
    assert [
        name for name in ("BOT_CONFIG", "DATABASE_URL", "BOT_MODE", "BOT_TOKEN_KEY") if name not in page
    ] == []


@pytest.mark.parametrize("kind", registry.source_kinds())
def test_a_source_kinds_own_keys_are_on_its_page(kind: str) -> None:
    page = (DOCS / "sources" / f"{kind}.md").read_text("utf-8")
    own = set(fields_of(registry.source(kind).Options)) - set(fields_of(SourceOptions))
    assert {key for key in own if f"`{key}" not in page} == set()
