from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest

from bot.storage.store import open_store
from tests.cli.conftest import Desk
from tests.storage.databases import PostgresServer

LIVE = "sqlite:///data/sharewire.db"


def test_upgrade_makes_the_database_and_may_be_repeated(desk: Desk) -> None:
    assert desk("db", "upgrade") == (0, "The database is current.\n", "")
    assert Path("data/sharewire.db").exists()
    assert desk.json("db", "upgrade") == {"current": True}
    assert desk.json("status")["problems"] == []


def test_a_database_of_the_other_mode_is_refused_in_one_line(desk: Desk) -> None:
    desk("db", "upgrade")
    desk.configure(('log = "json"', 'log = "json"\nmode = "rehearsal"'))
    code, out, err = desk("status")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "rehearsal" in err
    assert "sharewire db adopt" in err


def test_adopt_says_what_it_means_and_does_nothing_without_a_yes(shared: Desk) -> None:
    shared.configure(('log = "json"', 'log = "json"\nmode = "rehearsal"'))
    code, out, err = shared("db", "adopt")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "its 0 waiting shares would go out as files, its 2 published ones count as published" in err
    assert "Say --yes" in err
    assert shared("status")[0] == 2


def test_adopted_on_purpose_it_is_of_this_mode(shared: Desk) -> None:
    shared.configure(('log = "json"', 'log = "json"\nmode = "rehearsal"'))
    code, out, _ = shared("db", "adopt", "--yes")
    assert (code, out) == (0, "The database is of rehearsal mode and in use here.\n")
    assert shared.json("status")["counts"]["published"] == 2
    assert shared("db", "adopt")[1].startswith("Nothing to adopt.")
    assert shared.json("db", "adopt", "--yes") == {"adopted": False, "mode": "rehearsal"}


def test_adopt_makes_no_database(desk: Desk) -> None:
    code, _, err = desk("db", "adopt", "--yes")
    assert (code, err.count("\n")) == (2, 1)
    assert not Path("data").exists()


def test_backup_names_its_file_and_a_worker_on_it_is_told_what_to_do(shared: Desk) -> None:
    document = shared.json("db", "backup", "copies/one.db")
    assert document["file"] == "copies/one.db"
    assert document["bytes"] == Path("copies/one.db").stat().st_size
    code, out, _ = shared("db", "backup")
    assert (code, out.startswith("data/sharewire-20")) == (0, True)
    shared.configure(('log = "json"', 'log = "json"\ndatabase = "sqlite:///copies/one.db"'))
    assert shared.json("status")["counts"]["published"] == 2
    code, _, err = shared("run", "--once")
    assert code == 2
    assert "sharewire recover --restored" in err.splitlines()[-1]


def test_backup_of_a_postgres_names_its_tool(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:s3cret@db.example/x")
    code, _, err = desk("db", "backup")
    assert (code, err.count("\n")) == (2, 1)
    assert "pg_dump" in err
    assert "s3cret" not in err


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # commands end with their process
def test_copy_moves_all_to_postgres_and_the_worker_goes_on_there(
    shared: Desk, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = postgres.fresh()
    code, out, err = shared("db", "copy", LIVE, target)
    assert code == 0
    assert "deliveries: 2 of 2" in err
    assert "data/sharewire.db is stamped as moved" in out
    for words in (("run", "--once"), ("status",), ("share", "latest")):
        code, _, err = shared(*words)
        assert code == 2
        assert "was moved to postgresql://" in err.splitlines()[-1]
    monkeypatch.setenv("DATABASE_URL", target)
    assert shared("run", "--once")[0] == 0
    assert shared.json("status")["counts"]["published"] == 2
    shared.publish("wind")
    assert shared("run", "--once")[0] == 0
    assert len(list(Path("out/main_x/posts").glob("*"))) == 2
    monkeypatch.delenv("DATABASE_URL")
    code, _, err = shared("db", "adopt")
    assert (code, "would be shared again" in err) == (2, True)
    assert shared.json("db", "adopt", "--yes")["adopted"]
    assert shared.json("status")["counts"]["published"] == 2
    gc.collect()


def test_copy_in_json_and_its_mistakes_in_a_line(shared: Desk) -> None:
    document = shared.json("db", "copy", LIVE, "sqlite:///data/next.db")
    assert (document["from"], document["to"]) == ("data/sharewire.db", "data/next.db")
    assert document["rows"]["deliveries"] == 2
    for words in (
        (LIVE, "sqlite:///data/third.db"),
        ("sqlite:///data/next.db", "sqlite:///data/next.db"),
        ("sqlite:///none.db", "sqlite:///data/third.db"),
        ("mysql://u:s3cret@h/x", "sqlite:///data/third.db"),
    ):
        code, out, err = shared("db", "copy", *words)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "s3cret" not in err
    assert not Path("data/third.db").exists()


def test_a_living_worker_keeps_copy_and_adopt_away(shared: Desk) -> None:
    worker = open_store(LIVE)
    worker.enlist("another")
    for words in (("db", "copy", LIVE, "sqlite:///data/next.db"), ("db", "adopt", "--yes")):
        code, out, err = shared(*words)
        assert (code, out) == (2, "")
        assert err == "sharewire: a worker is running on data/sharewire.db: stop it first\n"
    worker.close()


def test_prune_takes_only_what_is_old_and_what_nobody_asks_for(shared: Desk) -> None:
    assert shared.json("db", "prune", "--older-than", "60d", "--dry-run") == {
        "shares": 0,
        "attempts": 0,
        "posts": 0,
        "dry_run": True,
    }
    code, out, _ = shared("db", "prune")
    assert (code, out) == (
        0,
        "0 old shares lost 0 attempts and 0 frozen posts; the shares themselves stay.\n",
    )


@pytest.mark.parametrize(("age", "said"), [("5d", "at least 60d"), ("old", "write a duration")])
def test_prune_refuses_what_is_too_young_or_no_age(shared: Desk, age: str, said: str) -> None:
    code, out, err = shared("db", "prune", "--older-than", age)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_every_answer_is_one_document(shared: Desk) -> None:
    _, out, _ = shared("db", "backup", "--json")
    assert set(json.loads(out)) == {"file", "bytes", "at"}
