"""Notices edits of configuration and templates."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

__all__ = ["Watch"]


class Watch:
    """Compares the files' sizes and times with those of the last look: robust on every file system."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = tuple(paths)
        self.seen = self._look()

    def changed(self) -> bool:
        """Whether anything differs since the last call."""
        now = self._look()
        differs, self.seen = now != self.seen, now
        return differs

    def _look(self) -> dict[str, tuple[int, int]]:
        out: dict[str, tuple[int, int]] = {}
        for root in self.paths:
            for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
                try:
                    stat = path.stat()
                except OSError:
                    continue
                if path.is_file():
                    out[str(path)] = (stat.st_mtime_ns, stat.st_size)
        return out
