from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings.fleeting import fleeting

MOUNTS = """\
/dev/vda / ext4 rw 0 0
tmpfs /srv/quick tmpfs rw,size=64m 0 0
/dev/vdb /srv/quick/kept ext4 rw 0 0
tmpfs /twice tmpfs rw 0 0
/dev/vdc /twice ext4 rw 0 0
odd
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    file = tmp_path / "mounts"
    file.write_text(MOUNTS)
    return file


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ("/srv/quick/data/x.db", "lies on a disk in memory (tmpfs)"),
        ("/tmp/x.db", "lies below /tmp, which machines empty"),
        ("/dev/shm/x.db", "lies below /dev/shm"),
    ],
)
def test_a_disk_that_will_not_last_is_a_warning(mounts: Path, database: str, said: str) -> None:
    (problem,) = fleeting(Path(database), mounts)
    assert (problem.level, problem.key) == ("warning", "database")
    assert problem.message.startswith(said)
    assert problem.message.endswith("name a lasting folder, or a Postgres")


@pytest.mark.parametrize(
    "database", ["/srv/data/x.db", "/srv/quick/kept/x.db", "/twice/x.db", "/tmpfiles/x.db"]
)
def test_a_lasting_disk_is_none(mounts: Path, database: str) -> None:
    assert fleeting(Path(database), mounts) == []


def test_a_postgres_and_a_machine_that_does_not_tell_are_none(tmp_path: Path) -> None:
    assert fleeting(None) == []
    assert fleeting(Path("/srv/x.db"), tmp_path / "none") == []
