"""Warns of a database on a disk that will not last: in memory, or where machines clean up."""

from __future__ import annotations

from pathlib import Path

from bot.settings.problems import Problem

__all__ = ["fleeting"]

EMPTIED = tuple(map(Path, ("/tmp", "/var/tmp", "/dev/shm", "/run", "/var/run")))  # noqa: S108 - nothing is put there
IN_MEMORY = frozenset({"tmpfs", "ramfs"})
MOUNTS = Path("/proc/self/mounts")


def fleeting(database: Path | None, mounts: Path = MOUNTS) -> list[Problem]:
    """A warning if the SQLite file lies where it will be gone after a restart."""
    if database is None:
        return []
    file = database.resolve()
    kind = _kind(file, mounts)
    emptied = next((folder for folder in EMPTIED if file.is_relative_to(folder)), None)
    if kind in IN_MEMORY:
        why = f"lies on a disk in memory ({kind})"
    elif emptied is not None:
        why = f"lies below {emptied}, which machines empty"
    else:
        return []
    cure = "and with it goes the memory of what was shared: name a lasting folder, or a Postgres"
    return [Problem(str(database), "database", f"{why}, {cure}", "warning")]


def _kind(file: Path, mounts: Path) -> str:
    """The kind of file system of the deepest mount above a file; "" where that cannot be told."""
    try:
        lines = mounts.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    fields = [line.split() for line in lines]
    above = [
        (len(Path(point).parts), kind)
        for _device, point, kind, *_ in (each for each in fields if len(each) > 2)  # noqa: PLR2004 - device, point, kind
        if file.is_relative_to(point)
    ]
    # Of two mounts on one point the later one shows.
    deepest = max((depth for depth, _ in above), default=0)
    return next((kind for depth, kind in reversed(above) if depth == deepest), "")
