"""A connector of any kind, wired to its fake as bootstrap would."""

from __future__ import annotations

import importlib
from typing import Any

from bot.ports.platform import Platform, Wiring

__all__ = ["MemoryVault", "connect"]


class MemoryVault:
    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def load(self, name: str) -> str | None:
        return self.kept.get(name)

    def save(self, name: str, secret: str) -> None:
        self.kept[name] = secret


def connect(table: dict[str, Any], **wiring: Any) -> Any:
    """The Connector for an `[accounts.desk]` table; Any, for each kind can do more than the port asks."""
    connector = importlib.import_module(f"bot.platforms.{table['platform']}").Connector
    wired = {"account": "desk", "vault": MemoryVault(), "user_agent": "Sharewire/test", "allow_private": True}
    platform: Platform = connector(connector.Options.model_validate(table), Wiring(**{**wired, **wiring}))
    return platform
