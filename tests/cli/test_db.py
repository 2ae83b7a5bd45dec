from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Desk


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
