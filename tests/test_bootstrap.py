"""What the composition root refuses before anything is wired."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.bootstrap import open_house
from bot.domain.errors import UserError
from bot.runtime.clock import SystemClock


def test_sqlite_is_refused_on_a_host_that_loses_its_disk(tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(f'database = "sqlite:///{tmp_path}/x.db"\n')
    house = open_house(path, SystemClock(), {"DYNO": "worker.1"})
    with pytest.raises(UserError, match=r"DYNO is set\) loses its disk .* DATABASE_URL"):
        house.open_store(create=True, migrate=True)
    assert not (tmp_path / "x.db").exists()
    open_house(path, SystemClock(), {}).open_store(create=True, migrate=True).close()
