"""A backup is a whole file as of one moment, taken while others write, and says that it is one."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.errors import UserError
from bot.ports.facts import BACKUP
from bot.storage.backup import backup
from bot.storage.store import SqlStore, open_store
from tests.storage.desk import an_article

AT = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/live.db"


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = open_store(url, create=True, migrate=True)
    store.enlist("w1")
    yield store
    store.close()


def titles(file: Path) -> set[str]:
    with closing(open_store(f"sqlite:///{file}")) as store, store.read() as tx:
        return {article.title for article in tx.articles.latest(1000)}


def test_it_is_whole_its_owners_and_named_for_its_moment(store: SqlStore, url: str, tmp_path: Path) -> None:
    with store.write() as tx:
        tx.articles.add(an_article("kept"), "", None)
    file = backup(url, None, AT)
    assert file == tmp_path / "live-20261125T063000Z.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert titles(file) == {"kept"}
    with closing(open_store(f"sqlite:///{file}")) as copy, copy.read() as tx:
        assert tx.workers.get(BACKUP) == AT.isoformat()
    with store.read() as tx:
        assert tx.workers.get(BACKUP) is None


def test_a_worker_writes_on_meanwhile_and_the_copy_is_of_one_moment(
    store: SqlStore, url: str, tmp_path: Path
) -> None:
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            with store.write() as tx:  # always two, so that a copy with an odd one is torn
                for half in ("a", "b"):
                    tx.articles.add(an_article(f"{number}{half}"), "", None)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    counts = [len(titles(backup(url, tmp_path / f"{n}.db", AT))) for n in range(5)]
    done.set()
    writer.join()
    assert [count for count in counts if count % 2] == []
    assert counts == sorted(counts)
    assert counts[-1] > 0


def test_a_folder_may_be_named_and_nothing_is_overwritten(store: SqlStore, url: str, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    file = backup(url, tmp_path / "backups", AT)
    assert file == tmp_path / "backups/live-20261125T063000Z.db"
    with pytest.raises(UserError, match="is there already: name another file"):
        backup(url, file, AT)


def test_what_cannot_be_written_is_one_line_and_leaves_nothing(
    store: SqlStore, url: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be backed up to .*: Not a directory|File exists") as refused:
        backup(url, tmp_path / "file/x.db", AT)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.rglob("*.part")) == []


def test_a_corrupt_file_makes_no_backup(url: str, tmp_path: Path) -> None:
    open_store(url, create=True, migrate=True).close()
    file = tmp_path / "live.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = bytearray(file.read_bytes())
    raw[4096 * 3 : 4096 * 9] = b"\xff" * 4096 * 6
    file.write_bytes(bytes(raw))
    with pytest.raises(UserError, match="cannot be backed up to"):
        backup(url, tmp_path / "copy.db", AT)
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize(
    ("url", "said"), [("postgresql://u:s3cret@h/x", "pg_dump"), ("sqlite:///nowhere/x.db", "no database at")]
)
def test_what_cannot_be_backed_up_says_why(url: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as refused:
        backup(url, None, AT)
    assert "s3cret" not in str(refused.value)
