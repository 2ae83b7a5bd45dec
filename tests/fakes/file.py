"""The `file` platform needs no server: a folder of its own stands for one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from bot.domain.errors import PlatformError
from tests.fakes.server import Request, Stored

__all__ = ["FAKE", "FakeFolder"]


class FakeFolder:
    kind = "file"
    secrets: ClassVar[tuple[str, ...]] = ()
    failures: ClassVar[Mapping[str | int, type[PlatformError]]] = {}
    carries = frozenset({"text", "link", "alts", "lang", "reply_to"})

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name)

    def options(self) -> dict[str, Any]:
        return {"platform": "file", "folder": self._folder.name}

    def stored(self) -> list[Stored]:
        documents = [json.loads(file.read_text()) for file in sorted(self.path.glob("*/posts/*.json"))]
        return [
            Stored(
                d["id"],
                d["text"],
                (d["link"],),
                tuple(i["alt"] for i in d["images"]),
                d["lang"],
                d["reply_to"] or "",
            )
            for d in documents
            if not d.get("deleted")
        ]

    def writes(self) -> list[Request]:
        return []

    def script_write(self, mode: str | int, **more: Any) -> None:
        raise NotImplementedError("a folder has no ways to fail that a server has")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


FAKE = FakeFolder
