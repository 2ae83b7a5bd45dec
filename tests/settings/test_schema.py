from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.settings.schema import json_schema

HOME = Path(__file__).parents[2]


def test_the_committed_schema_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # without the outsider's kinds
    committed = json.loads((HOME / "config" / "bot.schema.json").read_text("utf-8"))
    assert committed == json_schema(), "run `make schema`"


def test_the_shipped_configuration_names_the_schema_for_editors() -> None:
    first = (HOME / "config" / "bot.toml").read_text("utf-8").splitlines()[0]
    assert first == "#:schema ./bot.schema.json"


def test_each_kind_is_offered_with_its_own_keys() -> None:
    schema = json_schema()
    assert {"$ref": "#/$defs/accounts.relay"} in schema["properties"]["accounts"]["additionalProperties"][
        "oneOf"
    ]
    relay = schema["$defs"]["accounts.relay"]
    assert relay["properties"]["platform"]["const"] == "relay"
    assert {"size", "handle", "as"} <= set(relay["properties"])
    assert relay["additionalProperties"] is False


@pytest.mark.parametrize("section", ["accounts", "sources", "schedules"])
def test_a_table_by_id_is_held_to_its_schema_and_its_name_to_ours(section: str) -> None:
    table = json_schema()["properties"][section]
    assert "patternProperties" not in table
    assert table["propertyNames"] == {"pattern": "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"}


def test_secrets_are_neither_required_nor_offered_but_told() -> None:
    relay = json_schema()["$defs"]["accounts.relay"]
    assert relay["required"] == ["platform"]
    assert "access_token" not in relay["properties"]
    assert "BOT_ACCOUNTS__<ID>__ACCESS_TOKEN" in relay["description"]
    assert "token_key" not in json_schema()["properties"]


def test_every_reference_of_the_schema_leads_somewhere() -> None:
    schema = json_schema()
    named = {part.split('"')[0] for part in json.dumps(schema).split('"#/$defs/')[1:]}
    assert named <= set(schema["$defs"])


def test_every_key_says_what_it_means() -> None:
    schema = json_schema()
    tables = [schema, *(schema["$defs"][name] for name in ("RouteTable", "ScheduleTable", "DeliveryTable"))]
    assert [
        key for table in tables for key, field in table["properties"].items() if not field.get("description")
    ] == []
