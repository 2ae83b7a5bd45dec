"""Describes the configuration file as a JSON Schema, for editors that complete and check as one types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, TypeAdapter

from bot import registry
from bot.ports.durations import format_duration
from bot.settings.fields import ID
from bot.settings.model import Settings
from bot.settings.tree import named_tables, secrets_of, variable

__all__ = ["described", "json_schema"]

DRAFT = "http://json-schema.org/draft-07/schema#"
"""What Taplo, which most editors read TOML with, understands (taplo.tamasfe.dev, read 2026-11-23)."""


SPAN = TypeAdapter(timedelta)


def json_schema() -> dict[str, Any]:
    """The schema of the file: the model, and each kind's own keys. Secrets are not in it: nor in the file."""
    schema = described(Settings)
    definitions: dict[str, Any] = schema.pop("$defs", {})
    properties = schema["properties"]
    for name in secrets_of(Settings):
        if name != "database":
            del properties[name]
    _by_id(properties["accounts"], _kinds("accounts", "platform", registry.platforms(), definitions))
    _by_id(properties["sources"], _kinds("sources", "kind", registry.sources(), definitions))
    for section, model in named_tables().items():
        _by_id(properties[section], {"$ref": f"#/$defs/{model.__name__}"})
        _without_secrets(definitions[model.__name__], section, secrets_of(model))
    return {"$schema": DRAFT, **schema, "title": "Sharewire", "$defs": dict(sorted(definitions.items()))}


def described(model: type[BaseModel]) -> dict[str, Any]:
    """One table's schema, its defaults as one would write them in the file."""
    schema = model.model_json_schema()
    for table in (schema, *schema.get("$defs", {}).values()):
        for field in table.get("properties", {}).values():
            if "dhms" in field.get("pattern", "") and "default" in field:
                field["default"] = format_duration(SPAN.validate_python(field["default"]))
    if model is Settings:
        schema["properties"]["database"]["default"] = Settings().database_url
    return schema


def _by_id(section: dict[str, Any], table: dict[str, Any]) -> None:
    """Tables under names of the operator's own; pydantic's form would let a misspelt name through."""
    section.pop("patternProperties", None)
    section |= {"propertyNames": {"pattern": ID}, "additionalProperties": table}


def _kinds(
    section: str, key: str, connectors: Mapping[str, Any], definitions: dict[str, Any]
) -> dict[str, Any]:
    """A table of one of the kinds; adds each kind's own to the definitions."""
    references = []
    for kind, connector in sorted(connectors.items()):
        name = f"{section}.{kind}"
        definitions[name] = _table(section, kind, key, connector.Options, definitions)
        references.append({"$ref": f"#/$defs/{name}"})
    return {"oneOf": references}


def _table(
    section: str, kind: str, key: str, options: type[BaseModel], definitions: dict[str, Any]
) -> dict[str, Any]:
    table = described(options)
    definitions |= table.pop("$defs", {})
    table["properties"][key] |= {"const": kind, "enum": [kind]}
    table["title"] = f'{section}: {key} = "{kind}"'
    table.pop("description", None)
    table.setdefault("required", [])
    _without_secrets(table, section, secrets_of(options))
    return table


def _without_secrets(table: dict[str, Any], section: str, secrets: Sequence[str]) -> None:
    """Secrets are no keys of the file: the description says where they are set."""
    if not secrets:
        return
    table["properties"] = {name: field for name, field in table["properties"].items() if name not in secrets}
    table["required"] = [name for name in table.get("required", []) if name not in secrets]
    names = ", ".join(variable((section, "<id>", name)) for name in secrets)
    table["description"] = f"Secrets are set in the environment or .env: {names}."
