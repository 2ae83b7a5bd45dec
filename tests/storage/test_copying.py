"""Everything moves from one database into another, whole, once, and the first says where it went."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.delivery import State
from bot.domain.errors import UserError
from bot.ports.facts import MOVED, UNFINISHED
from bot.storage import copying
from bot.storage.copying import copy_database, shown
from bot.storage.schema import metadata
from bot.storage.store import SqlStore, open_store
from bot.storage.tables import facts
from tests.storage.databases import PostgresServer
from tests.storage.desk import NOW, StoreDesk, later

Told = list[tuple[str, int, int]]


@pytest.fixture(params=["sqlite-postgres", "postgres-sqlite", "sqlite-sqlite", "postgres-postgres"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """FROM, which has been made, and TO, which has not."""
    server: PostgresServer = request.getfixturevalue("postgres")
    made = [
        server.fresh() if kind == "postgres" else f"sqlite:///{tmp_path}/{place}.db"
        for place, kind in zip(("from", "to"), request.param.split("-"), strict=True)
    ]
    open_store(made[0], create=True, migrate=True).close()
    return made[0], made[1]


def fill(url: str) -> None:
    """Some of everything, with what is awkward to copy."""
    with closing(open_store(url)) as store:
        desk = StoreDesk(store)
        desk.published(id_="1")
        desk.share(due=later(hours=1), urgent=True)
        desk.unknown(settle_at=None)
        keep, drop = desk.article(summary="é\n“x”"), desk.article()
        with store.write() as tx:
            tx.articles.merge(keep, drop)
            tx.sources.ensure({"site": ()})
            tx.sources.seed_pairs([("site", "fedi")], NOW)
            tx.accounts.ensure({"fedi": (), "main_x": ()})
            tx.accounts.save_token("fedi", "session", b"\x00\xff sealed", NOW)
            tx.workers.set("problems", [])
            tx.workers.set("nothing", None)
        desk.pause("route:all", later(hours=2))


def contents(store: SqlStore) -> dict[str, list[object]]:
    with store.read() as tx:
        return {
            table.name: sorted((str(tuple(row)) for row in tx.connection.execute(sa.select(table))), key=str)
            for table in metadata.sorted_tables
            if table is not facts
        }


def ignore(_table: str, _done: int, _total: int) -> None:
    pass


def test_all_of_it_arrives_and_the_first_is_stamped(urls: tuple[str, str]) -> None:
    source, target = urls
    fill(source)
    told: Told = []
    counts = copy_database(source, target, NOW, lambda *said: told.append(said))
    with closing(open_store(source, mode=None)) as old, closing(open_store(target)) as new:
        assert contents(old) == contents(new)
        with new.read() as tx:
            assert (tx.workers.get("problems"), tx.workers.get("mode")) == ([], "live")
            assert (tx.workers.get(MOVED), tx.workers.get(UNFINISHED)) == (None, None)
    assert counts["deliveries"] == 3
    assert ("deliveries", 3, 3) in told
    with pytest.raises(UserError, match=r"was moved to .* on 2026-11-24: set DATABASE_URL") as refused:
        open_store(source)
    assert "\n" not in str(refused.value)


def test_the_new_one_goes_on_where_the_old_one_stopped(urls: tuple[str, str]) -> None:
    source, target = urls
    fill(source)
    copy_database(source, target, NOW, ignore)
    with closing(open_store(target)) as store:
        desk = StoreDesk(store)
        desk._titles = 100
        newest = desk.share("main_x")
        assert newest == 4
        assert desk.claimed("main_x", now=later(hours=3)).id == newest
        with store.read() as tx:
            assert {row.id for row in tx.outbox.list(states=(State.PUBLISHED,))} == {1}
        desk.move(3, State.PUBLISHED, url="https://x.example/3")
        assert desk.claimed("fedi", now=later(hours=3)).id == 2


def test_a_living_worker_is_not_copied_away_from_under(urls: tuple[str, str]) -> None:
    source, target = urls
    with closing(open_store(source)) as worker:
        worker.enlist("w1")
        with pytest.raises(UserError, match=r"a worker is running on .*: stop"):
            copy_database(source, target, NOW, ignore)
    open_store(source).close()


def test_no_worker_starts_while_it_is_copied(urls: tuple[str, str]) -> None:
    with closing(open_store(urls[0])) as copier, closing(open_store(urls[0])) as worker:
        copier.alone()
        with pytest.raises(UserError):
            worker.enlist("w1", timedelta(milliseconds=50))
        copier.close()
        worker.enlist("w1")


def test_what_is_not_empty_is_not_filled(urls: tuple[str, str]) -> None:
    source, target = urls
    fill(source)
    with closing(open_store(target, create=True, migrate=True)) as store:
        StoreDesk(store).article()
    with pytest.raises(UserError, match=r"is not empty \(articles\): name a new one"):
        copy_database(source, target, NOW, ignore)
    open_store(source).close()


def test_one_database_is_not_copied_onto_itself(urls: tuple[str, str]) -> None:
    with pytest.raises(UserError, match="FROM and TO are one database"):
        copy_database(urls[0], urls[0], NOW, ignore)


def test_a_copy_cut_short_leaves_the_first_in_use_and_the_second_not(
    urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = urls
    fill(source)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(copying, "_verify", die)
    with pytest.raises(KeyboardInterrupt):
        copy_database(source, target, NOW, ignore)
    open_store(source).close()
    with pytest.raises(UserError, match="is an unfinished copy of"):
        open_store(target)


KILLED = """
import os, sys
from datetime import datetime, UTC
from bot.storage import copying
from bot.storage.workers import SqlWorkers

source, target, where = sys.argv[1:]
real, calls = SqlWorkers.set, 0

def set_(self, key, value):
    global calls
    calls += 1
    if f"fact {calls}" == where:
        os.kill(os.getpid(), 9)
    real(self, key, value)

def progress(table, done, total):
    if table == where:
        os.kill(os.getpid(), 9)

SqlWorkers.set = set_
copying.copy_database(source, target, datetime.now(UTC), progress)
"""


@pytest.mark.parametrize("where", ["deliveries", "fact 2", "fact 3", "fact 4"])
def test_one_that_was_killed_is_finished_by_the_same_order(urls: tuple[str, str], where: str) -> None:
    """While its rows are copied; before the first says it is moved; before the second is free, and after."""
    source, target = urls
    fill(source)
    died = subprocess.run([sys.executable, "-c", KILLED, *urls, where], capture_output=True, check=False)
    assert died.returncode == -9, died.stderr
    moved = where in ("fact 3", "fact 4")
    usable = set() if where == "fact 3" else {target} if moved else {source}
    for url in {source, target} - usable:
        with pytest.raises(UserError) as refused:
            open_store(url)
        order = str(refused.value).partition("`sharewire db copy ")[2].partition("`")[0]
        assert order.split(" ") == [
            name if "://" in name else f"sqlite:///{name}" for name in map(shown, urls)
        ]
    for url in usable:
        open_store(url).close()
    if not moved:
        with closing(open_store(source)) as store:
            StoreDesk(store).article(summary="written since")
    copy_database(source, target, NOW, ignore)
    with closing(open_store(source, mode=None)) as old, closing(open_store(target)) as new:
        assert contents(old) == contents(new)
    with pytest.raises(UserError, match=r"was moved to .* already"):
        copy_database(source, target, NOW, ignore)
    with pytest.raises(UserError, match="set DATABASE_URL to it"):
        open_store(source)


def test_a_half_copy_of_another_is_not_overwritten(urls: tuple[str, str], tmp_path: Path) -> None:
    source, target = urls
    fill(source)
    with closing(open_store(target, mode=None, create=True, migrate=True)) as store:
        StoreDesk(store).article()
        with store.write() as tx:
            tx.workers.set(UNFINISHED, str(tmp_path / "third.db"))
    with pytest.raises(UserError, match="is not empty"):
        copy_database(source, target, NOW, ignore)


def test_rows_that_did_not_arrive_stop_the_move(
    urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = urls
    fill(source)
    real = copying._copy

    def lossy(old: sa.Connection, new: sa.Connection, table: sa.Table, progress: copying.Progress) -> int:
        count = real(old, new, table, progress)
        if table.name == "tokens":
            new.execute(sa.delete(table))
        return count

    monkeypatch.setattr(copying, "_copy", lossy)
    with pytest.raises(UserError, match="of 1 rows of tokens 0 arrived: nothing was moved"):
        copy_database(source, target, NOW, ignore)
    open_store(source).close()
