"""A real disk runs full under a worker: it says so in one line, and nothing is lost or told twice."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.crash.rig import Rig, once_each
from tests.fakes.platforms import KINDS, one_of_each
from tests.fakes.site import Site

pytestmark = pytest.mark.timeout(400)

TMPFS = ("mount", "-t", "tmpfs", "-o", "size=8m", "none")
BLOCK = 4096
ARTICLES = 6
PATIENT = """
lease = "30s"
reconcile_after = "1s"
deadline = "5s"
retry = { first = "1s", max = "2s", attempts = 50 }
"""


@dataclass(frozen=True, slots=True)
class Disk:
    """Where the database lies, how room is taken from it, and given back."""

    folder: Path
    fill: Callable[[subprocess.Popen[bytes]], None]
    empty: Callable[[subprocess.Popen[bytes]], None]
    says: str


@contextmanager
def small_file_system(folder: Path) -> Iterator[Disk]:
    """A file system of our own, in memory and small: ENOSPC."""
    subprocess.run([*TMPFS, str(folder)], check=True)
    ballast = folder / "ballast"

    def fill(_worker: subprocess.Popen[bytes]) -> None:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0" * BLOCK)

    def empty(_worker: object) -> None:
        ballast.unlink(missing_ok=True)

    try:
        yield Disk(folder, fill, empty, "the disk is full: make room")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def short_files(folder: Path) -> Iterator[Disk]:
    """The kernel lets the worker's files grow no further: EFBIG."""

    def fill(worker: subprocess.Popen[bytes]) -> None:
        size = max(file.stat().st_size for file in folder.iterdir())
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def empty(worker: subprocess.Popen[bytes]) -> None:
        unlimited = resource.RLIM_INFINITY
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))

    yield Disk(folder, fill, empty, "the disk cannot be read or written")


def ways() -> dict[str, Any]:
    """The limit on files everywhere; a file system that is full wherever we may mount one."""
    with tempfile.TemporaryDirectory() as folder:
        allowed = subprocess.run([*TMPFS, folder], capture_output=True, check=False).returncode == 0
        if allowed:
            subprocess.run(["umount", "-l", folder], check=True)
    return {"limit": short_files} | ({"file system": small_file_system} if allowed else {})


WAYS = ways()


@pytest.fixture(params=WAYS)
def rig_on(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Rig, Disk]]:
    platforms = one_of_each()
    place = tmp_path / "disk"
    place.mkdir()
    with ExitStack() as stack:
        site = stack.enter_context(Site())
        for each in platforms.values():
            stack.enter_context(each)
        disk: Disk = stack.enter_context(WAYS[request.param](place))
        database = f"sqlite:///{disk.folder}/sharewire.db"
        rig = Rig(tmp_path, site, platforms, database, PATIENT)
        stack.callback(rig.close)
        yield rig, disk


def told(rig: Rig) -> list[dict[str, Any]]:
    """What the log says of the database."""
    lines = [json.loads(line) for line in rig.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == "database.trouble"]


def shrunk(folder: Path) -> bool:
    """The log of the database takes no room, so that whatever is written next needs some."""
    with closing(sqlite3.connect(folder / "sharewire.db")) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def test_a_disk_that_runs_full_in_the_middle_loses_nothing(rig_on: tuple[Rig, Disk]) -> None:
    rig, disk = rig_on
    worker = rig.start()
    rig.wait(rig.seeded)
    for fake in rig.platforms.values():
        fake.script_write("slow", times=3)
    rig.publish(2)
    rig.wait(lambda: all(fake.writes() for fake in rig.platforms.values()))
    rig.wait(lambda: shrunk(disk.folder))
    disk.fill(worker)
    rig.publish(ARTICLES)
    rig.wait(lambda: bool(told(rig)))
    said = Counter(line["detail"] for line in told(rig))
    assert all(disk.says in text and "\n" not in text for text in said), said
    assert max(said.values()) == 1
    assert "Traceback" not in rig.log.read_text()
    assert worker.poll() is None
    disk.empty(worker)
    rig.wait(lambda: [row.state for row in rig.rows()] == ["published"] * ARTICLES * len(KINDS))
    assert worker.poll() is None
    once_each(rig, ARTICLES)
