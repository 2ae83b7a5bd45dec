"""Durations as people write them in the configuration: "90s", "5m", "24h", "1h30m", "2d"."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

__all__ = ["Duration", "format_duration", "parse_duration"]

UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
PATTERN = re.compile(r"(?:\d+(?:\.\d+)?[dhms])+")


def parse_duration(value: object) -> timedelta:
    """Read "1h30m"; a bare 0 is allowed, any other bare number is not (of what unit?).

    Raises:
        ValueError: it is no duration; the text says how to write one.
    """
    if isinstance(value, timedelta):
        return value
    text = str(value).strip().replace(" ", "")
    if text == "0":
        return timedelta(0)
    if not PATTERN.fullmatch(text):
        raise ValueError('write a duration with its unit, such as "90s", "5m", "24h" or "2d"')
    parts = re.findall(r"(\d+(?:\.\d+)?)([dhms])", text)
    return sum((timedelta(**{UNITS[unit]: float(number)}) for number, unit in parts), timedelta(0))


def format_duration(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back: 1h30m; "0" for none."""
    seconds = round(value.total_seconds())
    out = ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        out += f"{count}{unit}" if count else ""
    return out or "0"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(\.\d+)?[dhms])+$|^0$", "examples": ["5m", "24h"]}),
]
