"""What the tables of the configuration are made of: names, times of day, docstrings that editors show."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from bot.ports.platform import Table

__all__ = ["ID", "ClockText", "Described", "Id"]

ID = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
Id = Annotated[str, Field(pattern=ID)]
"""The name an operator gives to a source, an account, a schedule or a rule."""


def _clock_text(value: Any) -> Any:
    """TOML's own local times (08:00:00, without quotes) as the text we read."""
    return f"{value:%H:%M}" if isinstance(value, time) else value


ClockText = Annotated[str, BeforeValidator(_clock_text)]


class Described(Table):
    """A table whose attribute docstrings are what editors show and `docs/configuration.md` says."""

    model_config = ConfigDict(use_attribute_docstrings=True)
