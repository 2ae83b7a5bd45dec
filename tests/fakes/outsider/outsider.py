"""Somebody else's package that brings a platform kind and a source kind."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from bot.ports.platform import AccountOptions
from bot.ports.source import SourceOptions

__all__ = ["Connector", "Wire"]


class RelayOptions(AccountOptions):
    optional_secrets: ClassVar[frozenset[str]] = frozenset({"signing_key"})

    platform: Literal["relay"]
    access_token: SecretStr
    signing_key: SecretStr = SecretStr("")
    size: int = 3
    as_: str = Field(default="", alias="as")


class WireOptions(SourceOptions):
    kind: Literal["wire"]
    url: str


class Connector:
    Options = RelayOptions


class Wire:
    Options = WireOptions
