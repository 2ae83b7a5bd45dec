"""`check` tells how many articles a day meet how many places, once a worker has met any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.app import app
from bot.domain.article import Article
from bot.ports.records import Sighting
from bot.storage.store import open_store

CONFIG = """
database = "sqlite:///{folder}/x.db"
[sources.site]
kind = "feed"
url = "https://news.example/feed/"
[accounts.main]
platform = "file"
schedule = "day"
[schedules.day]
slots = {{ mon-sun = ["08:00", "12:00", "18:00"] }}
[[routes]]
name = "all"
sources = ["site"]
accounts = ["main"]
timing = "slot"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "bot.toml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return path


def test_without_a_database_it_tells_the_places_and_makes_none(config: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", "--config", str(config)])
    assert (done.exit_code, "3 places on main a day" in done.output) == (0, True)
    assert not (tmp_path / "x.db").exists()


def meet(tmp_path: Path, number: int, days: float) -> None:
    """So many articles in so many days, evenly."""
    now = datetime.now(UTC)
    store = open_store(f"sqlite:///{tmp_path}/x.db", create=True, migrate=True)
    with store.write() as tx:
        for n in range(number):
            at = now - timedelta(days=days) * (number - n) / number
            id_ = tx.articles.add(Article(0, "site", f"https://news.example/{n}/", "A", at, at), "", None)
            tx.articles.sight(Sighting("site", str(n), id_, "", at, baseline=False))
    store.close()


@pytest.mark.parametrize(("number", "days"), [(69, 6.9), (100, 10), (10, 0.4), (20, 2)])
def test_what_was_met_of_late_tells_how_many_meet_them(
    config: Path, tmp_path: Path, number: int, days: float
) -> None:
    meet(tmp_path, number, days)
    done = CliRunner().invoke(app, ["check", "--config", str(config)])
    assert "10 articles a day meet 3 places on main" in done.output


def test_a_repeat_that_nobody_would_see_is_a_warning(config: Path) -> None:
    config.write_text(config.read_text() + 'repeat = ["3h"]\n')
    done = CliRunner().invoke(app, ["check", "--config", str(config)])
    assert (done.exit_code, "'default' has too few wordings for it on main" in done.output) == (0, True)


def test_errors_stand_before_warnings(config: Path) -> None:
    config.write_text(config.read_text() + 'repeat = ["3h"]\nschedule = "dya"\n')
    done = CliRunner().invoke(app, ["check", "--config", str(config)])
    levels = [line.partition(":")[0] for line in done.output.splitlines()]
    assert (levels[0], levels == sorted(levels), "too few wordings" in done.output) == ("error", True, True)
