"""What a route shares once more: `repeat = ["3h", { after = "2d", template = "again" }]`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from bot.ports.durations import Duration
from bot.ports.platform import Table

__all__ = ["Again", "RepeatTable"]


class RepeatTable(Table):
    """One repeat; a bare duration is one told with the route's own template set."""

    after: Duration
    template: str = ""


def _spelt_out(value: Any) -> Any:
    return value if isinstance(value, dict | RepeatTable) else {"after": value}


SPAN = {"type": "string", "pattern": r"^(\d+(\.\d+)?[dhms])+$", "examples": ["3h", "2d"]}
Again = Annotated[
    RepeatTable,
    BeforeValidator(_spelt_out),
    WithJsonSchema(
        {
            "anyOf": [
                SPAN,
                {
                    "type": "object",
                    "properties": {"after": SPAN, "template": {"type": "string"}},
                    "required": ["after"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
