"""The file transport: a `file:` address below the folder that a source was given, answered like a server."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.domain.errors import SourceError
from bot.ports.source import Request, Response

__all__ = ["is_file", "read_file"]

MOST_FILES = 50_000
OK = 200
NOT_FOUND = 404


def is_file(url: str) -> bool:
    return url.startswith("file:")


def read_file(request: Request, folder: Path | None) -> Response:
    """A file's bytes; for an address that ends in "/", what lies below, as JSON: path, size, time of change.

    Raises:
        SourceError: it is not below `folder` (also by a link), cannot be read, or is too large.
    """
    wanted = Path(unquote(urlsplit(request.url).path))
    if folder is None:
        raise SourceError("a file is asked for by a source that has no folder")
    path, root = wanted.resolve(), folder.resolve()
    if not path.is_relative_to(root):
        raise SourceError(f"{wanted} is not below {folder}")
    try:
        if request.url.endswith("/"):
            if not path.is_dir():
                raise SourceError(f"there is no folder {folder}: correct `path`")
            body = json.dumps(_below(path, root)).encode()
        elif not path.is_file():
            return Response(request.url, NOT_FOUND, {}, b"")
        else:
            body = _bytes(path, request)
    except OSError as error:
        raise SourceError(f"{wanted} cannot be read: {error.strerror}") from None
    return Response(request.url, OK, {}, body)


def _bytes(path: Path, request: Request) -> bytes:
    with path.open("rb") as file:
        body = file.read(request.max_bytes + 1)
    if len(body) > request.max_bytes and not request.truncate:
        raise SourceError(f"{path}: more than {request.max_bytes:,} bytes", status=OK)
    return body[: request.max_bytes]


def _below(path: Path, root: Path) -> list[tuple[str, int, int]]:
    """Regular files in order of their names; none that is hidden or, by a link, outside of the root."""
    found: list[tuple[str, int, int]] = []
    for at, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        for name in sorted(files):
            file = Path(at, name)
            if name.startswith(".") or (file.is_symlink() and not file.resolve().is_relative_to(root)):
                continue
            stat = file.stat()
            found.append((file.relative_to(path).as_posix(), stat.st_size, stat.st_mtime_ns))
            if len(found) > MOST_FILES:
                raise SourceError(f"more than {MOST_FILES:,} files below {path}: name a folder further down")
    return found
