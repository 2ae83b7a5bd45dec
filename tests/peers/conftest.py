"""A WordPress and a PDS for all the tests that use one, and a newsroom that reads the one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.peers.newsroom import Newsroom
from tests.peers.pds import Pds
from tests.peers.wordpress import WordPress, newsroom


@pytest.fixture(scope="session")
def pds() -> Iterator[Pds]:
    with Pds() as running:
        yield running


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    site = WordPress(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


@pytest.fixture
def site(wordpress: WordPress) -> Iterator[WordPress]:
    yield wordpress
    wordpress.shut("")
    wordpress.speak("")
    wordpress.shorten(brief=False)
    wordpress.strip(bare=False)


@pytest.fixture
def desk(site: WordPress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    monkeypatch.setattr("bot.domain.following.CALM", timedelta(0))
    desk = newsroom(site, tmp_path)
    yield desk
    desk.close()
