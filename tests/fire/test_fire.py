"""A short fire for every day; `make fire` burns the long ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.delivery import State
from tests.fire.fire import Plan, burn
from tests.storage.databases import PostgresServer


def held(plan: Plan, folder: Path) -> None:
    """Nothing twice, nothing lost, nothing without a reason, one doubt an outage."""
    report, rows = burn(plan, folder)
    assert (report.duplicates, report.lost, report.unexplained) == (0, 0, 0), report
    assert {row.state for row in rows} == {State.PUBLISHED}, report
    assert report.stands == report.shares == plan.articles * 6, report
    assert report.most_struck <= 1, report


@pytest.mark.timeout(600)
def test_a_short_fire_on_sqlite(tmp_path: Path) -> None:
    held(Plan(seed=1, kills=4, articles=4), tmp_path)


@pytest.mark.timeout(600)
def test_a_short_fire_on_postgres(tmp_path: Path, postgres: PostgresServer) -> None:
    held(Plan(seed=2, kills=4, articles=4, workers=2, database=postgres.fresh()), tmp_path)
