"""A short newsday for every day; `make fire` lives through a long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fire.articles import Day, live


@pytest.mark.timeout(600)
def test_every_article_is_met_once_and_followed_to_the_end(tmp_path: Path) -> None:
    outcome = live(Day(seed=1, articles=14, kills=4, before=4), tmp_path)
    assert outcome.wrong == [], outcome
    assert outcome.kills == 4, outcome
    assert outcome.posts >= 2 * (14 - outcome.happened["withdrawal"]), outcome
