"""`[web]`: where the worker listens for pushes."""

from __future__ import annotations

from pydantic import ConfigDict, Field, field_validator

from bot.ports.platform import Table

__all__ = ["WebTable"]


class WebTable(Table):
    """`[web]`: where `run --web` listens, and how others reach it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """The address to listen on; where PORT is set, every one."""
    port: int = Field(default=8080, ge=0, le=65535)
    """The port to listen on; PORT wins over it."""
    public_url: str = ""
    """How hubs reach it, such as `https://bot.example.org`; without it no feed's hub is asked to push."""

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError('write an address, such as "https://bot.example.org"')
        return url.rstrip("/")
